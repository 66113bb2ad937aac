/// Why a key, a certificate, a request or a name was refused, or what libcrypto could not do.
public struct CryptographyError: Error, Hashable, Sendable {
    /// What went wrong, for programs.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Name: String {
            case malformed
            case tooLarge = "too-large"
            case unsupportedAlgorithm = "unsupported-algorithm"
            case weakKey = "weak-key"
            case encryptedKey = "encrypted-key"
            case keyMismatch = "key-mismatch"
            case noProofOfPossession = "no-proof-of-possession"
            case notAnAuthority = "not-an-authority"
            case invalidName = "invalid-name"
            case invalidValidity = "invalid-validity"
            case libraryFailure = "library-failure"
        }

        private let name: Name

        /// Not what it claims to be: broken PEM, broken DER, bytes left over.
        public static let malformed = Code(name: .malformed)
        /// Larger than anything of its kind has to be.
        public static let tooLarge = Code(name: .tooLarge)
        /// Neither Ed25519 nor P-256 with SHA-256.
        public static let unsupportedAlgorithm = Code(name: .unsupportedAlgorithm)
        /// A public key that would verify signatures nobody made.
        public static let weakKey = Code(name: .weakKey)
        /// A private key behind a passphrase; nothing here ever asks for one.
        public static let encryptedKey = Code(name: .encryptedKey)
        /// A private key that does not belong to its public key or certificate.
        public static let keyMismatch = Code(name: .keyMismatch)
        /// A certificate request whose signature is not by the key that it carries.
        public static let noProofOfPossession = Code(name: .noProofOfPossession)
        /// A certificate that may not sign others.
        public static let notAnAuthority = Code(name: .notAnAuthority)
        /// A peer, host or subject name outside its grammar.
        public static let invalidName = Code(name: .invalidName)
        /// Validity that ends before it begins, or outlives its issuer.
        public static let invalidValidity = Code(name: .invalidValidity)
        /// libcrypto could not do what it always can: memory, entropy or its configuration.
        public static let libraryFailure = Code(name: .libraryFailure)

        public var description: String { name.rawValue }
    }

    public let code: Code
    /// What was being read or made: "private key", or the caller's file name after `located(at:)`.
    public let place: String
    /// What is wrong, as a sentence for operators; holds no secret.
    public let sentence: String
    /// What to do about it.
    public let remedy: String
    /// What libcrypto's error queue held, oldest first.
    public let libraryReasons: [String]

    init(_ code: Code, in place: String, _ sentence: String, remedy: String, libraryReasons: [String] = []) {
        self.code = code
        self.place = place
        self.sentence = sentence
        self.remedy = remedy
        self.libraryReasons = libraryReasons
    }

    /// The same error, naming the file (or other place) where the caller found the input.
    public func located(at place: String) -> CryptographyError {
        CryptographyError(code, in: place, sentence, remedy: remedy, libraryReasons: libraryReasons)
    }
}

extension CryptographyError: CustomStringConvertible {
    public var description: String {
        let reasons = libraryReasons.isEmpty ? "" : " (libcrypto: \(libraryReasons.joined(separator: "; ")))"
        return "\(place): \(sentence) \(remedy) [\(code)]\(reasons)"
    }
}
