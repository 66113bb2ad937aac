import COpenSSL

/// The one door to libcrypto: the thread's error queue is empty before each call, and is drained into what is thrown.
enum LibCrypto {
    /// For functions that return a positive number (1, or a length) on success; 0 and less are failures.
    static func perform(_ purpose: String, _ call: () -> Int32) throws {
        ERR_clear_error()
        guard call() > 0 else { throw failure(purpose) }
    }

    /// For questions with the answers yes (1) and no (0 or less, malformed input included).
    static func isTrue(_ question: () -> Int32) -> Bool {
        ERR_clear_error()
        let answer = question()
        // A "no" leaves its reason behind, which the next user of this thread would mistake for its own.
        ERR_clear_error()
        return answer == 1
    }

    /// Reads exactly one DER value that fills `bytes`. The codes of a failure are `tooLarge` and `malformed`.
    static func decode(
        _ bytes: [UInt8],
        as kind: String,
        bytes_max: Int,
        release: @escaping (OpaquePointer?) -> Void,
        _ decoder: (UnsafeMutablePointer<UnsafePointer<UInt8>?>, Int) -> OpaquePointer?
    ) throws -> Owned<OpaquePointer> {
        guard bytes.count <= bytes_max else {
            throw CryptographyError.tooLarge(kind, bytes: bytes.count, bytes_max: bytes_max)
        }
        ERR_clear_error()
        let (decoded, consumed) = bytes.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            let decoded = decoder(&cursor, buffer.count)
            return (decoded, cursor.map { $0 - (buffer.baseAddress ?? $0) })
        }
        guard let decoded else {
            throw CryptographyError.malformed(kind, "The bytes are not DER of this kind.", reasons: drainErrors())
        }
        let object = Owned(owning: decoded, release: release)
        guard consumed == bytes.count else {
            throw CryptographyError.malformed(kind, "Bytes are left over behind the value.")
        }
        return object
    }

    /// The DER of an object, by one of libcrypto's `i2d` functions: called once for the length, once for the bytes.
    static func encode(
        _ purpose: String,
        _ encoder: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
    ) throws -> [UInt8] {
        ERR_clear_error()
        let count = Int(encoder(nil))
        guard count > 0 else { throw failure(purpose) }
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
            var cursor = buffer.baseAddress
            written = max(0, Int(encoder(&cursor)))
        }
        guard bytes.count == count else { throw failure(purpose) }
        return bytes
    }

    static func failure(_ purpose: String) -> CryptographyError {
        CryptographyError(
            .libraryFailure,
            in: "libcrypto",
            "\(purpose) failed.",
            remedy: "Check the machine's memory and the OpenSSL configuration (openssl.cnf, FIPS mode).",
            libraryReasons: drainErrors()
        )
    }

    /// Empties the thread's error queue; at most 16 entries exist.
    static func drainErrors() -> [String] {
        var reasons: [String] = []
        while case let code = ERR_get_error(), code != 0 {
            let text = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
                ERR_error_string_n(code, buffer.baseAddress, buffer.count)
                return buffer.baseAddress.map { String(cString: $0) } ?? ""
            }
            reasons.append(text)
        }
        return reasons
    }
}

/// The only owner of one libcrypto object, which is freed with it. The pointer is lent to closures only.
struct Owned<Pointer>: ~Copyable {
    private let pointer: Pointer
    private let release: (Pointer?) -> Void

    init(owning pointer: Pointer, release: @escaping (Pointer?) -> Void) {
        self.pointer = pointer
        self.release = release
    }

    /// Makes an object; throws when `make` returns NULL.
    init(_ purpose: String, release: @escaping (Pointer?) -> Void, _ make: () -> Pointer?) throws {
        ERR_clear_error()
        guard let pointer = make() else { throw LibCrypto.failure(purpose) }
        self.init(owning: pointer, release: release)
    }

    borrowing func with<Result: ~Copyable>(_ body: (Pointer) throws -> Result) rethrows -> Result {
        try body(pointer)
    }

    deinit {
        release(pointer)
    }
}

extension CryptographyError {
    static func malformed(_ kind: String, _ sentence: String, reasons: [String] = []) -> CryptographyError {
        CryptographyError(
            .malformed,
            in: kind,
            sentence,
            remedy: "Give a \(kind) as `openssl` writes it, unchanged.",
            libraryReasons: reasons
        )
    }

    static func tooLarge(_ kind: String, bytes: Int, bytes_max: Int) -> CryptographyError {
        CryptographyError(
            .tooLarge,
            in: kind,
            "It has \(bytes) bytes; at most \(bytes_max) are read.",
            remedy: "Check that this is the right file; a \(kind) is smaller."
        )
    }
}

extension Collection<UInt8> {
    /// Lends the bytes as one stretch of memory, without a copy when they already lie in one.
    func withBytes<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
        if let result = try withContiguousStorageIfAvailable(body) { return result }
        return try Array(self).withUnsafeBufferPointer(body)
    }
}
