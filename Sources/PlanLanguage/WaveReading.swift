import StructuredText
import TrainModel

/// A wave with its settings filled in, before defaults.
struct ReadWave {
    var name: WaveName
    var regions: [Located<RegionName>]
    var gates: [Gate]
    var settings: Settings
}

/// Reads the waves of one stage in order, so that each can be like one before it.
struct WaveReader {
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
            earlier.append((entry.key, wave(entry, after: earlier, of: mapping)))
        }
        let waves = earlier.compactMap(\.wave)
        return waves.count == mapping.entries.count ? waves : nil
    }

    private func wave(
        _ entry: Mapping.Entry,
        after earlier: [(key: String, wave: ReadWave?)],
        of mapping: Mapping
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
        let model = like.flatMap { self.model($0, after: earlier, of: mapping) }
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
        of mapping: Mapping
    ) -> ReadWave? {
        if let found = earlier.first(where: { $0.key == like.value }) { return found.wave }
        let isLater = mapping[like.value] != nil
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
    static func regions(of owner: String) -> Shape {
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
    func refuseExpectedWords() {
        refuse("approval", remedy: "gates stand in a list: \"needs: [{approval: …}]\"")
        refuse("depends_on", remedy: "did you mean \"needs\"?")
        refuse("services", remedy: "services belong to the whole plan")
    }
}
