import EventStore
import GRDB
import TrainModel

extension SQLiteEventStore {
    public enum IfMissing: Sendable {
        /// Begin an empty log.
        case create
        /// Throw `missing`: for a controller that has run before.
        case refuse
    }

    /// How much of the database is read before it is used.
    public enum StartupCheck: Sendable {
        /// SQLite's `quick_check`, and the chain from the newest snapshot.
        case quick
        /// SQLite's `integrity_check`, and the chain from its first record.
        case full
    }

    /// Opens the cluster's database at `path` for this process alone. Blocks while it is checked.
    ///
    /// Refused, with nothing in the database changed: a file that is no database, another program's, another
    /// cluster's, one of a newer version, a damaged one, one in use by another process, and one that could lose what it
    /// is given (journal not WAL, a network's file system, a second hard link, writable by everybody).
    public static func open(
        at path: String,
        cluster: ClusterName,
        ifMissing: IfMissing = .create,
        check: StartupCheck = .quick
    ) throws(EventStoreError) -> SQLiteEventStore {
        let file = try DatabaseFile(path)
        // Before the lock, so that no lock file appears beside what is not ours.
        if file.exists { try file.requireSafe() } else { try requireCreation(file, ifMissing) }
        let lock = try ProcessLock.acquire(database: file.path)
        if !file.exists {
            try requireCreation(file, ifMissing)
            try DatabaseCreation.create(file, cluster: cluster)
        }
        try file.requireSafe()
        do {
            return SQLiteEventStore(try Opened(file, lock, cluster: cluster, check))
        } catch {
            throw .database("opening the database", error, place: file.path)
        }
    }

    private static func requireCreation(_ file: DatabaseFile, _ ifMissing: IfMissing) throws(EventStoreError) {
        try file.requireNothingLeft()
        guard ifMissing == .refuse else { return }
        throw EventStoreError(
            .missing,
            "there is no database",
            place: file.path,
            remedy: "Correct the path or restore a backup"
        )
    }

    /// A database that was checked and locked.
    struct Opened {
        let cluster: ClusterName
        let path: String
        let lock: ProcessLock
        let reader: DatabaseQueue
        let writer: DatabaseQueue
        let accepted: Inspection.Accepted

        /// The connection that could change something comes last, unless the tables must be brought up to date.
        init(_ file: DatabaseFile, _ lock: ProcessLock, cluster: ClusterName, _ check: StartupCheck) throws {
            self.cluster = cluster
            self.lock = lock
            path = file.path
            reader = try Connection.reader(path)
            let version = try reader.read { db in try Inspection(db: db, place: file.path).structure(check) }
            if version < Schema.version {
                let migrator = try Connection.writer(path)
                try migrator.inDatabase { db in try Schema.released.climb(db) }
                try migrator.close()
            }
            accepted = try reader.read { db in
                try Inspection(db: db, place: file.path).contents(of: cluster, check)
            }
            writer = try Connection.writer(path)
        }
    }
}
