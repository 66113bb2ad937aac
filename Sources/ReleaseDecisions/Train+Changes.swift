import OrderedCollections
import TimeAndChance
import TrainModel

/// Changes: each that a release brings where it goes is signed off, or is named with its author.
extension Train {
    func changesStatus(
        _ rule: ChangesRule,
        _ key: GateKey,
        of release: ReleaseState,
        at now: Instant
    ) -> GateStatus {
        if isWaived(rule.predicate.text, in: release.id) { return .passed(until: nil) }
        let changes = changes(of: release, at: key)
        let missing = unsigned(changes.found, rule, in: release.plan).filter {
            !isWaived("\(rule.predicate) of \($0.id)", in: release.id)
        }
        guard !missing.isEmpty || !changes.unknown.isEmpty else { return .passed(until: nil) }
        var parts: [String] = []
        if !missing.isEmpty {
            parts.append("no \(rule.predicate) of \(Self.list(missing.map(\.words), most: 50))")
        }
        if !changes.unknown.isEmpty {
            parts.append("nobody has said what changes in \(Self.list(changes.unknown.map(\.description)))")
        }
        let who = rule.by.isEmpty ? "whoever may attest" : words(for: rule.by, in: release.plan, at: now)
        return .unmet(
            Hold(
                kind: .changes,
                subject: key.description,
                unmet: parts.joined(separator: "; "),
                canAct: "\(who): `wavetrain evidence attest`"
                    + waiverWords(rule.waiverBy, rule.predicate, release, at: now),
                since: reached(key, of: release),
                nextChange: nil
            ),
            until: nextHandOver(of: rule.by + rule.waiverBy, in: release.plan, at: now)
        )
    }

    func unsigned(_ changes: [Change], _ rule: ChangesRule, in plan: Plan) -> [Change] {
        changes.filter { change in
            !attestations(of: .change(change.id), rule.predicate).contains { counts($0, rule.by, in: plan) }
        }
    }

    /// Everything between what runs there now and what the release brings, each change once; and the artifacts of which
    /// no change is known.
    func changes(of release: ReleaseState, at key: GateKey) -> (found: [Change], unknown: [Artifact]) {
        var found: OrderedDictionary<String, Change> = [:]
        func add(_ changes: [Change]) {
            for change in changes where found[change.id] == nil { found[change.id] = change }
        }
        let running = running(of: release, at: key)
        if let candidate = release.candidate { add(changes(of: candidate, in: release.plan.name, after: running)) }
        var unknown: [Artifact] = []
        for (service, artifact) in release.artifacts(at: key).sorted(by: { $0.key < $1.key }) {
            let before = running[service] ?? []
            if before == [artifact] { continue }
            let own = changes(of: artifact, after: before)
            add(own)
            if own.isEmpty, release.candidate == nil, !unknown.contains(artifact) { unknown.append(artifact) }
        }
        return (Array(found.values), unknown)
    }

    /// What ran in the wave's regions before this release.
    private func running(of release: ReleaseState, at key: GateKey) -> [ServiceName: Set<Artifact>] {
        let wave = release.plan.stages.first { $0.name == key.stage }?.waves.first { $0.name == key.wave }
        var running: [ServiceName: Set<Artifact>] = [:]
        for region in wave?.regions ?? [] {
            for service in release.services {
                let before =
                    release.regions[region].map { $0.previous[service] }
                    ?? state.targets[TargetKey(region: region, service: service)]?.desired
                if let before { running[service, default: []].insert(before) }
            }
        }
        return running
    }

    /// Of every version of the artifact that was pushed after the oldest that runs, on the same branch where branches
    /// are known.
    private func changes(of artifact: Artifact, after running: Set<Artifact>) -> [Change] {
        func index(_ artifact: Artifact) -> Int? {
            state.artifacts.index(forKey: ArtifactKey(name: artifact.name, version: artifact.version))
        }
        guard let own = index(artifact) else { return [] }
        let record = state.artifacts.values[own]
        let oldest = running.filter { $0.name == artifact.name }.compactMap { index($0) }.min()
        guard let oldest, oldest < own else { return record.source.changes }
        return state.artifacts.values[(oldest + 1)...own].reversed().flatMap { older -> [Change] in
            let isOfBranch =
                older.source.branch.isEmpty || record.source.branch.isEmpty
                || older.source.branch == record.source.branch
            return older.artifact.name == artifact.name && isOfBranch ? older.source.changes : []
        }
    }

    /// Of every candidate after the newest whose version runs.
    private func changes(
        of candidate: Candidate,
        in plan: PlanName,
        after running: [ServiceName: Set<Artifact>]
    ) -> [Change] {
        let all = (state.schedule.candidates[plan] ?? []).map(\.candidate)
        guard let own = all.lastIndex(where: { $0.tag == candidate.tag }) else { return candidate.changes }
        let versions = Set(running.values.flatMap { $0.map(\.version) })
        let shipped = all[..<own].lastIndex { versions.contains($0.version) }
        let first = shipped.map { $0 + 1 } ?? (versions.isEmpty ? own : all.startIndex)
        return all[first...own].reversed().flatMap(\.changes)
    }
}

extension Change {
    /// `4f2a (Fix the login, SHOP-12) by ana`.
    var words: String {
        let about = [title, ticket].filter { !$0.isEmpty }.joined(separator: ", ")
        return id + (about.isEmpty ? "" : " (\(about))") + (author.isEmpty ? "" : " by \(author)")
    }
}
