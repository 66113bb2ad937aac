import Cryptography
import Zlib

// `Verified` and `Verifier` share this file because `Verified.init` is `fileprivate`: the only calls that compile stand
// below, each after the signatures were counted. Another file of this module, another module or a test cannot make one,
// `@testable import` included: that opens `internal`, not `fileprivate`. There is no `Decodable`, no stored property
// that could be changed, and no `map` with a closure of the caller's, which could ignore what was verified.

/// A value that enough trusted keys have signed, as this type.
public struct Verified<Value> {
    public let value: Value
    public let payloadType: PayloadType
    /// The ids of all trusted keys that signed it, in ascending order; at least the verifier's threshold.
    public let signers: [String]

    fileprivate init(_ value: Value, payloadType: PayloadType, signers: [String]) {
        self.value = value
        self.payloadType = payloadType
        self.signers = signers
    }
}

extension Verified: Sendable where Value: Sendable {}

extension Verified where Value == [UInt8] {
    /// The document that the verified bytes encode. The type itself says how it is read, so that what comes out
    /// follows from what was signed.
    ///
    /// - Throws: `EnvelopeError` `wrongType` when the bytes were signed as something else; what the reader throws.
    public func decoded<Document: SignedDocument>(as _: Document.Type = Document.self) throws -> Verified<Document> {
        try payloadType.require(Document.payloadType)
        return Verified<Document>(try Document(signedBytes: value), payloadType: payloadType, signers: signers)
    }
}

/// The keys that may sign, and how many of them must.
public struct Verifier: Sendable {
    /// How far a signed payload may expand: 4 MiB, and 100 to 1.
    static let expansion = ExpansionLimits(bytes_max: 4 << 20, ratio_max: 100)
    private static let keyCount_max = 64

    private let keys: [String: PublicKey]
    private let threshold: Int

    /// - Parameters:
    ///   - keys: trusted keys by the id under which signatures name them; a key under two ids is still one key.
    ///   - threshold: how many different keys must have signed.
    /// - Throws: `EnvelopeError` `impossibleThreshold` unless 1 <= threshold <= number of different keys <= 64.
    public init(keys: [String: PublicKey], threshold: Int = 1) throws {
        let count = Set(keys.values).count
        guard 1 <= threshold, threshold <= count, count <= Self.keyCount_max, !keys.keys.contains("") else {
            throw EnvelopeError.impossibleThreshold("\(threshold) of \(count) keys (at most \(Self.keyCount_max))")
        }
        self.keys = keys
        self.threshold = threshold
    }

    /// Trusts keys by their own ids.
    public init(_ keys: [PublicKey], threshold: Int = 1) throws {
        try self.init(keys: Dictionary(keys.map { ($0.keyID, $0) }) { first, _ in first }, threshold: threshold)
    }

    /// Verifies the signatures, and only then expands the payload where its type says that it is deflated.
    ///
    /// - Throws: `EnvelopeError`: `wrongType`, `tooManySignatures`, `tooFewSigners`, `expansionRefused`.
    public func verify(_ envelope: Envelope, expecting type: PayloadType) throws -> Verified<[UInt8]> {
        guard envelope.payloadType.utf8.elementsEqual(type.text.utf8) else {
            throw EnvelopeError.wrongType(envelope.payloadType, expected: type)
        }
        guard envelope.signatures.count <= Envelope.signatureCount_max else { throw EnvelopeError.tooManySignatures }
        let signers = signers(of: envelope)
        guard signers.count >= threshold else {
            throw EnvelopeError(
                .tooFewSigners,
                in: type.text,
                "\(signers.count) trusted keys have signed it; \(threshold) must.",
                remedy: "Check that its signer's key is trusted here, and that nothing between changed it."
            )
        }
        let document = type.isDeflated ? try Self.expand(envelope.payload, as: type) : envelope.payload
        return Verified(document, payloadType: type, signers: signers.map(\.keyID).sorted())
    }

    /// Verifies and decodes in one step.
    public func verify<Document: SignedDocument>(
        _ envelope: Envelope,
        as _: Document.Type = Document.self
    ) throws -> Verified<Document> {
        try verify(envelope, expecting: Document.payloadType).decoded()
    }

    /// The different trusted keys with a valid signature: one key counts once, however often and as whom it signs.
    private func signers(of envelope: Envelope) -> Set<PublicKey> {
        let signed = PreAuthenticationEncoding.encode(payloadType: envelope.payloadType, payload: envelope.payload)
        var signers: Set<PublicKey> = []
        for signature in envelope.signatures {
            let signer = candidates(for: signature).first { key in
                !signers.contains(key) && key.verify(signature: signature.bytes, message: signed)
            }
            if let signer { signers.insert(signer) }
        }
        return signers
    }

    /// DSSE lets a signature leave out its key id; then any key may have made it.
    private func candidates(for signature: Envelope.Signature) -> [PublicKey] {
        signature.keyID.isEmpty ? Array(Set(keys.values)) : keys[signature.keyID].map { [$0] } ?? []
    }

    private static func expand(_ payload: [UInt8], as type: PayloadType) throws -> [UInt8] {
        do {
            return try Inflate.expand(payload, format: .zlib, limits: expansion)
        } catch {
            throw EnvelopeError(
                .expansionRefused,
                in: type.text,
                "Its payload cannot be expanded, though it is signed: \(error).",
                remedy: "Treat its signer as broken or hostile."
            )
        }
    }
}

extension PayloadType {
    fileprivate func require(_ expected: PayloadType) throws {
        guard self == expected else { throw EnvelopeError.wrongType(text, expected: expected) }
    }
}

extension EnvelopeError {
    fileprivate static func wrongType(_ found: String, expected: PayloadType) -> EnvelopeError {
        EnvelopeError(
            .wrongType,
            in: expected.text,
            "It is signed as \(String(reflecting: String(found.prefix(100)))) and cannot serve as this.",
            remedy: "Send the document that belongs here."
        )
    }

    static func impossibleThreshold(_ what: String) -> EnvelopeError {
        EnvelopeError(
            .impossibleThreshold,
            in: "signing keys",
            "\(what) could accept everything or nothing.",
            remedy: "Configure at least one key, and a threshold from 1 to the number of keys."
        )
    }
}
