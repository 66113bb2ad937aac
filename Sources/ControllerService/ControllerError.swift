/// Why the controller cannot start or go on: a code for programs, a sentence with the place, and what to do.
public struct ControllerError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        case configuration, dataFolder, keys, eventUnreadable, bundleMismatch, bundleUnwritable, wrongOffset
        case storeFailed, stopping
    }

    public let code: Code
    public let sentence: String
    public let remedy: String

    public init(_ code: Code, _ sentence: String, remedy: String) {
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
    }

    public var description: String { "\(sentence). \(remedy)" }
}
