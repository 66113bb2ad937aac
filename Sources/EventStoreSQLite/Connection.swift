import EventStore
import GRDB

/// How the two connections to the database are set up: one that writes and checkpoints, and one that only reads.
///
/// SQLite up to 3.51.2 can lose a commit when one connection writes while another checkpoints, so a checkpoint is
/// never left to chance: automatic ones are off, and a read-only connection cannot make one, not even on closing.
enum Connection {
    static func writer(_ path: String) throws -> DatabaseQueue {
        let writer = try DatabaseQueue(
            path: path,
            configuration: configuration(label: "events.writer") { db in
                try db.execute(sql: "PRAGMA synchronous = FULL")
                try db.execute(sql: "PRAGMA wal_autocheckpoint = 0")
                // After a large snapshot the journal's file shrinks again.
                try db.execute(sql: "PRAGMA journal_size_limit = \(64 << 20)")
            }
        )
        try writer.inDatabase { db in try DurabilitySettings(of: db).requireSafe(place: path) }
        return writer
    }

    static func reader(_ path: String) throws -> DatabaseQueue {
        var configuration = configuration(label: "events.reader") { _ in }
        configuration.readonly = true
        return try DatabaseQueue(path: path, configuration: configuration)
    }

    private static func configuration(
        label: String,
        _ prepare: @escaping @Sendable (Database) throws -> Void
    ) -> Configuration {
        var configuration = Configuration()
        configuration.label = label
        // Nobody else should write; a person looking with another program may hold a lock for a moment.
        configuration.busyMode = .timeout(5)
        configuration.prepareDatabase { db in
            // A doctored schema cannot call functions with side effects, and a damaged page is noticed when read.
            try db.execute(sql: "PRAGMA trusted_schema = OFF")
            try db.execute(sql: "PRAGMA cell_size_check = ON")
            try prepare(db)
        }
        return configuration
    }
}
