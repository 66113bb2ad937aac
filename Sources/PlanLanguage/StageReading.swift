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
