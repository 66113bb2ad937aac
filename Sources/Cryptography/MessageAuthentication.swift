import COpenSSL

/// HMAC-SHA-256 (RFC 2104) by libcrypto: proof that whoever wrote a message knows a secret.
public enum MessageAuthentication {
    /// 32 bytes. Compare with `ConstantTime.equal`.
    public static func hmacSHA256(of message: some Collection<UInt8>, key: some Collection<UInt8>) -> [UInt8] {
        message.withBytes { message in
            key.withBytes { key in
                [UInt8](unsafeUninitializedCapacity: 32) { buffer, written in
                    var length: UInt32 = 0
                    // The output's address, or nil on failure. A key of no bytes still needs an address.
                    let output = HMAC(
                        SHA256.algorithm,
                        key.baseAddress.map { UnsafeRawPointer($0) } ?? UnsafeRawPointer(buffer.baseAddress),
                        Int32(clamping: key.count),
                        message.baseAddress,
                        message.count,
                        buffer.baseAddress,
                        &length
                    )
                    precondition(output != nil && length == 32, "libcrypto cannot compute HMAC-SHA-256")
                    written = 32
                }
            }
        }
    }
}
