import COpenSSL
import TrainModel

/// SHA-256 by libcrypto.
///
/// Hashing takes no outside decision and has no error to report: a libcrypto that lacks SHA-256 (or memory for 200
/// bytes) cannot run this program at all, and traps with a sentence.
public enum SHA256 {
    /// The digest of all of `bytes`; a string is hashed as `text.utf8`.
    public static func digest(of bytes: some Collection<UInt8>) -> Digest {
        bytes.withBytes { bytes in
            collect { output in EVP_Digest(bytes.baseAddress, bytes.count, output, nil, algorithm, nil) }
        }
    }

    /// The digest of a stream, in constant memory.
    public struct Hasher: ~Copyable, @unchecked Sendable {
        // Unchecked: the context has this one owner, a value that can be moved between threads but never shared for
        // writing, since `update` is mutating.
        private let context: OpaquePointer

        public init() {
            guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex2(context, algorithm, nil) == 1 else {
                preconditionFailure("libcrypto cannot start SHA-256")
            }
            self.context = context
        }

        /// Adds bytes to the stream.
        public mutating func update(_ bytes: some Collection<UInt8>) {
            let status = bytes.withBytes { EVP_DigestUpdate(context, $0.baseAddress, $0.count) }
            precondition(status == 1, "libcrypto cannot continue SHA-256")
        }

        /// The digest of everything added so far. The stream stays open: more may be added afterwards.
        public func finalize() -> Digest {
            guard let copy = EVP_MD_CTX_new() else { preconditionFailure("libcrypto has no memory for SHA-256") }
            defer { EVP_MD_CTX_free(copy) }
            precondition(EVP_MD_CTX_copy_ex(copy, context) == 1, "libcrypto cannot copy SHA-256")
            return collect { output in EVP_DigestFinal_ex(copy, output, nil) }
        }

        deinit {
            EVP_MD_CTX_free(context)
        }
    }

    /// Fetched once, since each implicit fetch takes a lock. Unsafe only in name: never changed, never freed.
    nonisolated(unsafe) static let algorithm: OpaquePointer = {
        guard let algorithm = EVP_MD_fetch(nil, "SHA256", nil) else { preconditionFailure("libcrypto has no SHA-256") }
        return algorithm
    }()

    /// `write` fills 32 bytes and returns 1.
    private static func collect(_ write: (UnsafeMutablePointer<UInt8>?) -> Int32) -> Digest {
        let bytes = [UInt8](unsafeUninitializedCapacity: Digest.byteCount) { buffer, written in
            precondition(write(buffer.baseAddress) == 1, "libcrypto cannot finish SHA-256")
            written = Digest.byteCount
        }
        guard let digest = Digest(bytes: bytes) else { preconditionFailure("SHA-256 has 32 bytes") }
        return digest
    }
}
