/// Just enough DER to write what no tool would.
enum DER {
    static func sequence(_ parts: [UInt8]...) -> [UInt8] { value(0x30, parts.flatMap { $0 }) }
    static func integer(_ bytes: [UInt8]) -> [UInt8] { value(0x02, bytes) }
    static func bitString(_ bytes: [UInt8]) -> [UInt8] { value(0x03, [0] + bytes) }

    static func value(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        switch content.count {
        case 0..<0x80: [tag, UInt8(content.count)] + content
        case 0x80..<0x100: [tag, 0x81, UInt8(content.count)] + content
        default: [tag, 0x82, UInt8(content.count >> 8), UInt8(content.count & 0xff)] + content
        }
    }

    /// 1.2.840.113549.1.1.n with NULL: 1 is an RSA key, 11 a signature with SHA-256.
    static func rsa(_ number: UInt8) -> [UInt8] {
        sequence([0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, number], [0x05, 0x00])
    }

    /// SubjectPublicKeyInfo of an RSA key of 16,384 bits, which would take seconds to compute with.
    static let rsa16384: [UInt8] = {
        let modulus = [0x00] + [UInt8](repeating: 0xc5, count: 2048)
        return sequence(rsa(1), bitString(sequence(integer(modulus), integer([0x01, 0x00, 0x01]))))
    }()
}

/// The bytes with each single bit flipped in turn.
func flippingEachBit(of bytes: [UInt8], _ body: ([UInt8], Int) throws -> Void) rethrows {
    for bit in 0..<(8 * bytes.count) {
        var altered = bytes
        altered[bit / 8] ^= 1 << UInt8(bit % 8)
        try body(altered, bit)
    }
}
