import EventStore
import Foundation
import GRDB
import Testing
import TrainModel

@testable import EventStoreSQLite

@Suite(.timeLimit(.minutes(10))) struct OpeningTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// A closed database with a few events.
    private func makeDatabase() async throws {
        let store = try folder.open()
        for number in 0..<3 { try await store.append([draft(number)]) }
        try await store.close()
    }

    private func change(_ sql: String) throws {
        let database = try DatabaseQueue(path: folder.database)
        try database.inDatabase { try $0.execute(sql: sql) }
        try database.close()
    }

    @Test func `a second opener is refused and told the process that has the database`() async throws {
        let store = try folder.open()
        let error = try #require(throws: EventStoreError.self) { try folder.open() }
        #expect(error.code == .alreadyOpen)
        #expect(error.sentence.contains("process \(ProcessInfo.processInfo.processIdentifier)"))
        try await store.close()
        let again = try folder.open()
        try await again.close()
    }

    @Test func `another process is refused as well, and a link to the database does not help`() async throws {
        let store = try folder.open()
        let link = folder.path + "/link.db"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.database)
        await #expect(processExitsWith: .success) { [link = link as String] in
            let error = try #require(throws: EventStoreError.self) {
                try SQLiteEventStore.open(at: link, cluster: cluster())
            }
            #expect(error.code == .alreadyOpen)
        }
        try await store.close()
    }

    @Test func `the database and its journals are for their owner only`() async throws {
        let store = try folder.open()
        try await store.append([draft(1)])
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            let attributes = try FileManager.default.attributesOfItem(atPath: folder.path + "/" + name)
            #expect(attributes[.posixPermissions] as? Int == 0o600, "\(name)")
        }
        try await store.close()
    }

    @Test(
        arguments: [
            [], Array("SQLite format 3".utf8), Array("apiVersion: 1\n".utf8), Array(repeating: 0, count: 8_192),
            Array("SQLite format 3\0".utf8),
        ] as [[UInt8]]
    )
    func `a file that is no database is refused`(contents: [UInt8]) throws {
        try write(contents, to: folder.database)
        #expect(try refusal(at: folder.database).code == .notADatabase)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["events.db"])
    }

    @Test func `another program's database is refused`() throws {
        try change("PRAGMA journal_mode = WAL; CREATE TABLE t (x)")
        #expect(try refusal(at: folder.database).code == .foreign)
    }

    @Test func `another cluster's database is refused`() async throws {
        try await makeDatabase()
        let error = try refusal(at: folder.database, cluster: "other")
        #expect(error.code == .wrongCluster)
        #expect(error.sentence.contains("\"demo\""))
    }

    @Test func `a database of a newer version is refused`() async throws {
        try await makeDatabase()
        try change("PRAGMA user_version = \(Schema.version + 1)")
        #expect(try refusal(at: folder.database).code == .newer)
    }

    @Test func `a newer version that only the journal knows is refused too`() async throws {
        try await makeDatabase()
        let database = try DatabaseQueue(path: folder.database)
        try await database.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
        let crashed = try TemporaryFolder()
        for suffix in ["", "-wal"] { try write(bytes(folder.database + suffix), to: crashed.database + suffix) }
        try database.close()
        #expect(try refusal(at: crashed.database).code == .newer)
    }

    @Test func `a journal mode other than WAL is refused`() async throws {
        try await makeDatabase()
        try change("PRAGMA journal_mode = DELETE")
        let error = try refusal(at: folder.database)
        #expect(error.code == .unsafe)
        #expect(error.remedy.contains("journal_mode=WAL"))
    }

    @Test func `a file or a folder that everybody may write is refused`() async throws {
        try await makeDatabase()
        try FileManager.default.setAttributes([.posixPermissions: 0o602], ofItemAtPath: folder.database)
        #expect(try refusal(at: folder.database).code == .unsafe)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: folder.database)
        try FileManager.default.setAttributes([.posixPermissions: 0o707], ofItemAtPath: folder.path)
        #expect(try refusal(at: folder.database).code == .unsafe)
    }

    @Test func `a database with a second hard link is refused`() async throws {
        try await makeDatabase()
        try FileManager.default.linkItem(atPath: folder.database, toPath: folder.path + "/other.db")
        #expect(try refusal(at: folder.database).code == .unsafe)
    }

    @Test func `a missing permission is told as such`() async throws {
        try await makeDatabase()
        // Any user may come here, as in /tmp.
        try FileManager.default.setAttributes([.posixPermissions: 0o1777], ofItemAtPath: folder.path)
        await #expect(processExitsWith: .success) { [database = folder.database as String] in
            if setuid(65_534) != 0 {
                try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: database)
            }
            let error = try #require(throws: EventStoreError.self) {
                try SQLiteEventStore.open(at: database, cluster: cluster())
            }
            #expect(error.code == .permission)
        }
    }

    @Test func `what is missing is named, and created only where that was asked for`() throws {
        #expect(try refusal(at: folder.database, ifMissing: .refuse).code == .missing)
        #expect(try refusal(at: folder.path + "/none/events.db").code == .missing)
        #expect(try refusal(at: "").code == .missing)
        #expect(try refusal(at: folder.path).code == .notADatabase)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    @Test func `a journal without its database is refused instead of forgotten`() throws {
        try write([1], to: folder.database + "-wal")
        #expect(try refusal(at: folder.database).code == .missing)
        #expect(try bytes(folder.database + "-wal") == [1])
    }

    @Test func `a creation that was interrupted is begun anew`() async throws {
        try write(Array("half".utf8), to: folder.database + ".new")
        let store = try folder.open()
        try await store.append([draft(1)])
        try await store.close()
        #expect(!FileManager.default.fileExists(atPath: folder.database + ".new"))
    }

    @Test func `a relative path and one through links are the same database`() async throws {
        try await makeDatabase()
        let link = folder.path + "-link"
        try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: folder.path)
        defer { unlink(link) }
        let name = try #require(folder.path.split(separator: "/").last)
        let store = try SQLiteEventStore.open(at: "\(link)/../\(name)/events.db", cluster: cluster())
        #expect(store.path == folder.database)
        try await store.close()
    }
}

@Suite(.timeLimit(.minutes(10))) struct DurabilitySettingsTests {
    let folder: TemporaryFolder
    let database: DatabaseQueue

    init() throws {
        folder = try TemporaryFolder()
        database = try DatabaseQueue(path: folder.database)
        try database.inDatabase {
            try $0.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0")
        }
    }

    private func check() throws {
        try database.inDatabase { try DurabilitySettings(of: $0).requireSafe(place: "here") }
    }

    @Test func `full synchronous write-ahead logging is accepted`() throws {
        try check()
    }

    @Test(arguments: [
        "PRAGMA synchronous = OFF", "PRAGMA synchronous = NORMAL", "PRAGMA journal_mode = DELETE",
        "PRAGMA journal_mode = MEMORY", "PRAGMA foreign_keys = OFF", "PRAGMA wal_autocheckpoint = 1000",
    ])
    func `any weaker setting is refused`(sql: String) throws {
        try database.inDatabase { try $0.execute(sql: sql) }
        #expect { try check() } throws: { ($0 as? EventStoreError)?.code == .unsafe }
    }

    @Test func `a store's writer has these settings`() async throws {
        let own = try TemporaryFolder()
        let store = try own.open()
        let settings = try await store.writer.read { try DurabilitySettings(of: $0) }
        #expect(settings.journalMode == "wal")
        #expect(settings.synchronous == 2)
        #expect(settings.foreignKeys)
        #expect(settings.autocheckpoint_pages == 0)
        try await store.close()
    }
}

@Suite(.timeLimit(.minutes(10))) struct FilesystemTests {
    static let mounts = """
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
        30 22 0:26 / /proc rw - proc proc rw
        41 22 0:50 / /srv/train rw,relatime shared:20 - nfs4 files:/train rw
        42 41 254:1 / /srv/train/local rw - xfs /dev/vdb rw
        43 22 0:51 / /srv/two\\040words rw master:3 - cifs //files/x rw
        44 22 0:52 / /srv/late rw - xfs /dev/vdc rw
        45 44 0:53 / /srv/late rw - 9p host rw
        nonsense
        """

    @Test(arguments: [
        ("/events.db", "ext4"), ("/srv/train/events.db", "nfs4"), ("/srv/trainer/events.db", "ext4"),
        ("/srv/train/local/events.db", "xfs"), ("/srv/two words/events.db", "cifs"), ("/srv/late/events.db", "9p"),
    ])
    func `the file system of a path is that of the mount above it`(path: String, type: String) {
        #expect(Filesystem.type(at: path, mounts: Self.mounts) == type)
    }

    @Test func `this machine's own disk is none across a network`() throws {
        #expect(try Filesystem.acrossNetwork(at: TemporaryFolder().database) == nil)
    }
}
