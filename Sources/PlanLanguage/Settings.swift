import StructuredText
import TimeAndChance
import TrainModel

/// How regions are taken through a change, as one level of a plan says it: the plan itself, a stage or a wave. What a
/// level leaves out comes from the level around it.
struct Settings {
    var oneByOne: Bool?
    var regionGates: [Gate]?
    var hosts = HostSettings()
    var smoke: [Located<Check>]?
    var bake = BakeSettings()
    var onUnhealthy: UnhealthyPolicy?
    var variables: [String: String] = [:]
    /// False when something could not be read, so that nothing is concluded from what is left.
    var isSound = true

    static func read(_ fields: Fields) -> Settings {
        let count = fields.problems.count
        var settings = Settings()
        settings.oneByOne = fields.optional(
            "one_by_one",
            .bool,
            "true: a region begins when the one before is healthy."
        )
        settings.regionGates = fields.optional(
            "before_each_region",
            .gates,
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
        settings.variables = fields.optional("variables", .variables, "Texts for hooks and smoke tests.") ?? [:]
        settings.isSound = fields.problems.count == count
        return settings
    }

    /// These settings with what they leave out taken from an outer level.
    func filled(from outer: Settings) -> Settings {
        Settings(
            oneByOne: oneByOne ?? outer.oneByOne,
            regionGates: regionGates ?? outer.regionGates,
            hosts: hosts.filled(from: outer.hosts),
            smoke: smoke ?? outer.smoke,
            bake: bake.filled(from: outer.bake),
            onUnhealthy: onUnhealthy ?? outer.onUnhealthy,
            variables: outer.variables.merging(variables) { _, inner in inner },
            isSound: isSound && outer.isSound
        )
    }

    /// A wave with these settings and, where nobody said anything, the defaults.
    func wave(_ name: WaveName, regions: [RegionName], gates: [Gate]) -> Wave {
        Wave(
            name: name,
            regions: regions,
            oneByOne: oneByOne ?? false,
            gates: gates,
            regionGates: regionGates ?? [],
            rollout: hosts.rollout,
            checks: smoke?.map(\.value) ?? [],
            bake: bake.bake,
            onUnhealthy: onUnhealthy ?? .rollBackWave,
            variables: variables.sorted { $0.key < $1.key }.map { Variable(key: $0.key, value: $0.value) }
        )
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
    /// As a plan writes it.
    var spelling: String {
        switch self {
        case .stop: "stop"
        case .rollBackRegion: "roll_back region"
        case .rollBackWave: "roll_back wave"
        case .rollBackRelease: "roll_back release"
        }
    }
}
