import Cryptography
import Testing

@testable import SignedEnvelopes

/// Vectors that the DSSE project publishes (https://github.com/secure-systems-lab/dsse, Apache License 2.0).
@Suite struct PublishedVectorTests {
    @Test func `the protocol document's example verifies`() throws {
        let type = PayloadType(text: "http://example.com/HelloWorld")
        let payload = Array("hello world".utf8)
        #expect(
            PreAuthenticationEncoding.encode(payloadType: type.text, payload: payload)
                == Array("DSSEv1 29 http://example.com/HelloWorld 11 hello world".utf8)
        )
        // X and Y of protocol.md; its signature is r and s side by side where ours are DER.
        let p256Prefix = "3059301306072a8648ce3d020106082a8648ce3d03010703420004"
        let x = "67cd390f77aa359cb08c2235f652270493a9ed832b0abcc01f70954c0390d238"
        let y = "0c782bd54e269125a44f4433aff1432ce94e12bca73aa67ac80cea12608ddf74"
        let raw = try #require(
            Base64.standard.decode(
                "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="
            )
        )
        let r: [UInt8] = [0x02, 32] + raw.prefix(32)
        let s: [UInt8] = [0x02, 32] + raw.suffix(32)
        let envelope = Envelope(
            payloadType: type.text,
            payload: payload,
            signatures: [.init(keyID: "", bytes: [0x30, 68] + r + s)]
        )
        let key = try PublicKey(spki: #require(Hexadecimal.decode(p256Prefix + x + y)))
        let verified = try Verifier([key]).verify(envelope, expecting: type)
        #expect(verified.value == payload)
        #expect(verified.signers == [key.keyID])
    }

    struct Vector: CustomTestStringConvertible {
        let testDescription: String
        var type = "application/vnd.in-toto+json"
        var payload = #"{"_type":"https://in-toto.io/Statement/v1"}"#
        var signatures: [(keyID: String, base64: String)]
        var threshold = 1
        let isAccepted: Bool
    }

    private static let byA = "2WAfaHm5jluo0w+0rk8uVkluELJYWjSmU9x7EUzx+AyteDGJ4/nqyJXfmAUVFIAoQafWm7AxBZNw5M9ixNHiCA=="
    private static let byB = "c1+67/aT0yqEpwx8PsVY3MLHsj9D0CZ014/Fv/QlG59P+9CobUZ7xECJ/V3USG0Ob9CiE5LjReEZUzNF2l7eBw=="

    private static let vectors = [
        Vector(testDescription: "single signature", signatures: [("A", byA)], isAccepted: true),
        Vector(
            testDescription: "payload type swapped",
            type: "application/vnd.example.other+json",
            signatures: [("A", byA)],
            isAccepted: false
        ),
        Vector(
            testDescription: "length of the type in bytes, not characters",
            type: "application/vnd.exämple+json",
            signatures: [
                ("A", "xmSk/ug66ysT7ayhkCIjhAq42zgZXSsEWuzUaNL7w2eGAdF/NU6/fRXPtmfN+5DNSAs5/i2lUnHjbbjPsu0tAw==")
            ],
            isAccepted: true
        ),
        Vector(
            testDescription: "empty payload",
            payload: "",
            signatures: [
                ("A", "gSggCAaTLTYyRH6FIDBem6meyIynsYy8RTHVzwx9tnTb7Bg/1jMWnuVgI/gffqmbsC2VX5/jHfkkDqsj7CDbDg==")
            ],
            isAccepted: true
        ),
        Vector(
            testDescription: "two keys for a threshold of two",
            signatures: [("A", byA), ("B", byB)],
            threshold: 2,
            isAccepted: true
        ),
        Vector(
            testDescription: "one key twice for a threshold of two",
            signatures: [("A", byA), ("A", byA)],
            threshold: 2,
            isAccepted: false
        ),
        Vector(
            testDescription: "two keys without key ids",
            signatures: [("", byA), ("", byB)],
            threshold: 2,
            isAccepted: true
        ),
    ]

    @Test(arguments: vectors)
    func `the published test vectors are judged as documented`(vector: Vector) throws {
        // The public keys of RFC 8032, tests 1 and 2.
        let a = try key("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let b = try key("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c")
        let envelope = try Envelope(
            payloadType: vector.type,
            payload: Array(vector.payload.utf8),
            signatures: vector.signatures.map {
                .init(keyID: $0.keyID, bytes: try #require(Base64.standard.decode($0.base64)))
            }
        )
        let verifier = try Verifier(keys: ["A": a, "B": b], threshold: vector.threshold)
        let isAccepted: Bool
        do {
            isAccepted =
                try verifier.verify(envelope, expecting: PayloadType(text: vector.type)).value == envelope.payload
        } catch let error as EnvelopeError {
            #expect(error.code == .tooFewSigners)
            isAccepted = false
        }
        #expect(isAccepted == vector.isAccepted)
    }

    private func key(_ hex: String) throws -> PublicKey {
        try PublicKey(spki: #require(Hexadecimal.decode("302a300506032b6570032100" + hex)))
    }
}
