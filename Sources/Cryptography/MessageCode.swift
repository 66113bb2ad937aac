import COpenSSL
import TrainModel

/// HMAC-SHA256 (RFC 2104) by libcrypto: who has the key wrote the message.
public enum MessageCode {
    /// - Parameter key: not empty.
    /// - Throws: `CryptographyError` with code `libraryFailure` when libcrypto has no memory.
    public static func code(of message: some Collection<UInt8>, key: some Collection<UInt8>) throws -> Digest {
        precondition(!key.isEmpty, "a message code has a key")
        var code = [UInt8](repeating: 0, count: Digest.byteCount)
        try LibCrypto.perform("Computing a message code") {
            key.withBytes { key in
                message.withBytes { message in
                    // A pointer to the code, or nil.
                    EVP_Q_mac(
                        nil,
                        "HMAC",
                        nil,
                        "SHA256",
                        nil,
                        key.baseAddress,
                        key.count,
                        message.baseAddress,
                        message.count,
                        &code,
                        code.count,
                        nil
                    ) == nil ? 0 : 1
                }
            }
        }
        guard let digest = Digest(bytes: code) else { preconditionFailure("HMAC-SHA256 has 32 bytes") }
        return digest
    }
}
