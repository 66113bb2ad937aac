import Cryptography
import SignedEnvelopes
import Testing
import Zlib

@Suite struct ExpansionTests {
    private let key: PrivateKey
    private let verifier: Verifier

    init() throws {
        key = try .generate(.ed25519)
        verifier = try Verifier([key.publicKey])
    }

    @Test func `a bomb is refused although it is signed`() throws {
        let zeros = try Deflate.compress([UInt8](repeating: 0, count: 3 << 20), format: .zlib)
        expectRefusal(.expansionRefused) {
            try verifier.verify(signRaw(zeros, as: .order, with: [key]), expecting: .order)
        }
    }

    @Test func `four MiB are expanded and one byte more is refused`() throws {
        // Sixteen bytes of chance in every 512 keep the ratio below 100.
        var document: [UInt8] = []
        while document.count < 4 << 20 {
            document += try SecureRandom.bytes(16)
            document += [UInt8](repeating: 0, count: 496)
        }
        #expect(document.count == 4 << 20)
        let full = try Envelope.sign(document, as: .order, with: [key])
        #expect(try verifier.verify(full, expecting: .order).value == document)
        let more = try Deflate.compress(document + [0], format: .zlib)
        expectRefusal(.expansionRefused) {
            try verifier.verify(signRaw(more, as: .order, with: [key]), expecting: .order)
        }
    }

    @Test func `a bomb that nobody trusted has signed is not expanded`() throws {
        let zeros = try Deflate.compress([UInt8](repeating: 0, count: 3 << 20), format: .zlib)
        let stranger = try PrivateKey.generate(.ed25519)
        // Which of the two checks refuses shows which comes first.
        expectRefusal(.tooFewSigners) {
            try verifier.verify(signRaw(zeros, as: .order, with: [stranger]), expecting: .order)
        }
    }

    @Test func `what is signed must be exactly one complete stream`() throws {
        let stream = try Deflate.compress(Array("order".utf8), format: .zlib)
        let gzip = try Deflate.compress(Array("order".utf8), format: .gzip)
        #expect(
            try verifier.verify(signRaw(stream, as: .order, with: [key]), expecting: .order).value
                == Array("order".utf8)
        )
        for payload in [[], Array(stream.dropLast()), stream + [0], stream + stream, gzip, Array("order".utf8)] {
            expectRefusal(.expansionRefused) {
                try verifier.verify(signRaw(payload, as: .order, with: [key]), expecting: .order)
            }
        }
    }

    @Test func `a signer does not sign what no reader would expand`() throws {
        for byteCount in [3 << 20, 4 << 20 + 1] {
            expectRefusal(.tooLarge) {
                try Envelope.sign([UInt8](repeating: 0, count: byteCount), as: .order, with: [key])
            }
        }
    }
}
