import Cryptography
import Glibc
import TrainModel

/// A packed bundle that is read under its signed length and digest.
struct BundleInput {
    let length_bytes: Int
    private let file: Descriptor
    private let digest: Digest

    private static let buffer_bytes = 64 * 1024

    init(_ path: String, digest: Digest, length_bytes: Int) throws(BundleError) {
        file = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK)
        self.digest = digest
        self.length_bytes = length_bytes
        let status = try file.status()
        guard status.kind == .file else { throw BundleError(.notFound, at: path) }
        guard status.length_bytes == length_bytes else {
            throw BundleError(.lengthMismatch, at: path, "\(status.length_bytes) bytes instead of \(length_bytes)")
        }
    }

    /// Compares the digest without looking at the bytes otherwise.
    func verify() throws(BundleError) {
        do { try readAll { _ in } } catch { throw BundleError.wrapping(error) }
    }

    /// Reads from the beginning to the end, and fails at the end unless it was the signed bytes.
    func readAll(_ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        try file.rewind()
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.buffer_bytes, alignment: 16)
        defer { buffer.deallocate() }
        var hasher = SHA256.Hasher()
        var read_bytes = 0
        while true {
            let count = try file.read(into: buffer)
            guard count > 0 else { break }
            read_bytes += count
            guard read_bytes <= length_bytes else { throw BundleError(.lengthMismatch, at: file.path) }
            let piece = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            hasher.update(piece)
            try body(piece)
        }
        guard read_bytes == length_bytes else { throw BundleError(.lengthMismatch, at: file.path) }
        let found = hasher.finalize()
        guard found == digest else {
            throw BundleError(.digestMismatch, at: file.path, "\(found) instead of \(digest)")
        }
    }
}
