import SwiftProtobuf
import WireMessages

/// A document that travels in an envelope: its one payload type, and the one way to read it.
public protocol SignedDocument {
    static var payloadType: PayloadType { get }

    /// Reads the signed bytes; refuses what it does not understand.
    init(signedBytes bytes: [UInt8]) throws

    /// The bytes to sign: the same for equal documents.
    func signedBytes() throws -> [UInt8]
}

extension Wavetrain_V1_Order: SignedDocument {
    public static var payloadType: PayloadType { .order }
}

extension Wavetrain_V1_Receipt: SignedDocument {
    public static var payloadType: PayloadType { .receipt }
}

extension Wavetrain_V1_BundleGrant: SignedDocument {
    public static var payloadType: PayloadType { .bundleGrant }
}

extension SignedDocument where Self: Message {
    /// - Throws: `EnvelopeError` `malformed`; `unknownField` for fields unknown at any depth.
    public init(signedBytes bytes: [UInt8]) throws {
        let place = Self.payloadType.text
        let known: Self
        do {
            self = try Self(serializedBytes: bytes)
            var dropping = BinaryDecodingOptions()
            dropping.discardUnknownFields = true
            known = try Self(serializedBytes: bytes, options: dropping)
        } catch {
            throw EnvelopeError.malformed(place, "Its signed bytes cannot be decoded (\(error)).")
        }
        // Unknown fields are kept, at any depth, unless the decoder is told to drop them: then they are what differs.
        guard try known.signedBytes() == signedBytes() else { throw EnvelopeError.unknownField(place) }
    }

    public func signedBytes() throws -> [UInt8] {
        var options = BinaryEncodingOptions()
        options.useDeterministicOrdering = true
        return try serializedBytes(options: options)
    }
}
