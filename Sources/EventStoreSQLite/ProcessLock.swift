import EventStore
import Glibc

/// The right of one process to a database: an exclusive `flock` on the file `<database>.lock`, which holds the
/// process's number. The kernel lets go of it when the process ends, however it ends; the file stays.
///
/// SQLite would let two controllers in and order their writes, but neither could know the other's events.
final class ProcessLock: Sendable {
    private let descriptor: Int32

    private init(owning descriptor: Int32) {
        self.descriptor = descriptor
    }

    static func acquire(database path: String) throws(EventStoreError) -> ProcessLock {
        let lockPath = path + ".lock"
        // -1 with errno, else the descriptor; not inherited, or a hook would keep the lock beyond the process's end.
        let descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else { throw .system("opening the lock file", errno, place: lockPath) }
        // From here on the descriptor is closed by its owner, and only there.
        let lock = ProcessLock(owning: descriptor)
        // 0, or -1 with EWOULDBLOCK when another holds it.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            guard errno == EWOULDBLOCK else { throw .system("locking", errno, place: lockPath) }
            throw EventStoreError(
                .alreadyOpen,
                "the database is in use by \(lock.holder)",
                place: path,
                remedy: "Stop that process first; two controllers cannot share a database"
            )
        }
        try lock.writeHolder(lockPath)
        return lock
    }

    deinit {
        // A child of this process shares the lock between its fork and its exec, so that closing alone may come late.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }

    private var holder: String {
        var digits = [UInt8](repeating: 0, count: 20)
        // -1, or the bytes read: none while the holder has not written its number yet.
        let count = pread(descriptor, &digits, digits.count, 0)
        let number = digits.prefix(max(0, count)).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        return number.isEmpty ? "another process" : "process \(String(decoding: number, as: UTF8.self))"
    }

    private func writeHolder(_ lockPath: String) throws(EventStoreError) {
        let line = Array("\(getpid())\n".utf8)
        guard ftruncate(descriptor, 0) == 0, pwrite(descriptor, line, line.count, 0) == line.count else {
            throw .system("writing the lock file", errno, place: lockPath)
        }
    }
}
