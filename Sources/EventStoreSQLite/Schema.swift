import EventStore
import GRDB

/// The tables, as a ladder: each rung takes a database one version up, in one transaction with its version number. A
/// rung that has been released is never edited.
struct Schema {
    static let version = UInt32(released.rungs.count)

    static let released = Schema(rungs: [version1])

    let rungs: [String]

    /// Events and documents never change; the triggers stop a slip of this program or of a person at a prompt.
    private static let version1 = """
        CREATE TABLE cluster (
            only INTEGER PRIMARY KEY CHECK (only = 1),
            name TEXT NOT NULL
        ) STRICT;
        CREATE TABLE event (
            sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
            time_unix_ms INTEGER NOT NULL,
            kind TEXT NOT NULL,
            body BLOB NOT NULL,
            previous_hash BLOB NOT NULL CHECK (length(previous_hash) = 32),
            hash BLOB NOT NULL CHECK (length(hash) = 32)
        ) STRICT;
        CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
            BEGIN SELECT RAISE(ABORT, 'an event is never changed'); END;
        CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
            BEGIN SELECT RAISE(ABORT, 'an event is never deleted'); END;
        CREATE TABLE snapshot (
            sequence INTEGER PRIMARY KEY REFERENCES event (sequence),
            hash BLOB NOT NULL CHECK (length(hash) = 32),
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE TABLE document (
            digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
            bytes BLOB NOT NULL
        ) STRICT;
        CREATE TRIGGER document_is_never_changed BEFORE UPDATE ON document
            BEGIN SELECT RAISE(ABORT, 'a document is never changed'); END;
        """

    /// Takes the database up to this schema's version, one transaction a rung: a rung that fails leaves the database
    /// as the rung before left it.
    func climb(_ db: Database) throws {
        for version in try Int(Self.version(of: db))..<max(rungs.count, try Int(Self.version(of: db))) {
            try db.inTransaction(.immediate) {
                try db.execute(sql: rungs[version])
                try db.execute(sql: "PRAGMA user_version = \(version + 1)")
                return .commit
            }
        }
    }

    static func version(of db: Database) throws -> UInt32 {
        try UInt32.fetchOne(db, sql: "PRAGMA user_version") ?? 0
    }

    static func newer(_ version: UInt32, place: String) -> EventStoreError {
        EventStoreError(
            .newer,
            "the database has version \(version); this program knows versions up to \(Schema.version)",
            place: place,
            remedy: "Install the newer program, or restore the backup made before the upgrade; nothing was changed"
        )
    }
}
