import Bundles
import Cryptography
import Glibc
import TrainModel

/// A bundle on its way: a file that grows to the signed length and never beyond, and the digest of what is in it.
///
/// All methods block: call them on a thread pool. Unchecked: one fetch owns it and makes one call at a time.
final class PartialFile: @unchecked Sendable {
    let path: String
    let length_bytes: UInt64
    /// Bytes that are in the file and in the digest.
    private(set) var present_bytes: UInt64 = 0

    private let descriptor: CInt
    private var hasher = SHA256.Hasher()
    /// Bytes that an earlier fetch left behind.
    private var found_bytes: UInt64

    private static let step_bytes = 1 << 20

    /// Opens the file, or makes it, readable by its owner only. One that is longer than the bundle is emptied.
    ///
    /// - Throws: `LinkError` `fileFailed`.
    init(path: String, length_bytes: UInt64) throws(LinkError) {
        self.path = path
        self.length_bytes = length_bytes
        // A descriptor, or -1.
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        found_bytes = 0
        guard descriptor >= 0 else { throw .file(path, "open", errno) }
        var status = stat()
        // 0, or -1.
        guard fstat(descriptor, &status) == 0 else { throw .file(path, "examine", errno) }
        found_bytes = UInt64(clamping: status.st_size)
        if found_bytes > length_bytes { try discard() }
    }

    deinit {
        close(descriptor)
    }

    var isComplete: Bool { present_bytes == length_bytes }

    var digest: Digest { hasher.finalize() }

    /// Takes one more piece of what was found into the digest.
    ///
    /// - Returns: whether there is more.
    func absorb() throws(LinkError) -> Bool {
        guard present_bytes < found_bytes else { return false }
        let wanted = Int(min(UInt64(Self.step_bytes), found_bytes - present_bytes))
        var piece = [UInt8](repeating: 0, count: wanted)
        // Bytes read, 0 at the end of the file, or -1.
        let count = pread(descriptor, &piece, wanted, off_t(present_bytes))
        guard count > 0 else { throw .file(path, "read", errno) }
        hasher.update(piece.prefix(count))
        present_bytes += UInt64(count)
        return present_bytes < found_bytes
    }

    /// Writes the next bytes of the bundle.
    ///
    /// - Throws: `LinkError`: `wrongLength` for bytes beyond the end, of which none is written; `fileFailed`.
    func append(_ bytes: [UInt8]) throws(LinkError) {
        guard UInt64(bytes.count) <= length_bytes - present_bytes else {
            throw LinkError(
                .wrongLength,
                at: path,
                "More bytes arrived than the \(length_bytes) that are signed.",
                remedy: "The controller's artifact store is damaged, or the controller lies: look at it."
            )
        }
        var written = 0
        while written < bytes.count {
            let position = off_t(present_bytes) + off_t(written)
            // Bytes written, or -1; interrupted only before any was.
            let count = bytes.withUnsafeBytes { space in
                pwrite(descriptor, space.baseAddress?.advanced(by: written), bytes.count - written, position)
            }
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw .file(path, "write", errno) }
            written += count
        }
        hasher.update(bytes)
        present_bytes += UInt64(bytes.count)
    }

    /// Writes the next bytes of the bundle from a chunk of another.
    ///
    /// - Returns: false when the chunk is not there as it should be; then nothing is written.
    func append(_ copy: FetchPlan.Copy) throws(LinkError) -> Bool {
        let chunk = copy.place.chunk
        // A descriptor, or -1.
        let source = open(copy.place.path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard source >= 0 else { return false }
        defer { close(source) }
        var bytes = [UInt8](repeating: 0, count: chunk.length_bytes)
        // Bytes read, 0 at the end of the file, or -1.
        guard pread(source, &bytes, bytes.count, off_t(chunk.offset_bytes)) == bytes.count,
            SHA256.digest(of: bytes) == chunk.digest
        else { return false }
        try append(Array(bytes.dropFirst(Int(present_bytes - copy.range.lowerBound))))
        return true
    }

    /// Begins again from nothing.
    func discard() throws(LinkError) {
        // 0, or -1.
        guard ftruncate(descriptor, 0) == 0 else { throw .file(path, "empty", errno) }
        present_bytes = 0
        found_bytes = 0
        hasher = SHA256.Hasher()
    }
}
