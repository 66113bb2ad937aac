import StructuredText
import TrainModel

/// A wave with its settings filled in, before defaults.
struct ReadWave {
    var name: WaveName
    var place: Place
    var regions: [Located<RegionName>]
    var gates: [Gate]
    var settings: Settings

    func wave(after stageGates: [Gate]) -> Wave {
        settings.wave(name, regions: regions.map(\.value), gates: stageGates + gates)
    }

    /// Every order of the wave carries its variables and checks, and must fit a frame of 256 KiB with its hosts.
    func checkSize(_ problems: ProblemCollector) {
        let size_bytes = wave(after: []).orderPart_bytes
        guard size_bytes > Self.orderPart_bytes_max else { return }
        problems.add(
            place,
            .waveTooLarge,
            "the variables and smoke tests of \(Problem.quote(name.text)) have \(size_bytes) bytes, "
                + "more than the \(Self.orderPart_bytes_max) that an order can carry",
            remedy: "put long values into the artifact"
        )
    }

    private static let orderPart_bytes_max = 128 << 10
}

extension Shape where Value == [ReadWave] {
    /// The waves of one stage in order, so that each can be like one before it.
    static func waves(within stage: Settings) -> Shape {
        let wanted = "a mapping of waves, in their order"
        return Shape(wanted, schema: { list(WaveReader(stage: stage, keys: [])).schema($0) }) { node, label, problems in
            let keys = node.mapping?.entries.map(\.key) ?? []
            return list(WaveReader(stage: stage, keys: keys)).read(node, label, problems)
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
    private var earlier: [(key: String, wave: ReadWave?)] = []

    init(stage: Settings, keys: [String]) {
        self.stage = stage
        self.keys = keys
    }

    func wave(_ key: NamedKey<WaveKind>, _ fields: Fields) -> ReadWave? {
        let regions = fields.required("regions", .regions(of: key.label), "Where to deploy.")
        let gates = fields.optional("needs", .gates, "What must pass before the wave begins.")
        var settings = Settings.read(fields)
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
        wave?.checkSize(fields.problems)
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
        refuse("services", remedy: "services belong to the whole plan")
    }
}
