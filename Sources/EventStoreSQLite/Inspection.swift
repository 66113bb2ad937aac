import EventStore
import GRDB
import TrainModel

/// What is checked of a database before it is used, by a connection that cannot change it.
struct Inspection {
    let db: Database
    /// The database's path, for errors.
    let place: String

    /// What an accepted log is.
    struct Accepted {
        let head: ChainHead
        /// What was wrong and could be got over, as sentences for the log.
        let findings: [String]
    }

    /// Reads the database's structure and returns its schema's version, which may be older than the program's.
    func structure(_ check: SQLiteEventStore.StartupCheck) throws -> UInt32 {
        let version = try Schema.version(of: db)
        guard version <= Schema.version else { throw Schema.newer(version, place: place) }
        try requireSoundPages(check == .full ? "integrity_check" : "quick_check")
        return version
    }

    /// Checks whose log this is and walks its chain: all of it, or what is behind the newest snapshot.
    func contents(of cluster: ClusterName, _ check: SQLiteEventStore.StartupCheck) throws -> Accepted {
        try requireCluster(cluster)
        let found = try SnapshotTable(db: db).find()
        let events = EventTable(db: db, place: place)
        if let anchor = found.newest?.head, try events.head(at: anchor.sequence) != anchor {
            throw EventStoreError.damaged(
                "record \(anchor.sequence) is not the one a snapshot was taken of",
                place: place
            )
        }
        let genesis = ChainHead.genesis(cluster: cluster)
        let start = check == .full ? genesis : found.newest?.head ?? genesis
        return Accepted(
            head: try events.verify(after: start),
            findings: found.damaged.map {
                "\(place): the snapshot at record \($0) is damaged and was passed over; the start took longer"
            }
        )
    }

    /// Everything there is to check, with heads known from elsewhere.
    func everything(of cluster: ClusterName, known heads: [ChainHead]) throws -> ChainHead {
        try requireSoundPages("integrity_check")
        guard try Row.fetchOne(db, sql: "PRAGMA foreign_key_check") == nil else {
            throw EventStoreError.damaged("a snapshot belongs to no record", place: place)
        }
        try DocumentTable(db: db, place: place).verify()
        return try EventTable(db: db, place: place).verify(after: .genesis(cluster: cluster), known: heads)
    }

    /// The pragma answers one row "ok", or rows of complaints.
    private func requireSoundPages(_ pragma: String) throws {
        let complaint = try String.fetchOne(db, sql: "PRAGMA \(pragma)(1)")
        guard complaint == "ok" else {
            throw EventStoreError.damaged("SQLite's \(pragma) found: \(complaint ?? "nothing")", place: place)
        }
    }

    private func requireCluster(_ cluster: ClusterName) throws {
        guard let name = try String.fetchOne(db, sql: "SELECT name FROM cluster WHERE only = 1") else {
            throw EventStoreError.damaged("the database does not say which cluster it belongs to", place: place)
        }
        guard name == cluster.text else {
            throw EventStoreError(
                .wrongCluster,
                "the database belongs to the cluster \"\(name.prefix(ClusterName.length_max))\", not \"\(cluster)\"",
                place: place,
                remedy: "Correct the cluster's name or the path; nothing was changed"
            )
        }
    }
}
