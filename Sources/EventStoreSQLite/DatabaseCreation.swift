import EventStore
import GRDB
import Glibc
import TrainModel

/// Makes an empty database beside its place and then renames it there, so that whatever stands at its place is whole.
enum DatabaseCreation {
    static func create(_ file: DatabaseFile, cluster: ClusterName) throws(EventStoreError) {
        let draft = file.path + ".new"
        try removeLeftovers(draft)
        try makeEmptyFile(draft)
        do {
            try fill(draft, cluster: cluster)
        } catch {
            throw .database("creating the database", error, place: file.path)
        }
        guard rename(draft, file.path) == 0 else { throw .system("creating the database", errno, place: file.path) }
        try synchronize(file.folder)
    }

    private static func fill(_ path: String, cluster: ClusterName) throws {
        let database = try DatabaseQueue(path: path)
        try database.inDatabase { db in
            try db.execute(sql: "PRAGMA synchronous = FULL")
            try db.execute(sql: "PRAGMA application_id = \(DatabaseFile.applicationID)")
            try Schema.released.climb(db)
            try db.execute(sql: "INSERT INTO cluster (only, name) VALUES (1, ?)", arguments: [cluster.text])
            // Last: from here on the header says WAL, and closing leaves no journal behind.
            try db.execute(sql: "PRAGMA journal_mode = WAL")
        }
        try database.close()
    }

    /// What a creation that was interrupted may have left; nobody was ever told of its contents.
    private static func removeLeftovers(_ path: String) throws(EventStoreError) {
        for suffix in ["", "-journal", "-wal", "-shm"] {
            guard unlink(path + suffix) == 0 || errno == ENOENT else {
                throw .system("removing what an interrupted start left", errno, place: path + suffix)
            }
        }
    }

    /// SQLite gives its journals the permissions of the database.
    private static func makeEmptyFile(_ path: String) throws(EventStoreError) {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("creating the database", errno, place: path) }
        close(descriptor)
    }

    private static func synchronize(_ folder: String) throws(EventStoreError) {
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system("opening the folder", errno, place: folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system("writing the folder to disk", errno, place: folder) }
    }
}
