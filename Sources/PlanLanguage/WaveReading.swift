import StructuredText
import TrainModel

/// A wave with its settings filled in, before defaults.
struct ReadWave {
    var name: WaveName
    var place: Place
    var regions: [Located<RegionName>]
    var gates: [Gate]
    var settings: Settings

    func wave(of services: [ReadService], after stageGates: [Gate]) -> Wave {
        let wanted = settings.services.map { Set($0.map(\.value)) }
        let chosen = services.filter { wanted?.contains($0.name.text) ?? true || wanted?.contains($0.key) ?? true }
        return settings.wave(
            name,
            regions: regions.map(\.value),
            services: chosen.map(\.name),
            gates: stageGates + gates
        )
    }
}

extension Shape where Value == [ReadWave] {
    /// The waves of one stage in order, so that each can be like one before it.
    static func waves(within stage: Settings, _ words: Vocabulary) -> Shape {
        let wanted = "a mapping of waves, in their order"
        return Shape(wanted, schema: { list(WaveReader(stage: stage, keys: [], words)).schema($0) }) {
            node,
            label,
            problems in
            let keys = node.mapping?.entries.map(\.key) ?? []
            return list(WaveReader(stage: stage, keys: keys, words)).read(node, label, problems)
        }
    }

    private static func list(_ reader: WaveReader) -> Shape {
        named("wave", "a mapping of waves, in their order") { reader.wave($0, $1) }
    }
}

/// Reads the waves of one stage one after the other.
private final class WaveReader {
    private let stage: Settings
    /// Of all waves of the stage.
    private let keys: [String]
    private let words: Vocabulary
    private var earlier: [(key: String, wave: ReadWave?)] = []

    init(stage: Settings, keys: [String], _ words: Vocabulary) {
        self.stage = stage
        self.keys = keys
        self.words = words
    }

    func wave(_ key: NamedKey<WaveKind>, _ fields: Fields) -> ReadWave? {
        let regions = fields.required("regions", .regions(of: key.label), "Where to deploy.")
        let gates = fields.optional("needs", .gates(words), "What must pass before the wave begins.")
        var settings = Settings.readInner(fields, words)
        let like = fields.optional(
            "like",
            Shape<String>.string.located,
            "An earlier wave of the stage, of which this one has everything but its regions."
        )
        fields.refuseExpectedWords()
        let model = like.flatMap { self.model($0, fields.problems) }
        // A model that could not be read has its own problems; nothing is concluded from its absence.
        if like != nil, model == nil { settings.isSound = false }
        settings = settings.filled(from: model?.settings ?? stage)
        settings.checkTogether(fields.problems)
        let wave: ReadWave? =
            if let name = key.name, let regions {
                ReadWave(
                    name: name,
                    place: key.place,
                    regions: regions,
                    gates: gates ?? model?.gates ?? [],
                    settings: settings
                )
            } else {
                nil
            }
        earlier.append((key.key, wave))
        return wave
    }

    private func model(_ like: Located<String>, _ problems: ProblemCollector) -> ReadWave? {
        if let found = earlier.first(where: { $0.key == like.value }) { return found.wave }
        let isLater = keys.contains(like.value)
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
        let list = Shape.list(of: Shape<RegionName>.name("region").located, count: 1...Int.max)
        return Shape(list.wanted, schema: list.schema) { node, label, problems in
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
    }
}
