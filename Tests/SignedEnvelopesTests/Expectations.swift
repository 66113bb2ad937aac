import Cryptography
import SignedEnvelopes
import Testing

/// Expects `body` to throw an `EnvelopeError` with this code, and nothing else.
func expectRefusal(
    _ code: EnvelopeError.Code,
    _ comment: Comment? = nil,
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> some Any
) {
    let error = #expect(throws: EnvelopeError.self, comment, sourceLocation: sourceLocation) { _ = try body() }
    #expect(error?.code == code, comment, sourceLocation: sourceLocation)
}

/// An envelope around bytes that are signed as they are, as an attacker with a trusted key could make it.
func signRaw(_ payload: [UInt8], as type: PayloadType, with keys: [PrivateKey]) throws -> Envelope {
    let signed = PreAuthenticationEncoding.encode(payloadType: "\(type)", payload: payload)
    return Envelope(
        payloadType: "\(type)",
        payload: payload,
        signatures: try keys.map { .init(keyID: $0.publicKey.keyID, bytes: try $0.sign(signed)) }
    )
}
