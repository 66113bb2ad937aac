/// Why an envelope was refused, or could not be made.
public struct EnvelopeError: Error, Hashable, Sendable {
    /// What went wrong, for programs.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String {
            case tooLarge = "too-large"
            case malformed
            case unknownField = "unknown-field"
            case tooManySignatures = "too-many-signatures"
            case wrongType = "wrong-type"
            case tooFewSigners = "too-few-signers"
            case expansionRefused = "expansion-refused"
            case impossibleThreshold = "impossible-threshold"
        }

        private let name: Name

        /// Longer than anything of its kind has to be.
        public static let tooLarge = Code(name: .tooLarge)
        /// Not an envelope, or not a document of the type that was verified.
        public static let malformed = Code(name: .malformed)
        /// Something that this version does not understand, which may be what matters.
        public static let unknownField = Code(name: .unknownField)
        /// More than an envelope may carry.
        public static let tooManySignatures = Code(name: .tooManySignatures)
        /// Another meaning than the one expected here.
        public static let wrongType = Code(name: .wrongType)
        /// Not enough different trusted keys have signed.
        public static let tooFewSigners = Code(name: .tooFewSigners)
        /// Signed, but its payload expands too far, or not at all.
        public static let expansionRefused = Code(name: .expansionRefused)
        /// A verifier or signer that could accept everything, or nothing.
        public static let impossibleThreshold = Code(name: .impossibleThreshold)

        public var description: String { name.rawValue }
    }

    public let code: Code
    /// What was being read: "envelope", or the type of what is inside.
    public let place: String
    /// What is wrong, as a sentence for operators.
    public let sentence: String
    /// What to do about it.
    public let remedy: String

    init(_ code: Code, in place: String = "envelope", _ sentence: String, remedy: String) {
        self.code = code
        self.place = place
        self.sentence = sentence
        self.remedy = remedy
    }
}

extension EnvelopeError: CustomStringConvertible {
    public var description: String { "\(place): \(sentence) \(remedy) [\(code)]" }
}
