import Cryptography
import Glibc
import NIOCore
import Synchronization
import TrainModel

/// A bundle on its way in: a file that grows from its beginning to its end, whoever of those who push it has the next
/// byte. A cut leaves a beginning, and the next push goes on behind it.
///
/// Nothing in it is believed before all of it is there and has the digest. All methods block.
final class BundleUpload: Sendable {
    private enum State {
        /// Can become anything.
        case growing(stored_bytes: UInt64)
        /// It stands under its digest.
        case complete(length_bytes: UInt64)
        /// Its bytes are gone.
        case failed(any Error)
    }

    let digest: Digest
    private let path: String
    private let descriptor: CInt
    private let state: Mutex<State>
    /// Held by whoever writes or reads the file, while others may ask how far it is.
    private let turn = Mutex(())

    private static let step_bytes = 1 << 20

    /// Opens what an earlier push left at `path`, or begins.
    init(_ digest: Digest, at path: String) throws {
        (self.digest, self.path) = (digest, path)
        // A number above or equal to 0, or -1 with errno.
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        var status = stat()
        let isOpen = descriptor >= 0 && fstat(descriptor, &status) == 0
        state = Mutex(.growing(stored_bytes: UInt64(clamping: status.st_size)))
        guard isOpen else { throw DiskFailure("open", path) }
    }

    /// One that is here already.
    init(complete digest: Digest, length_bytes: UInt64) {
        (self.digest, path, descriptor) = (digest, "", -1)
        state = Mutex(.complete(length_bytes: length_bytes))
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    var stored_bytes: UInt64 {
        switch state.withLock({ $0 }) {
        case .growing(let count), .complete(let count): count
        case .failed: 0
        }
    }

    var hasFailed: Bool {
        if case .failed = state.withLock({ $0 }) { true } else { false }
    }

    /// Forgets what is behind this byte. Only where nobody else is writing.
    func cut(to count_bytes: UInt64) throws {
        guard case .growing(let stored_bytes) = state.withLock({ $0 }), stored_bytes > count_bytes else { return }
        // 0, or -1 with errno.
        guard ftruncate(descriptor, off_t(count_bytes)) == 0 else { throw DiskFailure("shorten", path) }
        state.withLock { $0 = .growing(stored_bytes: count_bytes) }
    }

    /// Takes of `bytes`, whose first is the bundle's `offset_bytes`, what is not there yet. Without room all goes: a full
    /// disk would keep the log from being written.
    func take(_ bytes: ByteBuffer, at offset_bytes: UInt64) throws {
        try inTurn { state throws in
            guard case .growing(let stored_bytes) = state else { return state }
            guard offset_bytes <= stored_bytes else { throw Self.gap(digest, stored_bytes) }
            let known = Int(clamping: stored_bytes - offset_bytes)
            guard known < bytes.readableBytes else { return state }
            try failing {
                try bytes.withUnsafeReadableBytes {
                    try write(UnsafeRawBufferPointer(rebasing: $0[known...]), at: stored_bytes)
                }
            }
            return .growing(stored_bytes: stored_bytes + UInt64(bytes.readableBytes - known))
        }
    }

    /// Gives the bundle its name, durably, if it is what was announced. Bytes of another digest are gone.
    func complete(length_bytes: UInt64, as place: String, in folder: String) throws {
        try inTurn { state throws in
            if case .growing(let stored_bytes) = state, stored_bytes == length_bytes {
                try failing { try publish(length_bytes, as: place, in: folder) }
                return .complete(length_bytes: length_bytes)
            }
            guard stored_bytes == length_bytes else {
                throw Self.mismatch(digest, length_bytes, "there are \(stored_bytes) bytes")
            }
            return state
        }
    }

    // MARK: - Helpers

    private func inTurn(_ step: (State) throws -> State) throws {
        try turn.withLock { _ in
            let now = state.withLock { $0 }
            if case .failed(let error) = now { throw error }
            let next = try step(now)
            state.withLock { $0 = next }
        }
    }

    /// What fails once has failed for everybody who pushes it, and leaves nothing.
    private func failing(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            unlink(path)
            state.withLock { $0 = .failed(error) }
            throw error
        }
    }

    private func publish(_ length_bytes: UInt64, as place: String, in folder: String) throws {
        let actual = try hash(length_bytes)
        guard actual == digest else {
            throw Self.mismatch(digest, length_bytes, "what came has the digest \(actual.prefix)")
        }
        // Both: 0, or -1 with errno.
        guard fsync(descriptor) == 0 else { throw DiskFailure("flush", path) }
        guard rename(path, place) == 0 else { throw DiskFailure("rename to", place) }
        try NewFile.synchronise(folder)
    }

    private func write(_ bytes: UnsafeRawBufferPointer, at offset_bytes: UInt64) throws {
        var written = 0
        while written < bytes.count {
            // Bytes written; -1 with EINTR: again; any other -1: disk full, quota, failing disk.
            let count = pwrite(
                descriptor,
                bytes.baseAddress?.advanced(by: written),
                bytes.count - written,
                off_t(offset_bytes) + off_t(written)
            )
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw DiskFailure("write", path) }
            written += count
        }
    }

    private func hash(_ length_bytes: UInt64) throws -> Digest {
        var hasher = SHA256.Hasher()
        var piece = [UInt8](repeating: 0, count: Self.step_bytes)
        var done: UInt64 = 0
        while done < length_bytes {
            let wanted = Int(min(UInt64(Self.step_bytes), length_bytes - done))
            // Bytes read; 0 at the end of the file; -1 with errno.
            let count = pread(descriptor, &piece, wanted, off_t(done))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw DiskFailure("read", path) }
            hasher.update(piece.prefix(count))
            done += UInt64(count)
        }
        return hasher.finalize()
    }

    static func gap(_ digest: Digest, _ stored_bytes: UInt64) -> ControllerError {
        ControllerError(
            .wrongOffset,
            "of the bundle \(digest.prefix) \(stored_bytes) bytes are here, and what is sent begins behind them",
            remedy: "Send it from byte \(stored_bytes) on"
        )
    }

    private static func mismatch(_ digest: Digest, _ length_bytes: UInt64, _ found: String) -> ControllerError {
        ControllerError(
            .bundleMismatch,
            "the bundle was announced as \(digest.prefix) with \(length_bytes) bytes, but \(found)",
            remedy: "Push it again; if it happens again, the file changes while it is being sent"
        )
    }
}
