/// An artifact's version as its makers write it: 1 to 64 of letters, digits, `.`, `_`, `+` and `-`, beginning with a
/// letter or digit. Wavetrain compares versions for equality only.
public struct Version: Hashable, Sendable {
    public static let length_max = 64
    public static let rule =
        "a version has 1 to 64 of letters, digits, '.', '_', '+' and '-', and begins with a letter or digit"

    public let text: String

    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard let first = bytes.first, bytes.count <= Self.length_max, Self.isLetterOrDigit(first) else { return nil }
        guard bytes.allSatisfy({ Self.isLetterOrDigit($0) || "._+-".utf8.contains($0) }) else { return nil }
        self.text = String(text)
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: false
        }
    }
}

extension Version: CustomStringConvertible {
    public var description: String { text }
}

extension Version: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let version = Version(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text.prefix(80))\" is no version: \(Self.rule)"
            )
        }
        self = version
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
