import StructuredText
import TrainModel

extension Shape where Value == [Stage] {
    /// A mapping of stages' names to stages, in the order in which they are run.
    static func stages(within outer: Settings) -> Shape {
        let wanted = "a mapping of stages, in their order"
        return Shape(wanted) { node, label, problems in
            guard let mapping = node.mapping else {
                problems.addWrongType(node, label, wanted)
                return nil
            }
            guard !mapping.entries.isEmpty else {
                problems.add(node.place, .noValue, "\(label) must hold at least one stage")
                return nil
            }
            let stages = mapping.entries.compactMap { entry in
                StageReader(entry, problems).read(within: outer)
            }
            return stages.count == mapping.entries.count ? stages : nil
        }
    }
}

/// Reads one stage: its own keys, then its waves, or its regions as the one wave `all`.
private struct StageReader {
    let entry: Mapping.Entry
    let problems: ProblemCollector

    init(_ entry: Mapping.Entry, _ problems: ProblemCollector) {
        self.entry = entry
        self.problems = problems
    }

    func read(within outer: Settings) -> Stage? {
        let label = "the stage \(Problem.quote(entry.key))"
        let fields = Fields(entry.value, problems, label: label)
        let name = StageName(entry.key)
        if name == nil { problems.addBadName(entry.key, noun: "stage", entry.keyPlace) }
        let gates = fields.value("needs", .gates, default: [])
        let settings = Settings.read(fields).filled(from: outer)
        let regions = fields.optional("regions", .regions(of: label))
        let waves = fields.optional("waves", .node)
        fields.refuseExpectedWords()
        fields.finish()
        guard entry.value.mapping != nil else { return nil }
        if fields.has("regions"), fields.has("waves") {
            problems.add(
                fields.place(of: "waves"),
                .regionsAndWaves,
                "\(label) has regions of its own and waves",
                remedy: "move the regions into a wave"
            )
            return nil
        }
        guard fields.has("regions") || fields.has("waves") else {
            problems.add(
                entry.keyPlace,
                .missingKey,
                "\(label) has no regions",
                remedy: "add \"regions\", or \"waves\" with regions in each"
            )
            return nil
        }
        let read = waves.map { WaveReader(stage: settings, problems).read($0) } ?? singleWave(settings, regions)
        let places = (read ?? []).flatMap(\.regions)
        problems.addDuplicates(places, .duplicateRegion, noun: "the region", remedy: "a stage has each region once")
        guard let name, let read else { return nil }
        return Stage(name: name, waves: Self.waves(read, stageGates: gates))
    }

    private func singleWave(_ settings: Settings, _ regions: [Located<RegionName>]?) -> [ReadWave]? {
        settings.checkTogether(problems)
        guard let regions, let name = WaveName("all") else { return nil }
        return [ReadWave(name: name, regions: regions, gates: [], settings: settings)]
    }

    /// What a stage needs, its first wave needs: nothing of the stage starts before.
    private static func waves(_ read: [ReadWave], stageGates: [Gate]) -> [Wave] {
        read.enumerated().map { index, wave in
            wave.settings.wave(
                wave.name,
                regions: wave.regions.map(\.value),
                gates: (index == 0 ? stageGates : []) + wave.gates
            )
        }
    }
}

/// A wave with its settings filled in, before defaults.
private struct ReadWave {
    var name: WaveName
    var regions: [Located<RegionName>]
    var gates: [Gate]
    var settings: Settings
}

/// Reads the waves of one stage in order, so that each can be like one before it.
private struct WaveReader {
    let stage: Settings
    let problems: ProblemCollector

    init(stage: Settings, _ problems: ProblemCollector) {
        self.stage = stage
        self.problems = problems
    }

    func read(_ node: Node) -> [ReadWave]? {
        guard let mapping = node.mapping else {
            problems.addWrongType(node, "\"waves\"", "a mapping of waves, in their order")
            return nil
        }
        guard !mapping.entries.isEmpty else {
            problems.add(node.place, .noValue, "\"waves\" must hold at least one wave")
            return nil
        }
        var earlier: [(key: String, wave: ReadWave?)] = []
        for entry in mapping.entries {
            earlier.append((entry.key, wave(entry, after: earlier, names: mapping.entries.map(\.key))))
        }
        let waves = earlier.compactMap(\.wave)
        return waves.count == mapping.entries.count ? waves : nil
    }

    private func wave(
        _ entry: Mapping.Entry,
        after earlier: [(key: String, wave: ReadWave?)],
        names: [String]
    ) -> ReadWave? {
        let label = "the wave \(Problem.quote(entry.key))"
        let fields = Fields(entry.value, problems, label: label)
        let name = WaveName(entry.key)
        if name == nil { problems.addBadName(entry.key, noun: "wave", entry.keyPlace) }
        let regions = fields.required("regions", .regions(of: label))
        let gates = fields.optional("needs", .gates)
        var settings = Settings.read(fields)
        let like = fields.optional("like", Shape<String>.string.located)
        fields.refuseExpectedWords()
        fields.finish()
        guard entry.value.mapping != nil else { return nil }
        let model = like.flatMap { self.model($0, after: earlier, names: names) }
        // A model that could not be read has its own problems; nothing is concluded from its absence.
        if like != nil, model == nil { settings.isSound = false }
        settings = settings.filled(from: model?.settings ?? stage)
        settings.checkTogether(problems)
        guard let name, let regions else { return nil }
        return ReadWave(name: name, regions: regions, gates: gates ?? model?.gates ?? [], settings: settings)
    }

    private func model(
        _ like: Located<String>,
        after earlier: [(key: String, wave: ReadWave?)],
        names: [String]
    ) -> ReadWave? {
        if let found = earlier.first(where: { $0.key == like.value }) { return found.wave }
        let isLater = names.contains(like.value)
        problems.add(
            like.place,
            .unknownWave,
            "\(Problem.quote(like.value)) is \(isLater ? "not an earlier wave" : "no wave") of this stage",
            remedy: isLater
                ? "write the settings at the first wave that has them"
                : Suggestion.remedy(for: like.value, among: earlier.map(\.key))
        )
        return nil
    }
}

extension Shape where Value == [Located<RegionName>] {
    /// The regions of a stage or wave, of which there is at least one.
    fileprivate static func regions(of owner: String) -> Shape {
        let list = Shape.list(of: Shape<RegionName>.name("region").located)
        return Shape(list.wanted) { node, label, problems in
            guard node.list?.isEmpty != true else {
                problems.add(node.place, .noValue, "\(owner) has no regions", remedy: "name at least one")
                return nil
            }
            return list.read(node, label, problems)
        }
    }
}

extension Fields {
    /// Words that people try first.
    fileprivate func refuseExpectedWords() {
        refuse("approval", remedy: "gates stand in a list: \"needs: [{approval: …}]\"")
        refuse("depends_on", remedy: "did you mean \"needs\"?")
        refuse("services", remedy: "services belong to the whole plan")
    }
}
