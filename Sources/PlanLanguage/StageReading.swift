import StructuredText
import TimeAndChance
import TrainModel

/// A stage with the places that checks over the whole plan need.
struct ReadStage {
    var name: StageName
    var gates: [Gate]
    var expectedWithin: Interval?
    var waves: [ReadWave]

    /// What a stage needs, its first wave needs: nothing of the stage starts before.
    func stage(of services: [ReadService]) -> Stage {
        let waves = waves.enumerated().map { index, wave in
            wave.wave(of: services, after: index == 0 ? gates : [])
        }
        var stage = Stage(name: name, waves: waves)
        stage.expectedWithin = expectedWithin
        return stage
    }
}

extension Shape where Value == [ReadStage] {
    /// A mapping of stages' names to stages, in the order in which they are run.
    static func stages(within outer: Settings, _ words: Vocabulary) -> Shape {
        let list = named("stage", "a mapping of stages, in their order") { (key: NamedKey<StageKind>, fields) in
            stage(key, fields, within: outer, words)
        }
        return Shape(list.wanted, schema: list.schema) { node, label, problems in
            guard let stages = list.read(node, label, problems) else { return nil }
            problems.addDuplicates(
                stages.flatMap(\.waves).flatMap(\.regions),
                .duplicateRegion,
                noun: "the region",
                remedy: "a plan has each region once"
            )
            return stages
        }
    }

    /// A stage's own keys, then its waves, or its regions as the one wave `all`.
    private static func stage(
        _ key: NamedKey<StageKind>,
        _ fields: Fields,
        within outer: Settings,
        _ plan: Vocabulary
    ) -> ReadStage? {
        var words = plan
        words.stage = key.key
        let gates = fields.value("needs", .gates(words), default: [], "What must pass before the stage begins.")
        let expectedWithin = fields.optional(
            "expected_within",
            .interval(in: .seconds(1) ... .days(30)),
            "Longer than this from its first region to its end is an alarm."
        )
        let settings = Settings.readInner(fields, words).filled(from: outer)
        let regions = fields.optional("regions", .regions(of: key.label), "Where to deploy, as one wave called all.")
        let waves = fields.optional("waves", .waves(within: settings, words), "Groups of regions, in order.")
        fields.refuseExpectedWords()
        fields.requireOne(of: "regions", "waves")
        guard let name = key.name else { return nil }
        var stage = ReadStage(name: name, gates: gates, expectedWithin: expectedWithin, waves: waves ?? [])
        if waves != nil { return stage }
        guard fields.has("regions") else { return nil }
        settings.checkTogether(fields.problems)
        guard let regions, let all = WaveName("all") else { return nil }
        stage.waves = [ReadWave(name: all, place: key.place, regions: regions, gates: [], settings: settings)]
        return stage
    }
}
