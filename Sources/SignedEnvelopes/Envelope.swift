import Cryptography
import SwiftProtobuf
import WireMessages
import Zlib

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A DSSE envelope as it travels and rests: a claim and its signatures. Nothing in it may be believed before a
/// `Verifier` has returned it as `Verified`.
public struct Envelope: Hashable, Sendable {
    /// One signature; `keyID` selects candidate keys and proves nothing.
    public struct Signature: Hashable, Sendable {
        public let keyID: String
        public let bytes: [UInt8]

        public init(keyID: String, bytes: [UInt8]) {
            self.keyID = keyID
            self.bytes = bytes
        }
    }

    /// What the payload claims to be.
    public let payloadType: String
    /// The bytes that are signed (deflated where the type says so).
    public let payload: [UInt8]
    public let signatures: [Signature]

    /// 1 MiB: the largest frame of the agent link.
    public static let bytes_max = 1 << 20
    public static let signatureCount_max = 16
    static let payloadTypeBytes_max = 256
    static let signatureBytes_max = 1024

    public init(payloadType: String, payload: [UInt8], signatures: [Signature]) {
        self.payloadType = payloadType
        self.payload = payload
        self.signatures = signatures
    }

    /// Signs a document with each key, in order.
    public static func sign(_ document: some SignedDocument, with keys: [PrivateKey]) throws -> Envelope {
        try sign(document.signedBytes(), as: type(of: document).payloadType, with: keys)
    }

    /// Signs a document's bytes with each key, in order; deflates them first where the type says so.
    ///
    /// - Throws: `EnvelopeError` `tooManySignatures`; `impossibleThreshold` without keys; `tooLarge` for a document
    ///   that a verifier would not expand; what the keys and zlib throw.
    public static func sign(_ document: [UInt8], as type: PayloadType, with keys: [PrivateKey]) throws -> Envelope {
        guard !keys.isEmpty else { throw EnvelopeError.impossibleThreshold("An envelope without a key to sign it") }
        guard keys.count <= signatureCount_max else { throw EnvelopeError.tooManySignatures }
        let payload = type.isDeflated ? try deflate(document) : document
        let signed = PreAuthenticationEncoding.encode(payloadType: type.text, payload: payload)
        let signatures = try keys.map { Signature(keyID: $0.publicKey.keyID, bytes: try $0.sign(signed)) }
        return Envelope(payloadType: type.text, payload: payload, signatures: signatures)
    }

    /// Deflates what a verifier can expand again; the signer learns here rather than from a thousand hosts.
    private static func deflate(_ document: [UInt8]) throws -> [UInt8] {
        let bytes_max = Verifier.expansion.bytes_max
        guard document.count <= bytes_max else {
            throw EnvelopeError.tooLarge("The document", bytes: document.count, bytes_max: bytes_max)
        }
        let payload = try Deflate.compress(document, format: .zlib)
        do {
            _ = try Inflate.expand(payload, format: .zlib, limits: Verifier.expansion)
        } catch {
            throw EnvelopeError(
                .tooLarge,
                "The document compresses too well for its readers' limits: \(error).",
                remedy: "Send less repetition at once."
            )
        }
        return payload
    }

    /// Reads the protobuf encoding. No signature is looked at.
    ///
    /// - Parameter bytes_max: the most that is read; checked, like the number of signatures, before any allocation.
    /// - Throws: `EnvelopeError`: `tooLarge`, `tooManySignatures`, `unknownField`, `malformed`.
    public init(bytes: [UInt8], bytes_max: Int = Envelope.bytes_max) throws {
        guard bytes.count <= bytes_max else {
            throw EnvelopeError.tooLarge("The envelope", bytes: bytes.count, bytes_max: bytes_max)
        }
        try EnvelopeOutline.check(bytes)
        let message: Wavetrain_V1_Envelope
        do {
            message = try Wavetrain_V1_Envelope(serializedBytes: bytes)
        } catch {
            throw EnvelopeError.malformed("envelope", "It cannot be decoded (\(error)).")
        }
        guard message.signatures.allSatisfy({ $0.unknownFields.data.isEmpty }) else {
            throw EnvelopeError.unknownField("signature")
        }
        self.init(
            payloadType: message.payloadType,
            payload: Array(message.payload),
            signatures: message.signatures.map { Signature(keyID: $0.keyID, bytes: Array($0.signature)) }
        )
    }

    /// The protobuf encoding: the same bytes each time.
    ///
    /// - Throws: `EnvelopeError` `tooLarge`, for what `init(bytes:)` would not read.
    public func encoded() throws -> [UInt8] {
        var message = Wavetrain_V1_Envelope()
        message.payloadType = payloadType
        message.payload = Data(payload)
        message.signatures = signatures.map { signature in
            var part = Wavetrain_V1_Signature()
            part.keyID = signature.keyID
            part.signature = Data(signature.bytes)
            return part
        }
        let bytes: [UInt8] = try message.serializedBytes()
        guard bytes.count <= Self.bytes_max else {
            throw EnvelopeError.tooLarge("The envelope", bytes: bytes.count, bytes_max: Self.bytes_max)
        }
        return bytes
    }
}
