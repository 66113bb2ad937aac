import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Probes, registries and repositories: what a script says, and otherwise what lets a release go on.
extension World {
    func answer(to key: ProbeKey, _ kind: Probe.Kind) -> ProbeAnswer {
        let names = names(of: key) + [kind.text]
        if let script = options.outside.probes.first(where: { script in names.contains { $0.contains(script.name) } }) {
            guard let value = script.value(at: now) else { return ProbeAnswer(value: "", failure: "no answer in time") }
            return ProbeAnswer(value: value, failure: "")
        }
        switch key {
        case .gate: return ProbeAnswer(value: probe(key)?.expects.satisfyingValue ?? "", failure: "")
        case .comparison(_, let region, _, let isErrors):
            return ProbeAnswer(value: "\(counter(of: region, isErrors: isErrors))", failure: "")
        case .diagnosis(_, _, let name): return ProbeAnswer(value: "(what \(name) finds)", failure: "")
        }
    }

    /// A hundred requests a second since 1970, of which one in a thousand fails, and every one while a host of the
    /// region is ill.
    private func counter(of region: RegionName, isErrors: Bool) -> Int64 {
        let total = now.unix_ms / 10
        guard isErrors else { return total }
        let ill_ms = hostKeys(of: region).compactMap { hosts[$0] }.flatMap { host in
            host.unhealthy.compactMap { host.running[$0].map { (now - $0.since).ms } }
        }.max()
        return total / 1_000 + (ill_ms ?? 0) / 10
    }

    private func names(of key: ProbeKey) -> [String] {
        switch key {
        case .gate(let release, let gate, let index, _):
            guard case .check(let rule) = train.state.releases[release]?.plan.gate(at: gate) else { return [] }
            let asked = train.state.releases[release]?.asked(rule, at: gate, now) ?? rule
            return [asked.name] + (index < asked.probes.count ? [asked.probes[index].name] : [])
        case .comparison(_, _, let name, let isErrors): return ["\(name) \(isErrors ? "errors" : "total")"]
        case .diagnosis(_, _, let name): return [name]
        }
    }

    private func probe(_ key: ProbeKey) -> Probe? {
        guard case .gate(let release, let gate, let index, _) = key,
            case .check(let rule) = train.state.releases[release]?.plan.gate(at: gate), index < rule.probes.count
        else { return nil }
        return rule.probes[index]
    }

    /// Everything that has come by now; the rule's pattern chooses among it.
    func tags(of plan: PlanName, _ rule: ArrivalRule) -> [SeenTag] {
        options.outside.arrivals.filter { $0.plan == plan && $0.at <= now }.map { arrival in
            let digest = Digest.simulated("\(rule.artifact) \(arrival.tag)")
            return SeenTag(
                tag: arrival.tag,
                digest: digest,
                reference: "\(rule.repository)@sha256:\(digest.hex)"
            )
        }
    }

    /// What was merged since a commit, newest first: every tag that came is a change of its own.
    func changes(of plan: PlanName, since commit: String) -> FoundChanges {
        let merged = options.outside.arrivals.filter { $0.plan == plan && $0.at <= now }.sorted { $0.at > $1.at }
        let fresh = merged.prefix { $0.tag.text != commit }.map { arrival in
            Change(id: arrival.tag.text, author: "a developer", title: "change \(arrival.tag)", ticket: "")
        }
        return FoundChanges(commit: fresh.first?.id ?? commit, changes: fresh)
    }
}

extension Plan {
    func gate(at key: GateKey) -> Gate? {
        let wave = stages.first { $0.name == key.stage }?.waves.first { $0.name == key.wave }
        let gates = key.region == nil ? wave?.gates : wave?.regionGates
        return gates.flatMap { $0.indices.contains(key.index) ? $0[key.index] : nil }
    }
}

extension Probe.Kind {
    /// What is asked, on one line; a script's name may be a part of it.
    var text: String {
        switch self {
        case .http(let url): url
        case .prometheus(let url, let query): "\(url) \(query)"
        case .recipe(let name, let variables):
            ([name.text] + variables.map { "\($0.key)=\($0.value)" }).joined(separator: " ")
        }
    }
}

extension Condition {
    /// A value that meets it.
    var satisfyingValue: String {
        switch comparison {
        case .equal, .lessOrEqual, .greaterOrEqual: value
        case .notEqual: value + "0"
        case .less: Double(value).map { Self.text($0 - 1) } ?? ""
        case .greater: Double(value).map { Self.text($0 + 1) } ?? value + "0"
        }
    }

    private static func text(_ number: Double) -> String {
        let text = "\(number)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
