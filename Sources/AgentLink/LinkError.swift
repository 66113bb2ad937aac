/// Why something that crossed the link was refused, or why the link could not be made or kept.
public struct LinkError: Error, Hashable, Sendable {
    /// For programs. Compare with the names below; more may come.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String {
            case malformedFrame = "malformed-frame"
            case frameTooLarge = "frame-too-large"
            case missingField = "missing-field"
            case invalidField = "invalid-field"
            case unknownValue = "unknown-value"
            case unknownField = "unknown-field"
            case outOfBounds = "out-of-bounds"
            case outOfTurn = "out-of-turn"
            case flooded
            case silent
            case slow
            case overdue
            case wrongPeer = "wrong-peer"
            case expired
            case refused
            case replaced
            case closed
            case unreachable
            case invalidToken = "invalid-token"
            case wrongLength = "wrong-length"
            case wrongDigest = "wrong-digest"
            case fileFailed = "file-failed"
        }

        private let name: Name

        /// Not a frame, or not a protobuf message inside it.
        public static let malformedFrame = Code(name: .malformedFrame)
        /// Longer than the state of the connection allows.
        public static let frameTooLarge = Code(name: .frameTooLarge)
        /// A field that every such message has is absent.
        public static let missingField = Code(name: .missingField)
        /// A field breaks its rule.
        public static let invalidField = Code(name: .invalidField)
        /// An enumeration's value that this version does not know; perhaps a newer one does.
        public static let unknownValue = Code(name: .unknownValue)
        /// A field that this version does not know, inside something that is signed.
        public static let unknownField = Code(name: .unknownField)
        /// A list, a text or a number beyond its bounds.
        public static let outOfBounds = Code(name: .outOfBounds)
        /// A message that its state does not allow.
        public static let outOfTurn = Code(name: .outOfTurn)
        /// More messages in a short time than any healthy peer sends.
        public static let flooded = Code(name: .flooded)
        /// Nothing was heard for three heartbeat intervals.
        public static let silent = Code(name: .silent)
        /// The peer does not take what is sent to it.
        public static let slow = Code(name: .slow)
        /// A hello, a welcome or an answer did not come in time.
        public static let overdue = Code(name: .overdue)
        /// The certificate does not name whom it must.
        public static let wrongPeer = Code(name: .wrongPeer)
        /// A certificate or token is past its time.
        public static let expired = Code(name: .expired)
        /// The peer said no; the sentence is the peer's.
        public static let refused = Code(name: .refused)
        /// A newer session of the same host took over.
        public static let replaced = Code(name: .replaced)
        /// The connection ended.
        public static let closed = Code(name: .closed)
        /// Nobody answers there.
        public static let unreachable = Code(name: .unreachable)
        /// A join token that was mangled on its way, or never was one.
        public static let invalidToken = Code(name: .invalidToken)
        /// A bundle's length is not the signed one.
        public static let wrongLength = Code(name: .wrongLength)
        /// A bundle's digest is not the signed one.
        public static let wrongDigest = Code(name: .wrongDigest)
        /// A file could not be read or written.
        public static let fileFailed = Code(name: .fileFailed)

        public var description: String { name.rawValue }
    }

    public let code: Code
    /// The message's field, such as `order.checks[2].http.status`, or the address or file; empty: the connection itself.
    public let place: String
    /// What is wrong, as a sentence for operators; holds no secret.
    public let sentence: String
    /// What to do about it.
    public let remedy: String

    init(_ code: Code, at place: String = "", _ sentence: String, remedy: String) {
        self.code = code
        self.place = place
        self.sentence = sentence
        self.remedy = remedy
    }

    /// The same error, seen from the message around it.
    func inside(_ parent: String) -> LinkError {
        LinkError(code, at: place.isEmpty ? parent : "\(parent).\(place)", sentence, remedy: remedy)
    }
}

extension LinkError: CustomStringConvertible {
    public var description: String {
        // What a peer or TLS said may come without its full stop.
        let end = sentence.hasSuffix(".") ? "" : "."
        return "\(place.isEmpty ? "" : "\(place): ")\(sentence)\(end) \(remedy) [\(code)]"
    }
}

extension LinkError {
    private static let checkVersions = "Check that controller and agent are of compatible versions."

    static func missing(_ field: StaticString) -> LinkError {
        LinkError(.missingField, at: "\(field)", "The field is required and missing.", remedy: checkVersions)
    }

    static func invalid(_ field: StaticString, _ sentence: String) -> LinkError {
        LinkError(.invalidField, at: "\(field)", sentence, remedy: checkVersions)
    }

    static func bounds(_ field: StaticString, _ sentence: String) -> LinkError {
        LinkError(.outOfBounds, at: "\(field)", sentence, remedy: "Make it smaller where it comes from.")
    }

    static func unknownValue(_ field: StaticString, _ number: Int) -> LinkError {
        LinkError(
            .unknownValue,
            at: "\(field)",
            "The value \(number) is unknown to this version.",
            remedy: "Upgrade this side, or let the other say only what this version knows."
        )
    }

    static let unknownField = LinkError(
        .unknownField,
        "It holds a field that this version does not know, and what is signed must be understood in whole.",
        remedy: "Upgrade this side before the other uses the new field."
    )

    static func malformedMessage(_ what: String) -> LinkError {
        LinkError(.malformedFrame, at: what, "The bytes are no such protobuf message.", remedy: checkVersions)
    }
}
