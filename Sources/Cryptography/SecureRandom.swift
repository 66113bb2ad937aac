import COpenSSL

/// Chance that nobody can guess: keys, serials, tokens. Decisions use a seeded generator instead.
public enum SecureRandom {
    public static let bytes_max = 1 << 16

    /// `count` bytes, at most `bytes_max`, of libcrypto's generator.
    ///
    /// - Throws: `CryptographyError` with code `libraryFailure` when the system has no entropy; never weaker bytes.
    public static func bytes(_ count: Int) throws -> [UInt8] {
        precondition((0...bytes_max).contains(count), "at most \(bytes_max) random bytes at a time")
        guard count > 0 else { return [] }
        var bytes = [UInt8](repeating: 0, count: count)
        // 1 is success; 0 and -1 are failures, and then `bytes` must not be used.
        try LibCrypto.perform("Drawing random bytes") { RAND_bytes(&bytes, Int32(count)) }
        return bytes
    }
}

/// Comparison of secrets.
public enum ConstantTime {
    /// Whether both hold the same bytes, in a time that depends on their lengths only.
    public static func equal(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Bool {
        left.withBytes { left in
            right.withBytes { right in
                guard left.count == right.count else { return false }
                // 0 when equal, anything else when not; unlike memcmp the sign says nothing.
                return left.isEmpty || CRYPTO_memcmp(left.baseAddress, right.baseAddress, left.count) == 0
            }
        }
    }
}
