import Cryptography
import Glibc
import NIOCore
import TrainModel

/// The bundles' bytes, each in a file named by its digest. What stands under a digest is complete and has that digest.
public struct BundleStore: Sendable {
    let folder: String

    /// The folder must exist.
    public init(folder: String) {
        self.folder = folder
    }

    public func path(of digest: Digest) -> String { "\(folder)/\(digest.hex)" }

    /// The length in bytes; nil if the bundle is not here.
    public func length_bytes(of digest: Digest) -> UInt64? {
        var status = stat()
        // 0: it is there; -1: it is not, or cannot be seen, which is the same to whoever asks.
        guard stat(path(of: digest), &status) == 0 else { return nil }
        return UInt64(status.st_size)
    }

    /// Takes a bundle in as it arrives; keeps it only if it is what was announced, and returns once it is durable.
    public func receive(
        _ chunks: some AsyncSequence<ByteBuffer, any Error>,
        expecting digest: Digest,
        length_bytes: UInt64
    ) async throws {
        let incoming = try IncomingBundle(folder: folder)
        defer { incoming.discard() }
        var hasher = SHA256.Hasher()
        var received_bytes: UInt64 = 0
        for try await chunk in chunks {
            received_bytes += UInt64(chunk.readableBytes)
            guard received_bytes <= length_bytes else { break }
            hasher.update(chunk.readableBytesView)
            try incoming.write(chunk)
        }
        let actual = hasher.finalize()
        guard received_bytes == length_bytes, actual == digest else {
            throw ControllerError(
                .bundleMismatch,
                "the bundle was announced as \(digest.prefix) with \(length_bytes) bytes, but \(received_bytes) bytes came with the digest \(actual.prefix)",
                remedy: "Push it again; if it happens again, the file changes while it is being sent"
            )
        }
        try incoming.keep(as: path(of: digest), in: folder)
    }
}

/// A file without a name until it is complete.
private final class IncomingBundle {
    private let temporaryPath: String
    private var descriptor: Int32

    init(folder: String) throws {
        var template = Array("\(folder)/incoming-XXXXXX".utf8CString)
        // -1: no space, no permission, too many files.
        descriptor = mkstemp(&template)
        temporaryPath = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard descriptor >= 0 else { throw Self.failure("create a file in", folder) }
    }

    func write(_ chunk: ByteBuffer) throws {
        try chunk.withUnsafeReadableBytes { bytes in
            var written = 0
            while written < bytes.count {
                // -1 with EINTR: again; any other -1: disk full, quota, failing disk.
                let count = Glibc.write(descriptor, bytes.baseAddress?.advanced(by: written), bytes.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { throw Self.failure("write", temporaryPath) }
                written += count
            }
        }
    }

    func keep(as path: String, in folder: String) throws {
        // Durable before it has its name, and the name durable before anybody is told.
        guard fsync(descriptor) == 0 else { throw Self.failure("flush", temporaryPath) }
        guard rename(temporaryPath, path) == 0 else { throw Self.failure("rename to", path) }
        let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { throw Self.failure("open", folder) }
        defer { close(folderDescriptor) }
        guard fsync(folderDescriptor) == 0 else { throw Self.failure("flush", folder) }
    }

    /// Harmless after `keep`: the temporary name is gone then.
    func discard() {
        unlink(temporaryPath)
        close(descriptor)
        descriptor = -1
    }

    private static func failure(_ verb: String, _ path: String) -> ControllerError {
        ControllerError(
            .bundleUnwritable,
            "cannot \(verb) \(path): \(String(cString: strerror(errno)))",
            remedy: "Make room or give the controller's user permission there, then push again; nothing was kept"
        )
    }
}
