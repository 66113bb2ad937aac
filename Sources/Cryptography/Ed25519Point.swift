/// Which encoded points may be Ed25519 public keys.
///
/// libcrypto verifies a forged signature over any message under the identity as public key, and some messages under
/// the other points whose order divides 8. RFC 8032 also refuses y not below the field's prime p, which libcrypto
/// reduces; both would give a forger, or one key, a second id.
enum Ed25519Point {
    /// Whether `encoding` (32 bytes: y, little-endian, and x's sign in the top bit) may be used as a public key.
    ///
    /// The sign is ignored: with each of these y both signs are points of small order, or not points at all.
    static func isAcceptable(_ encoding: some Collection<UInt8>) -> Bool {
        var y = Array(encoding)
        y[31] &= 0x7f
        return isBelowPrime(y) && !smallOrder.contains(y)
    }

    /// p = 2^255 - 19: in little-endian bytes ed ff … ff 7f.
    private static func isBelowPrime(_ y: [UInt8]) -> Bool {
        y[31] != 0x7f || y[1..<31].contains { $0 != 0xff } || y[0] < 0xed
    }

    /// The five y of the eight points of small order.
    private static let smallOrder: [[UInt8]] = [
        // order 1: y = 1
        [1] + Array(repeating: 0, count: 31),
        // order 2: y = p - 1
        [0xec] + Array(repeating: 0xff, count: 30) + [0x7f],
        // order 4, two points: y = 0
        Array(repeating: 0, count: 32),
        // order 8, two points each
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
    ]
}
