import Cryptography
import SignedEnvelopes
import Testing
import WireMessages

@Suite struct EnvelopeTests {
    /// A field of the wire: number, wire type 2, length, content.
    private static func field(_ number: UInt8, _ content: some Collection<UInt8>) -> [UInt8] {
        var length = content.count
        var bytes = [number << 3 | 2]
        repeat {
            bytes.append(UInt8(length & 0x7f) | (length > 0x7f ? 0x80 : 0))
            length >>= 7
        } while length > 0
        return bytes + content
    }

    @Test func `the encoding is protobuf's`() throws {
        let envelope = Envelope(payloadType: "t", payload: [1, 2], signatures: [.init(keyID: "k", bytes: [9])])
        let bytes =
            Self.field(1, "t".utf8) + Self.field(2, [1, 2])
            + Self.field(3, Self.field(1, "k".utf8) + Self.field(2, [9]))
        #expect(try envelope.encoded() == bytes)
        #expect(try Envelope(bytes: bytes) == envelope)
        #expect(try Envelope(bytes: []) == Envelope(payloadType: "", payload: [], signatures: []))
    }

    /// Flips bit `bit` of every byte; eight runs make all 16,384 bits of 2 KiB.
    @Test(arguments: 0..<8)
    func `no flipped bit of 2 KiB changes what is accepted`(bit: Int) throws {
        let key = try PrivateKey.generate(.ed25519)
        let verifier = try Verifier([key.publicKey])
        let envelope = try sizedEnvelope(key, byteCount: 2048)
        let bytes = try envelope.encoded()
        #expect(bytes.count == 2048)
        let document = try verifier.verify(envelope, expecting: .order).value
        for index in bytes.indices {
            var altered = bytes
            altered[index] ^= 1 << UInt8(bit)
            do {
                let read = try Envelope(bytes: altered)
                let verified = try verifier.verify(read, expecting: .order)
                #expect(read.payloadType == envelope.payloadType && read.payload == envelope.payload, "byte \(index)")
                #expect(verified.value == document)
            } catch {
                #expect(error is EnvelopeError, "byte \(index)")
            }
        }
    }

    private func sizedEnvelope(_ key: PrivateKey, byteCount: Int) throws -> Envelope {
        var document = try SecureRandom.bytes(byteCount)
        while case let surplus = try Envelope.sign(document, as: .order, with: [key]).encoded().count - byteCount,
            surplus > 0
        {
            document.removeLast(surplus)
        }
        return try Envelope.sign(document, as: .order, with: [key])
    }

    @Test func `a field that nobody knows is refused, wherever it stands`() {
        let known = Self.field(1, "t".utf8) + Self.field(2, [1])
        for bytes in [known + Self.field(4, [1]), Self.field(15, []) + known, known + [0x20, 1], known + [0x18, 1]] {
            expectRefusal(.unknownField) { try Envelope(bytes: bytes) }
        }
        expectRefusal(.unknownField) { try Envelope(bytes: known + Self.field(3, Self.field(3, [1]))) }
    }

    @Test func `a type or payload that stands twice is refused`() {
        for number in [UInt8(1), 2] {
            let bytes = Self.field(number, "a".utf8) + Self.field(number, "b".utf8)
            expectRefusal(.malformed) { try Envelope(bytes: bytes) }
        }
    }

    @Test func `broken bytes are refused`() {
        let whole = Self.field(1, "text".utf8) + Self.field(3, Self.field(1, "k".utf8))
        let cuts = (1..<whole.count).filter { $0 != 6 }.map { Array(whole.prefix($0)) }
        let endless = [0x12] + [UInt8](repeating: 0xff, count: 12)
        let notText = Self.field(1, [0xff, 0xfe])
        let brokenSignature = Self.field(3, [0x0a, 5, 1])
        for bytes in cuts + [endless, notText, brokenSignature, [0x12, 0xff, 0xff, 0xff, 0xff, 0x7f]] {
            expectRefusal(.malformed, "\(bytes)") { try Envelope(bytes: bytes) }
        }
    }

    @Test func `what is too large or too many is refused before it is decoded`() {
        expectRefusal(.tooLarge) { try Envelope(bytes: [UInt8](repeating: 0, count: Envelope.bytes_max + 1)) }
        expectRefusal(.tooLarge) { try Envelope(bytes: Self.field(2, [1, 2, 3]), bytes_max: 4) }
        expectRefusal(.tooLarge) { try Envelope(bytes: Self.field(1, [UInt8](repeating: 97, count: 257))) }
        expectRefusal(.tooLarge) { try Envelope(bytes: Self.field(3, [UInt8](repeating: 0, count: 1025))) }
        let million = [[UInt8]](repeating: [0x1a, 0], count: Envelope.bytes_max / 2).flatMap { $0 }
        expectRefusal(.tooManySignatures) { try Envelope(bytes: million) }
        let large = Envelope(
            payloadType: "t",
            payload: [UInt8](repeating: 0, count: Envelope.bytes_max),
            signatures: []
        )
        expectRefusal(.tooLarge) { try large.encoded() }
    }

    @Test func `a signed field that nobody knows is refused at any depth`() throws {
        let key = try PrivateKey.generate(.ed25519)
        let verifier = try Verifier([key.publicKey])
        var order = Wavetrain_V1_Order()
        order.cluster = "prod"
        order.artifact.name = "partner"
        let bytes = try order.signedBytes()
        let artifact = Self.field(14, Self.field(1, "partner".utf8))
        let unknown: [UInt8] = [0xfa, 0x3f, 1, 0]
        let nested = Self.field(14, Self.field(1, "partner".utf8) + unknown)
        #expect(bytes == Self.field(1, "prod".utf8) + artifact)
        let verified = try verifier.verify(
            Envelope.sign(bytes, as: .order, with: [key]),
            as: Wavetrain_V1_Order.self
        )
        #expect(verified.value == order)
        for altered in [bytes + unknown, Self.field(1, "prod".utf8) + nested] {
            let envelope = try Envelope.sign(altered, as: .order, with: [key])
            expectRefusal(.unknownField) { try verifier.verify(envelope, as: Wavetrain_V1_Order.self) }
        }
        let broken = try Envelope.sign([0x0a, 200], as: .order, with: [key])
        expectRefusal(.malformed) { try verifier.verify(broken, as: Wavetrain_V1_Order.self) }
    }

    @Test func `an error names place, reason and remedy`() throws {
        let key = try PrivateKey.generate(.ed25519)
        let envelope = try Envelope.sign([1], as: .receipt, with: [key])
        let stranger = try PrivateKey.generate(.ed25519).publicKey
        let error = #expect(throws: EnvelopeError.self) {
            try Verifier([stranger]).verify(envelope, expecting: .receipt)
        }
        let text = try #require(error).description
        #expect(text.hasPrefix("application/vnd.wavetrain.receipt.v1: 0 trusted keys have signed it; 1 must."))
        #expect(text.hasSuffix("[too-few-signers]"))
    }
}
