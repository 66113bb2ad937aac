import Cryptography
import SignedEnvelopes
import Testing
import WireMessages
import Zlib

@Suite struct VerifierTests {
    private let keys: [PrivateKey]
    private let stranger: PrivateKey

    init() throws {
        keys = try [.generate(.ed25519), .generate(.p256), .generate(.ed25519)]
        stranger = try .generate(.ed25519)
    }

    private func verifier(threshold: Int = 1) throws -> Verifier {
        try Verifier(keys.map(\.publicKey), threshold: threshold)
    }

    private func order() -> Wavetrain_V1_Order {
        var order = Wavetrain_V1_Order()
        order.cluster = "prod"
        order.region = "westus3"
        order.hosts = ["host-1", "host-2"]
        return order
    }

    @Test func `an order comes back as it was signed, with its signers`() throws {
        let envelope = try Envelope.sign(order(), with: [keys[0], keys[1]])
        let verified = try verifier(threshold: 2).verify(
            Envelope(bytes: envelope.encoded()),
            as: Wavetrain_V1_Order.self
        )
        #expect(verified.value == order())
        #expect(verified.payloadType == .order)
        #expect(verified.signers == keys[0...1].map(\.publicKey.keyID).sorted())
    }

    @Test func `an order is deflated and a receipt is not`() throws {
        let document = [UInt8](repeating: 7, count: 1000)
        let order = try Envelope.sign(document, as: .order, with: keys)
        let receipt = try Envelope.sign(document, as: .receipt, with: keys)
        #expect(order.payload.count < 100)
        #expect(receipt.payload == document)
        #expect(try verifier().verify(order, expecting: .order).value == document)
        #expect(try verifier().verify(receipt, expecting: .receipt).value == document)
    }

    @Test func `a document signed as one thing never passes as another`() throws {
        let receipt = try Envelope.sign([], as: .receipt, with: keys)
        expectRefusal(.wrongType) { try verifier().verify(receipt, expecting: .order) }
        expectRefusal(.wrongType) { try verifier().verify(receipt, as: Wavetrain_V1_Order.self) }
        let verified = try verifier().verify(receipt, expecting: .receipt)
        expectRefusal(.wrongType) { try verified.decoded(as: Wavetrain_V1_Order.self) }
        let relabelled = Envelope(payloadType: "\(PayloadType.head)", payload: [], signatures: receipt.signatures)
        expectRefusal(.tooFewSigners) { try verifier().verify(relabelled, expecting: .head) }
    }

    @Test func `nobody is believed who is not trusted`() throws {
        let byStranger = try Envelope.sign([1], as: .receipt, with: [stranger])
        expectRefusal(.tooFewSigners) { try verifier().verify(byStranger, expecting: .receipt) }
        let unsigned = Envelope(payloadType: "\(PayloadType.receipt)", payload: [1], signatures: [])
        expectRefusal(.tooFewSigners) { try verifier().verify(unsigned, expecting: .receipt) }
    }

    @Test func `a key id proves nothing`() throws {
        let signature = try #require(Envelope.sign([1], as: .receipt, with: [stranger]).signatures.first)
        for keyID in keys.map(\.publicKey.keyID) + [""] {
            let envelope = Envelope(
                payloadType: "\(PayloadType.receipt)",
                payload: [1],
                signatures: [.init(keyID: keyID, bytes: signature.bytes)]
            )
            expectRefusal(.tooFewSigners) { try verifier().verify(envelope, expecting: .receipt) }
        }
    }

    @Test func `the same signature twice counts once`() throws {
        let one = try Envelope.sign([1], as: .receipt, with: [keys[0]])
        let twice = Envelope(payloadType: one.payloadType, payload: [1], signatures: one.signatures + one.signatures)
        expectRefusal(.tooFewSigners) { try verifier(threshold: 2).verify(twice, expecting: .receipt) }
    }

    @Test func `two different signatures of one key count once`() throws {
        let both = try Envelope.sign([1], as: .receipt, with: [keys[1], keys[1]])
        #expect(both.signatures[0].bytes != both.signatures[1].bytes)
        expectRefusal(.tooFewSigners) { try verifier(threshold: 2).verify(both, expecting: .receipt) }
    }

    @Test func `one key under two ids counts once`() throws {
        let one = try Envelope.sign([1], as: .receipt, with: [keys[0]])
        let signature = try #require(one.signatures.first).bytes
        let underTwoIDs = Envelope(
            payloadType: one.payloadType,
            payload: [1],
            signatures: ["ana", "bo", ""].map { .init(keyID: $0, bytes: signature) }
        )
        let named = ["ana": keys[0].publicKey, "bo": keys[0].publicKey, "cy": keys[1].publicKey]
        let verifier = try Verifier(keys: named, threshold: 2)
        expectRefusal(.tooFewSigners) { try verifier.verify(underTwoIDs, expecting: .receipt) }
        #expect(
            try Verifier(keys: named).verify(underTwoIDs, expecting: .receipt).signers == [keys[0].publicKey.keyID]
        )
    }

    @Test func `one signer short is refused, however many bad signatures stand beside`() throws {
        let good = try Envelope.sign([1], as: .receipt, with: [keys[0], keys[1]])
        let bad = try (0..<10).map { number in
            Envelope.Signature(keyID: keys[2].publicKey.keyID, bytes: try keys[2].sign([UInt8(number)]))
        }
        let envelope = Envelope(payloadType: good.payloadType, payload: [1], signatures: bad + good.signatures)
        expectRefusal(.tooFewSigners) { try verifier(threshold: 3).verify(envelope, expecting: .receipt) }
        #expect(try verifier(threshold: 2).verify(envelope, expecting: .receipt).signers.count == 2)
    }

    @Test func `sixteen signatures are read and seventeen refused`() throws {
        let good = try Envelope.sign([1], as: .receipt, with: [keys[0]])
        let filler = Envelope.Signature(keyID: "nobody", bytes: [0])
        for (fillers, isRead) in [(15, true), (16, false)] {
            let signatures = Array(repeating: filler, count: fillers) + good.signatures
            let envelope = Envelope(payloadType: good.payloadType, payload: [1], signatures: signatures)
            if isRead {
                #expect(try verifier().verify(envelope, expecting: .receipt).value == [1])
            } else {
                expectRefusal(.tooManySignatures) { try verifier().verify(envelope, expecting: .receipt) }
            }
        }
        expectRefusal(.tooManySignatures) {
            try Envelope.sign([1], as: .receipt, with: Array(repeating: keys[0], count: 17))
        }
    }

    @Test func `a threshold that means nothing is refused`() throws {
        let key = keys[0].publicKey
        for threshold in [-1, 0, 2] {
            expectRefusal(.impossibleThreshold) { try Verifier([key, key], threshold: threshold) }
        }
        expectRefusal(.impossibleThreshold) { try Verifier([]) }
        expectRefusal(.impossibleThreshold) { try Verifier(keys: ["": key]) }
        expectRefusal(.impossibleThreshold) { try Envelope.sign([1], as: .receipt, with: []) }
    }

    @Test func `openssl and we verify each other's envelopes`() throws {
        let openssl = try OpenSSLCommand()
        let envelope = try Envelope.sign([1, 2, 3], as: .receipt, with: [keys[1]])
        let signed = PreAuthenticationEncoding.encode(payloadType: envelope.payloadType, payload: [1, 2, 3])
        try openssl.write(signed, to: "signed")
        try openssl.write(keys[1].publicKey.pem.utf8, to: "ours.pub")
        try openssl.write(#require(envelope.signatures.first).bytes, to: "ours.sig")
        try openssl.run("dgst", "-sha256", "-verify", "ours.pub", "-signature", "ours.sig", "signed")

        try openssl.run("genpkey", "-algorithm", "ed25519", "-out", "theirs.key")
        try openssl.run("pkeyutl", "-sign", "-rawin", "-inkey", "theirs.key", "-in", "signed", "-out", "theirs.sig")
        let theirs = Envelope(
            payloadType: envelope.payloadType,
            payload: [1, 2, 3],
            signatures: [.init(keyID: "theirs", bytes: try openssl.bytes(of: "theirs.sig"))]
        )
        let key = try PrivateKey(pem: String(decoding: openssl.bytes(of: "theirs.key"), as: UTF8.self)).publicKey
        let verified = try Verifier(keys: ["theirs": key]).verify(theirs, expecting: .receipt)
        #expect(verified.value == [1, 2, 3])
    }
}
