/// Why an agent takes no orders although it is there: something on its host that a person has to mend.
public struct HostTrouble: Hashable, Sendable, Codable {
    public static let sentence_bytes_max = 2_048

    /// For programs; visible ASCII, at most 64 bytes.
    public let code: String
    /// For people: place, reason and remedy.
    public let sentence: String

    public init(code: String, sentence: String) {
        self.code = code
        self.sentence = sentence
    }
}

extension HostTrouble: CustomStringConvertible {
    public var description: String { "\(sentence) [\(code)]" }
}
