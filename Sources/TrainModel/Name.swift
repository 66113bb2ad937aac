/// A name that is safe in file names, URIs, log keys and shells: 1 to 63 of `a-z 0-9 . _ -`, beginning with a letter or
/// digit and not holding `..`.
///
/// The kind keeps a region's name from being taken for a host's.
public struct Name<Kind>: Hashable, Comparable, Sendable {
    public static var length_max: Int { 63 }

    public let text: String

    /// Returns nil where the rule above is broken; `NameRule.sentence` says it in words.
    public init?(_ text: some StringProtocol) {
        guard NameRule.holds(for: text, length_max: Self.length_max) else { return nil }
        self.text = String(text)
    }

    /// Of a text of this source's own, which keeps to the rule.
    init(reserved: StaticString) { text = String(describing: reserved) }

    /// The same text as another kind of name: one rule holds for all.
    public init<Other>(_ other: Name<Other>) {
        text = other.text
    }

    public static func < (left: Self, right: Self) -> Bool { left.text < right.text }
}

extension Name: CustomStringConvertible {
    public var description: String { text }
}

extension Name: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let name = Name(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text.prefix(80))\" is no name: \(NameRule.sentence)"
            )
        }
        self = name
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

extension Name: CodingKeyRepresentable {
    public var codingKey: any CodingKey { TextKey(stringValue: text) }

    public init?<T: CodingKey>(codingKey: T) {
        self.init(codingKey.stringValue)
    }

    private struct TextKey: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }
}

public enum NameRule {
    public static let sentence =
        "a name has 1 to 63 of a-z, 0-9, '.', '_' and '-', begins with a letter or digit, and holds no '..'"

    /// The same as a regular expression, but for the length: for schemas.
    public static let pattern = #"^[a-z0-9]([a-z0-9_-]|\.(?!\.))*$"#

    static func holds(for text: some StringProtocol, length_max: Int) -> Bool {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= length_max, isLetterOrDigit(first) else { return false }
        var previous: UInt8 = 0
        for byte in bytes {
            let isDot = byte == UInt8(ascii: ".")
            guard isLetterOrDigit(byte) || isDot || byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-"),
                !(isDot && previous == byte)
            else { return false }
            previous = byte
        }
        return true
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}

public enum ClusterKind {}
public enum PlanKind {}
public enum StageKind {}
public enum WaveKind {}
public enum RegionKind {}
public enum HostKind {}
public enum ServiceKind {}
public enum ArtifactKind {}
public enum PersonKind {}
public enum GroupKind {}
public enum ReleaseKind {}

public typealias ClusterName = Name<ClusterKind>
public typealias PlanName = Name<PlanKind>
public typealias StageName = Name<StageKind>
public typealias WaveName = Name<WaveKind>
public typealias RegionName = Name<RegionKind>
public typealias HostName = Name<HostKind>
public typealias ServiceName = Name<ServiceKind>
public typealias ArtifactName = Name<ArtifactKind>
public typealias PersonName = Name<PersonKind>
public typealias GroupName = Name<GroupKind>
/// `<plan>-<number>`, made by the controller.
public typealias ReleaseID = Name<ReleaseKind>
public enum RotationKind {}
public enum TrainKind {}
public enum LaneKind {}
public enum RecipeKind {}
public enum PredicateKind {}

public typealias RotationName = Name<RotationKind>
public typealias TrainName = Name<TrainKind>
public typealias LaneName = Name<LaneKind>
public typealias RecipeName = Name<RecipeKind>
public typealias PredicateName = Name<PredicateKind>

extension ServiceName {
    /// The agent itself, where it is deployed by orders: a bundle of this service holds its program at
    /// `bin/wavetrain-agent`, and its steps are the agent's own.
    public static var agent: ServiceName { ServiceName(reserved: "wavetrain-agent") }
}
