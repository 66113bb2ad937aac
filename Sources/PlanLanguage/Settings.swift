import Calendars
import StructuredText
import TimeAndChance
import TrainModel

/// How many regions are on their way at once; nil: all.
struct RegionsAtOnce {
    var count: Int?
}

/// How regions are taken through a change, as one level of a plan says it: the plan itself, a stage or a wave. What a
/// level leaves out comes from the level around it.
struct Settings {
    var regionsAtOnce: RegionsAtOnce?
    var window: Window?
    var services: [Located<String>]?
    var regionGates: [Gate]?
    var hosts = HostSettings()
    var smoke: [Located<Check>]?
    var bake = BakeSettings()
    var onUnhealthy: UnhealthyPolicy?
    var variables: [String: Located<String>] = [:]
    var tags: [String: Located<String>] = [:]
    /// False when something could not be read, so that nothing is concluded from what is left.
    var isSound = true

    /// Those of a stage or wave, which may deploy a part of the plan's services.
    static func readInner(_ fields: Fields, _ words: Vocabulary) -> Settings {
        let count = fields.problems.count
        let services = fields.optional("services", .serviceKeys, "Those of the plan's services that are deployed here.")
        var settings = read(fields, words)
        settings.services = services
        settings.isSound = fields.problems.count == count
        return settings
    }

    static func read(_ fields: Fields, _ words: Vocabulary) -> Settings {
        let count = fields.problems.count
        var settings = Settings()
        let oneByOne = fields.optional("one_by_one", .bool, "true: a region begins when the one before is healthy.")
        let atOnce = fields.optional(
            "regions_at_once",
            .integer(in: 1...10_000),
            "So many regions are on their way at once."
        )
        fields.refuse("regions_at_once", beside: "one_by_one")
        settings.regionsAtOnce =
            atOnce.map { RegionsAtOnce(count: $0) } ?? oneByOne.map { RegionsAtOnce(count: $0 ? 1 : nil) }
        settings.window = fields.optional("window", .window(words), "When a wave and each of its regions may begin.")
        var regionWords = words
        regionWords.asked = .region
        settings.regionGates = fields.optional(
            "before_each_region",
            .gates(regionWords),
            "What must pass before each region, for that region alone."
        )
        settings.hosts =
            fields.optional("hosts", .hosts, "How a region's hosts are taken through the change.") ?? HostSettings()
        settings.smoke = fields.optional("smoke", .smokeTests, "What is tried right after a host was changed.")
        settings.bake = fields.optional("bake", .bake, "How long health is watched, and how.") ?? BakeSettings()
        settings.onUnhealthy = fields.optional(
            "on_unhealthy",
            .unhealthyPolicy,
            "What happens when a region is unhealthy."
        )
        settings.variables =
            fields.optional("variables", .filledTexts("variable"), "Texts for hooks and smoke tests.") ?? [:]
        settings.tags = fields.optional("tags", .filledTexts("tag"), "Facts that people search for later.") ?? [:]
        settings.isSound = fields.problems.count == count
        return settings
    }

    /// These settings with what they leave out taken from an outer level.
    func filled(from outer: Settings) -> Settings {
        Settings(
            regionsAtOnce: regionsAtOnce ?? outer.regionsAtOnce,
            window: window ?? outer.window,
            services: services ?? outer.services,
            regionGates: regionGates ?? outer.regionGates,
            hosts: hosts.filled(from: outer.hosts),
            smoke: smoke ?? outer.smoke,
            bake: bake.filled(from: outer.bake),
            onUnhealthy: onUnhealthy ?? outer.onUnhealthy,
            variables: outer.variables.merging(variables) { _, inner in inner },
            tags: outer.tags.merging(tags) { _, inner in inner },
            isSound: isSound && outer.isSound
        )
    }

    /// A wave with these settings and, where nobody said anything, the defaults. A window holds the wave, and each of
    /// its regions, so that one that closes in the middle holds the next region.
    func wave(_ name: WaveName, regions: [RegionName], services: [ServiceName], gates: [Gate]) -> Wave {
        let windows = window.map { [Gate.window($0)] } ?? []
        var wave = Wave(name: name, regions: regions, services: services, rollout: hosts.rollout, bake: bake.bake)
        wave.regionsAtOnce = regionsAtOnce?.count
        wave.gates = windows + gates.filter { !windows.contains($0) }
        wave.regionGates = windows + (regionGates ?? []).filter { !windows.contains($0) }
        wave.checks = smoke?.map(\.value) ?? []
        wave.onUnhealthy = onUnhealthy ?? .rollBack(.wave)
        wave.variables = variables.variables
        wave.tags = tags.tags
        return wave
    }

    /// Records what is well-formed by itself and cannot work together.
    func checkTogether(_ problems: ProblemCollector) {
        guard isSound else { return }
        hosts.checkTogether(problems)
        bake.checkTogether(problems)
        bake.checkWatched(by: smoke?.map(\.value) ?? [], problems)
        let timeout = hosts.rollout.timeout
        for check in smoke ?? [] where check.value.limit >= timeout {
            problems.add(
                check.place,
                .checkTooLong,
                "\(Problem.quote(check.value.name)) may take \(check.value.limit), but a host is given \(timeout) for all its work",
                remedy: "shorten its \"for\" or lengthen \"timeout\" under \"hosts\""
            )
        }
    }
}

extension Shape where Value == UnhealthyPolicy {
    /// `stop`, or `roll_back` with how far.
    fileprivate static var unhealthyPolicy: Shape {
        let words = UnhealthyPolicy.allCases.map(\.spelling)
        return .text(Problem.choice(words), schema: Schema.word(of: words)) { text, place, label, problems in
            if let policy = UnhealthyPolicy.allCases.first(where: { $0.spelling == text }) { return policy }
            problems.add(
                place,
                .badValue,
                "\(label) must be \(Problem.choice(words)), not \(Problem.quote(text))",
                remedy: Suggestion.remedy(for: text, among: words)
            )
            return nil
        }
    }
}

extension UnhealthyPolicy {
    /// In the order in which they reach further.
    fileprivate static let allCases = [.stop] + RollBackScope.allCases.map { UnhealthyPolicy.rollBack($0) }

    /// As a plan writes it.
    var spelling: String {
        switch self {
        case .stop: "stop"
        case .rollBack(let scope): "roll_back \(scope.rawValue)"
        }
    }
}

extension Shape where Value == [Located<String>] {
    /// Services as the plan's `services` writes them: names, and templates for all that is made of them.
    fileprivate static var serviceKeys: Shape {
        list(of: Shape<String>.string.located, count: 1...1_000)
    }
}
