import EventStore
import Foundation
import GRDB
import Testing
import TrainModel

@testable import EventStoreSQLite

/// A database as version 1 made it, word by word; never edited.
private let version1 = """
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
    PRAGMA application_id = 1463899732;
    PRAGMA user_version = 1;
    INSERT INTO cluster VALUES (1, 'demo');
    INSERT INTO event VALUES (
        1, 1700000000000, 'release.created', CAST('{"release":"weekly-7","note":"höher"}' AS BLOB),
        x'623c34e1396e24a6d031905f78b9077b911f299cff8e51ca5716a7833506984f',
        x'1388dad213257f4984dd55d700126d787d088b71beebc9c5986e4dc17b981d5e'
    );
    INSERT INTO event VALUES (
        2, 1700000000001, 'wave.started', CAST('{"wave":"canary"}' AS BLOB),
        x'1388dad213257f4984dd55d700126d787d088b71beebc9c5986e4dc17b981d5e',
        x'f3b9521e3b7c4a1fd1559f58845ad2a0faac0446e8f7d46259ab3686bd2bf496'
    );
    PRAGMA journal_mode = WAL;
    """

@Suite(.timeLimit(.minutes(10))) struct SchemaTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        let database = try DatabaseQueue(path: folder.database)
        try database.inDatabase { try $0.execute(sql: version1) }
        try database.close()
    }

    @Test func `a database of version 1 opens and goes on`() async throws {
        let store = try folder.open(ifMissing: .refuse)
        #expect(try store.head.sequence == 2)
        #expect(try await store.allRecords().map(\.kind) == ["release.created", "wave.started"])
        #expect(try await store.append([draft(3)]).sequence == 3)
        try await store.saveSnapshot([3], at: 3)
        try await store.putDocument([1])
        try await store.checkEverything()
        try await store.close()
    }

    @Test func `a new database has the tables of one that climbed from version 1`() async throws {
        func tables(_ folder: TemporaryFolder) async throws -> [String] {
            let store = try folder.open()
            let tables = try await store.writer.read {
                try String.fetchAll($0, sql: "SELECT name || ' ' || coalesce(sql, '') FROM sqlite_schema ORDER BY name")
            }
            try await store.close()
            return tables
        }
        let new = try await tables(TemporaryFolder())
        #expect(try await tables(folder) == new)
    }

    @Test func `a rung that fails leaves the database at the rung before`() throws {
        let database = try DatabaseQueue(path: folder.database)
        let schema = Schema(
            rungs: Schema.released.rungs + [
                "CREATE TABLE vote (id INTEGER PRIMARY KEY) STRICT",
                "CREATE TABLE half (id INTEGER PRIMARY KEY) STRICT; INSERT INTO nowhere VALUES (1)",
            ]
        )
        #expect(throws: DatabaseError.self) { try database.inDatabase { try schema.climb($0) } }
        let (version, tables) = try database.inDatabase { db in
            (
                try Schema.version(of: db),
                try String.fetchSet(db, sql: "SELECT name FROM sqlite_schema WHERE type = 'table'")
            )
        }
        #expect(version == 2)
        #expect(tables.contains("vote"))
        #expect(!tables.contains("half"))
        try database.close()
    }
}
