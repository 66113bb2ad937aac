import EventStore
import Glibc

/// The database as a file: where it is, whether it may be used, and what its first bytes say. Everything here happens
/// before SQLite sees the file, since SQLite recovers, and so changes, whatever it opens.
struct DatabaseFile {
    /// `WAVT`, in the bytes that SQLite keeps for a program's mark.
    static let applicationID: UInt32 = 0x5741_5654

    /// Absolute and without symbolic links, so that one database has one lock.
    let path: String

    private static let header_bytes = 100

    /// Resolves the path; the database need not exist yet, its folder must.
    init(_ path: String) throws(EventStoreError) {
        self.path = try Self.resolve(path)
        try requireSafeFolder()
    }

    var exists: Bool { access(path, F_OK) == 0 }

    var folder: String { String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]) + "/" }

    /// Refuses what is not a database of ours, or not safe to use; reads only.
    func requireSafe() throws(EventStoreError) {
        var status = stat()
        guard lstat(path, &status) == 0 else { throw .system("reading the database", errno, place: path) }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw EventStoreError(.notADatabase, "this is no file", place: path, remedy: "Correct the path")
        }
        guard status.st_nlink == 1 else {
            throw unsafeUse(
                "the file has another hard link, so that two names would have two locks",
                "Remove one of them"
            )
        }
        guard status.st_mode & S_IWOTH == 0 else {
            throw unsafeUse("everybody may write the file", "Run `chmod o-w \(path)`")
        }
        guard access(path, R_OK | W_OK) == 0 else { throw .system("opening the database", errno, place: path) }
        try requireOurs()
    }

    /// A log without its database means that somebody removed the database: what is in the log would be lost.
    func requireNothingLeft() throws(EventStoreError) {
        for suffix in ["-wal", "-journal"] where access(path + suffix, F_OK) == 0 {
            throw EventStoreError(
                .missing,
                "the database is gone, but its journal \(path + suffix) is there",
                place: path,
                remedy: "Put both back from one place, or move the journal away to begin an empty log"
            )
        }
    }

    private func requireOurs() throws(EventStoreError) {
        let header = try readHeader()
        guard header.count == Self.header_bytes, header.starts(with: "SQLite format 3\0".utf8) else {
            throw EventStoreError(
                .notADatabase,
                header.isEmpty ? "the file is empty" : "the file is no SQLite database",
                place: path,
                remedy: "Correct the path, or restore a backup; nothing was changed"
            )
        }
        guard Self.number(header, at: 68) == Self.applicationID else {
            throw EventStoreError(
                .foreign,
                "the database belongs to another program",
                place: path,
                remedy: "Correct the path; nothing was changed"
            )
        }
        let version = Self.number(header, at: 60)
        guard version <= Schema.version else { throw Schema.newer(version, place: path) }
        // File format 2 is write-ahead logging.
        guard header[18] == 2, header[19] == 2 else {
            throw unsafeUse(
                "the journal mode is not WAL",
                "Run `sqlite3 \(path) 'PRAGMA journal_mode=WAL'` while the controller is stopped"
            )
        }
    }

    private func readHeader() throws(EventStoreError) -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("opening the database", errno, place: path) }
        defer { close(descriptor) }
        var header = [UInt8](repeating: 0, count: Self.header_bytes)
        let count = pread(descriptor, &header, header.count, 0)
        guard count >= 0 else { throw .system("reading the database", errno, place: path) }
        return Array(header.prefix(count))
    }

    private static func number(_ bytes: [UInt8], at offset: Int) -> UInt32 {
        bytes[offset..<offset + 4].reduce(0) { $0 << 8 | UInt32($1) }
    }

    private func requireSafeFolder() throws(EventStoreError) {
        var status = stat()
        guard stat(folder, &status) == 0 else { throw .system("reading the folder", errno, place: folder) }
        guard status.st_mode & S_IWOTH == 0 || status.st_mode & S_ISVTX != 0 else {
            throw unsafeUse("everybody may replace files in the folder", "Run `chmod o-w \(folder)`")
        }
        guard access(folder, W_OK | X_OK) == 0 else { throw .system("writing into the folder", errno, place: folder) }
        if let name = try Filesystem.acrossNetwork(at: path) {
            throw unsafeUse(
                "the file system \(name) does not support write-ahead logging",
                "Move the database to a local disk"
            )
        }
    }

    private func unsafeUse(_ sentence: String, _ remedy: String) -> EventStoreError {
        EventStoreError(.unsafe, sentence, place: path, remedy: remedy)
    }

    private static func resolve(_ path: String) throws(EventStoreError) -> String {
        if let resolved = realpath(path) { return resolved }
        let reason = errno
        guard reason == ENOENT, !path.isEmpty else { throw .system("finding the database", reason, place: path) }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let name = parts.last ?? ""
        let parent = parts.count == 1 ? "." : parts.dropLast().joined(separator: "/") + "/"
        guard !name.isEmpty, name != "..", let folder = realpath(parent) else {
            throw .system("finding the database's folder", ENOENT, place: path)
        }
        return folder == "/" ? "/\(name)" : "\(folder)/\(name)"
    }

    private static func realpath(_ path: String) -> String? {
        guard let resolved = Glibc.realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
