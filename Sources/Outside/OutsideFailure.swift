/// Why the outside gave no answer: a code for programs, a sentence, and what to do.
public struct OutsideFailure: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The question itself may not be asked so.
        case notAllowed = "not-allowed"
        /// The controller's configuration does not name it.
        case notConfigured = "not-configured"
        /// A file with a secret cannot be used.
        case secretUnusable = "secret-unusable"
        case unreachable
        case timedOut = "timed-out"
        /// There was an answer, and it says no.
        case refused
        /// Who was asked says that it has no such thing.
        case absent
        /// There was an answer that cannot be understood or is too long.
        case badAnswer = "bad-answer"
        /// A program ended badly.
        case programFailed = "program-failed"
    }

    public let code: Code
    /// On one line, without secrets.
    public let sentence: String
    public let remedy: String

    public init(_ code: Code, _ sentence: String, remedy: String) {
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
    }

    public var description: String { "\(sentence); \(remedy)" }
}
