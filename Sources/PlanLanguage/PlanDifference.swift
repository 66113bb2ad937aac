import Calendars
import StructuredText
import TrainModel

/// What a change to a plan means, in words.
public struct PlanDifference {
    /// One for each fact that is no longer so, or is so now; empty where both plans mean the same.
    public private(set) var sentences: [String] = []

    public init(from old: Plan, to new: Plan) throws {
        compare("the team", old.team, new.team)
        compare("versions", old.artifacts.versionPattern, new.artifacts.versionPattern)
        compareSets("branches", old.artifacts.branchPatterns, new.artifacts.branchPatterns)
        compareServices(old.services, new.services)
        compareRegions(old, new)
        let order = (old.stages.map(\.name.text), new.stages.map(\.name.text))
        compareOrder("stages", order.0, order.1)
        for stage in new.stages {
            guard let earlier = old.stages.first(where: { $0.name == stage.name }) else { continue }
            compareOrder("the waves of \(stage.name)", earlier.waves.map(\.name.text), stage.waves.map(\.name.text))
            compare("\(stage.name) is expected within", earlier.expectedWithin, stage.expectedWithin)
            for wave in stage.waves {
                guard let before = earlier.waves.first(where: { $0.name == wave.name }) else { continue }
                compareWaves("\(stage.name)/\(wave.name)", before, wave)
            }
        }
        try compareRest(old, new)
    }

    // MARK: Parts

    private mutating func compareServices(_ old: [ServicePlan], _ new: [ServicePlan]) {
        compareSets("services", old.map(\.name.text), new.map(\.name.text))
        for service in new {
            guard let before = old.first(where: { $0.name == service.name }) else { continue }
            let subject = "the service \(service.name)"
            compare("\(subject) is made of", before.artifact, service.artifact)
            compareSets("\(subject) comes after", before.after.map(\.text), service.after.map(\.text))
            compareSets("\(subject) restarts", before.restarts.map(\.text), service.restarts.map(\.text))
            compare("\(subject) uses the recipe", before.recipe, service.recipe)
            comparePairs("\(subject): variable", before.variables.pairs, service.variables.pairs)
            comparePairs("\(subject): tag", before.tags.pairs, service.tags.pairs)
        }
    }

    /// A region that moves is one fact, not two.
    private mutating func compareRegions(_ old: Plan, _ new: Plan) {
        let (before, after) = (old.homes, new.homes)
        for (region, home) in before where after.first(where: { $0.region == region }) == nil {
            sentences.append("the region \(region) is no longer deployed to; it was in \(home)")
        }
        let homes = Dictionary(before.map { ($0.region, $0.home) }) { first, _ in first }
        for (region, home) in after {
            guard let earlier = homes[region] else {
                sentences.append("the region \(region) is deployed to, in \(home)")
                continue
            }
            if earlier != home { sentences.append("the region \(region) moves from \(earlier) to \(home)") }
        }
    }

    private mutating func compareWaves(_ subject: String, _ old: Wave, _ new: Wave) {
        let common = Set(old.regions).intersection(new.regions)
        let (before, after) = (old.regions.filter(common.contains), new.regions.filter(common.contains))
        if before != after {
            sentences.append("\(subject): the order of regions is now \(after.map(\.text).joined(separator: ", "))")
        }
        compareSets("\(subject) deploys", old.services.map(\.text), new.services.map(\.text))
        compareSets("\(subject) needs", old.gates.map(\.words), new.gates.map(\.words))
        compareSets("\(subject), before each region", old.regionGates.map(\.words), new.regionGates.map(\.words))
        compare(subject, old.orderWords, new.orderWords)
        compare(subject, old.rollout.words, new.rollout.words)
        compareChecks(subject, old.checks, new.checks)
        compare(subject, old.bake, new.bake, \.words)
        compare(subject, old.onUnhealthy.words, new.onUnhealthy.words)
        comparePairs("\(subject): variable", old.variables.pairs, new.variables.pairs)
        comparePairs("\(subject): tag", old.tags.pairs, new.tags.pairs)
    }

    private mutating func compareChecks(_ subject: String, _ old: [Check], _ new: [Check]) {
        compareSets("\(subject) tries", old.map(\.name), new.map(\.name))
        for check in new where old.contains(where: { $0.name == check.name && $0 != check }) {
            sentences.append("\(subject): the smoke test \(check.name) is changed")
        }
    }

    /// What is named or stands alone: that it changed is said, and the picture of the new plan says to what.
    private mutating func compareRest(_ old: Plan, _ new: Plan) throws {
        comparePairs("tag", old.tags.pairs, new.tags.pairs)
        comparePairs("rule for names", old.namingRules.pairs, new.namingRules.pairs)
        compareItems("rotation", old.rotations.values.map { ($0.name, $0) }, new.rotations.values.map { ($0.name, $0) })
        compareItems("freeze", old.freezes.map { ($0.name, $0) }, new.freezes.map { ($0.name, $0) })
        compareItems("failure", old.failures.map { ($0.name, $0) }, new.failures.map { ($0.name, $0) })
        compareItems("lane", old.lanes.map { ($0.name.text, $0) }, new.lanes.map { ($0.name.text, $0) })
        compareItems("level of maturity", old.maturity.map { ($0.name, $0) }, new.maturity.map { ($0.name, $0) })
        compareSets("notices", old.notices.map(\.words), new.notices.map(\.words))
        compareItems("part", old.parts, new.parts)
        // Whatever this has no words for yet is said all the same.
        if sentences.isEmpty, try old.canonicalValue() != new.canonicalValue() {
            sentences.append("the plans differ in something that has no words yet")
        }
    }

    // MARK: Facts

    private mutating func compare<Value: Equatable>(_ subject: String, _ old: Value?, _ new: Value?) {
        guard old != new else { return }
        sentences.append("\(subject): \(Self.words(new)), was \(Self.words(old))")
    }

    private mutating func compare<Value: Equatable>(
        _ subject: String,
        _ old: Value,
        _ new: Value,
        _ words: (Value) -> String
    ) {
        guard old != new else { return }
        let (before, after) = (words(old), words(new))
        sentences.append(
            before == after ? "\(subject) is changed" : "\(subject): \(Self.words(after)), was \(Self.words(before))"
        )
    }

    private mutating func compareSets(_ subject: String, _ old: [String], _ new: [String]) {
        for item in new where !old.contains(item) { sentences.append("\(subject), new: \(item)") }
        for item in old where !new.contains(item) { sentences.append("\(subject), no longer: \(item)") }
    }

    private mutating func compareOrder(_ subject: String, _ old: [String], _ new: [String]) {
        compareSets(subject, old, new)
        let common = Set(old).intersection(new)
        let order = new.filter(common.contains)
        if old.filter(common.contains) != order {
            sentences.append("\(subject) are now in the order \(order.joined(separator: ", "))")
        }
    }

    private mutating func comparePairs(_ noun: String, _ old: [(String, String)], _ new: [(String, String)]) {
        for (key, value) in new {
            let before = old.first { $0.0 == key }?.1
            if before != value { sentences.append("\(noun) \(key): \(value), was \(Self.words(before))") }
        }
        for (key, _) in old where !new.contains(where: { $0.0 == key }) {
            sentences.append("\(noun) \(key), no longer")
        }
    }

    private mutating func compareItems<Item: Equatable>(
        _ noun: String,
        _ old: [(String, Item)],
        _ new: [(String, Item)]
    ) {
        for (name, item) in new.sorted(by: { $0.0 < $1.0 }) {
            let before = old.first { $0.0 == name }
            if before?.1 != item { sentences.append("the \(noun) \(name) is \(before == nil ? "new" : "changed")") }
        }
        for (name, _) in old.sorted(by: { $0.0 < $1.0 }) where !new.contains(where: { $0.0 == name }) {
            sentences.append("the \(noun) \(name) is gone")
        }
    }

    private static func words<Value>(_ value: Value?) -> String {
        let text = value.map { "\($0)" } ?? ""
        return text.isEmpty ? "nothing" : text
    }
}

extension Plan {
    /// Every region and where it stands, in order.
    fileprivate var homes: [(region: RegionName, home: String)] {
        stages.flatMap { stage in
            stage.waves.flatMap { wave in wave.regions.map { ($0, "\(stage.name)/\(wave.name)") } }
        }
    }

    /// What a plan has one of or none.
    fileprivate var parts: [(String, AnyHashable)] {
        [
            ("train", AnyHashable(train)), ("ad_hoc", AnyHashable(adHoc)), ("break_glass", AnyHashable(breakGlass)),
            ("newer_release", AnyHashable(newerRelease)), ("description", AnyHashable(needsDescription)),
        ]
    }
}

extension [Variable] {
    fileprivate var pairs: [(String, String)] { map { ($0.key, $0.value) } }
}

extension [Tag] {
    fileprivate var pairs: [(String, String)] { map { ($0.key, $0.value) } }
}

extension [NamingRule] {
    fileprivate var pairs: [(String, String)] { map { ($0.key, $0.pattern) } }
}

extension NoticeRule {
    fileprivate var words: String {
        "\(channels.joined(separator: ", ")) of \(on.map(\.rawValue).joined(separator: ", "))"
    }
}
