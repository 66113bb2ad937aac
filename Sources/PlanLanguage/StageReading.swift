import StructuredText
import TrainModel

/// A stage with the places that checks over the whole plan need.
struct ReadStage {
    var name: StageName
    var gates: [Gate]
    var waves: [ReadWave]

    /// What a stage needs, its first wave needs: nothing of the stage starts before.
    var stage: Stage {
        let waves = waves.enumerated().map { index, wave in wave.wave(after: index == 0 ? gates : []) }
        return Stage(name: name, waves: waves)
    }
}

extension Shape where Value == [ReadStage] {
    /// A mapping of stages' names to stages, in the order in which they are run.
    static func stages(within outer: Settings) -> Shape {
        let list = named("stage", "a mapping of stages, in their order") { (key: NamedKey<StageKind>, fields) in
            stage(key, fields, within: outer)
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
    private static func stage(_ key: NamedKey<StageKind>, _ fields: Fields, within outer: Settings) -> ReadStage? {
        let gates = fields.value("needs", .gates, default: [], "What must pass before the stage begins.")
        let settings = Settings.read(fields).filled(from: outer)
        let regions = fields.optional("regions", .regions(of: key.label), "Where to deploy, as one wave called all.")
        let waves = fields.optional("waves", .waves(within: settings), "Groups of regions, in order.")
        fields.refuseExpectedWords()
        fields.requireOne(of: "regions", "waves")
        guard let name = key.name else { return nil }
        if let waves { return ReadStage(name: name, gates: gates, waves: waves) }
        guard fields.has("regions") else { return nil }
        settings.checkTogether(fields.problems)
        guard let regions, let all = WaveName("all") else { return nil }
        let wave = ReadWave(name: all, place: key.place, regions: regions, gates: [], settings: settings)
        wave.checkSize(fields.problems)
        return ReadStage(name: name, gates: gates, waves: [wave])
    }
}
