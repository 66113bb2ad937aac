import Cryptography
import Dispatch
import EventStore
import Foundation
import GRDB
import TestSupport
import Testing
import TrainModel

@testable import EventStoreSQLite

@Suite(.timeLimit(.minutes(10))) struct SQLiteEventStoreTests {
    let folder: TemporaryFolder
    let store: SQLiteEventStore

    init() throws {
        folder = try TemporaryFolder()
        store = try folder.open()
    }

    @Test func `what was appended is there after opening again`() async throws {
        for number in 0..<10 { try await store.append([draft(number), draft(number)]) }
        let records = try await store.allRecords()
        let head = try store.head
        try await store.close()

        let again = try folder.open(ifMissing: .refuse)
        #expect(try again.head == head)
        #expect(try await again.allRecords() == records)
        #expect(records.map(\.sequence) == Array(1...20))
        #expect(try await again.records(after: 5, limit: 2).map(\.sequence) == [6, 7])
        #expect(try await again.records(after: 20, limit: 2).isEmpty)
        #expect(try await again.records(after: .max, limit: 2).isEmpty)
        #expect(try await again.append([draft(20)]).sequence == 21)
        #expect(try await again.checkEverything(known: [head]).sequence == 21)
        try await again.close()
    }

    @Test func `a thousand appends from many tasks while the disk is busy become one commit`() async throws {
        let disk = DispatchSemaphore(value: 0)
        store.writer.asyncWriteWithoutTransaction { _ in disk.wait() }
        let tickets = try await withThrowingTaskGroup(of: Ticket.self) { [store] group in
            for number in 0..<1_000 { group.addTask { try store.enqueue([draft(number)]) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(try store.head.sequence == 0)
        disk.signal()
        for ticket in tickets { try await ticket.durable() }
        #expect(store.commit_count == 1)
        #expect(Set(tickets.map(\.head.sequence)) == Set(1...1_000))
        #expect(try await store.allRecords().count == 1_000)
        try await store.close()
    }

    @Test func `the order of the log is the order of enqueueing`() async throws {
        let tickets = try (0..<200).map { try store.enqueue([draft($0)]) }
        try await store.durable(through: 200)
        let records = try await store.allRecords()
        #expect(records.map(\.head) == tickets.map(\.head))
        #expect(try records.map(\.body) == (0..<200).map { try draft($0).body })
        try await store.close()
    }

    @Test func `the journal is copied into the database as it grows`() async throws {
        let before = try bytes(folder.database).count
        for number in 0..<40 { try await store.append([draft(number, body_bytes: 200_000)]) }
        // Behind the copying on the writer's queue, which nobody who appends waits for.
        try await store.writer.writeWithoutTransaction { _ in }
        #expect(try bytes(folder.database).count > before + 4 << 20)
        #expect(try bytes(folder.database + "-wal").count < 8 << 20)
        try await store.close()
        #expect(!FileManager.default.fileExists(atPath: folder.database + "-wal"))
    }

    @Test func `a full disk is told in one sentence and poisons the store, and nothing acknowledged is lost`()
        async throws
    {
        try await store.writer.writeWithoutTransaction { db in
            let pages = try Int.fetchOne(db, sql: "PRAGMA page_count") ?? 0
            try db.execute(sql: "PRAGMA max_page_count = \(pages + 20)")
        }
        var acknowledged = try store.head
        let error = try await #require(throws: EventStoreError.self) {
            for number in 0..<100 { acknowledged = try await store.append([draft(number, body_bytes: 10_000)]) }
        }
        #expect(error.code == .diskFull)
        #expect(error.place == store.path)
        #expect(acknowledged.sequence > 0)
        #expect(throws: error) { try store.enqueue([draft(1)]) }
        #expect(throws: error) { try store.head }
        await #expect(throws: error) { try await store.durable(through: 1) }
        await #expect(throws: error) { try await store.allRecords() }
        await #expect(throws: error) { try await store.snapshot() }
        await #expect(throws: error) { try await store.saveSnapshot([1], at: 1) }
        await #expect(throws: error) { try await store.putDocument([1]) }
        await #expect(throws: error) { try await store.document(SHA256.digest(of: [1])) }
        await #expect(throws: error) { try await store.checkEverything() }
        try await store.close()

        let recovered = try folder.open()
        #expect(try recovered.head == acknowledged)
        #expect(try await recovered.checkEverything() == acknowledged)
        try await recovered.close()
    }

    @Test func `a commit that fails is told to all who wait for it`() async throws {
        try await store.append([draft(0)])
        // Somebody else's row stands where the next one belongs.
        try await store.writer.write { [path = store.path] db in
            let events = EventTable(db: db, place: path)
            let head = try #require(try events.head(at: 1))
            try events.insert([EventRecord(draft(9), after: head)])
        }
        let disk = DispatchSemaphore(value: 0)
        store.writer.asyncWriteWithoutTransaction { _ in disk.wait() }
        let tickets = try (1...3).map { try store.enqueue([draft($0)]) }
        disk.signal()
        let error = try await #require(throws: EventStoreError.self) { try await tickets[0].durable() }
        #expect(error.code == .failed)
        for ticket in tickets { await #expect(throws: error) { try await ticket.durable() } }
        try await store.close()
    }

    @Test func `a closed store has made everything durable and says that it is closed`() async throws {
        _ = try store.enqueue([draft(1)])
        try await store.close()
        #expect { try store.enqueue([]) } throws: { ($0 as? EventStoreError)?.code == .closed }
        await #expect { try await store.allRecords() } throws: { ($0 as? EventStoreError)?.code == .closed }
        let again = try folder.open()
        #expect(try again.head.sequence == 1)
        try await again.close()
    }

    @Test func `events and documents refuse to be changed, even at a prompt`() async throws {
        try await store.append([draft(1)])
        try await store.putDocument([1])
        for sql in [
            "UPDATE event SET kind = 'x'", "DELETE FROM event", "UPDATE document SET bytes = x''",
            "INSERT INTO event VALUES ('2', 'now', 'a', x'', x'', x'')",
            "INSERT INTO snapshot VALUES (7, x'', x'', x'')",
        ] {
            await #expect(throws: DatabaseError.self) { try await store.writer.write { try $0.execute(sql: sql) } }
        }
        try await store.checkEverything()
        try await store.close()
    }

    @Test func `an edit behind the store's back is found when it is read`() async throws {
        for number in 0..<5 { try await store.append([draft(number)]) }
        try await store.writer.write { db in
            try db.execute(sql: "DROP TRIGGER event_is_never_changed")
            try db.execute(sql: "UPDATE event SET kind = 'wave.stopped' WHERE sequence = 3")
        }
        let error = try await #require(throws: EventStoreError.self) { try await store.allRecords() }
        #expect(error.code == .damaged)
        #expect(error.sentence.contains("record 3 was edited"))
        #expect(try await store.records(after: 3, limit: 9).map(\.sequence) == [4, 5])
        await #expect(throws: error) { try await store.checkEverything() }
        try await store.close()
        #expect(try refusal(at: folder.database).sentence == error.sentence)
    }

    @Test func `a log that lacks a head known from elsewhere is found`() async throws {
        try await store.append([draft(1)])
        let known = ChainHead(sequence: 2, hash: SHA256.digest(of: [1]))
        let error = try await #require(throws: EventStoreError.self) {
            try await store.checkEverything(known: [known])
        }
        #expect(error.sentence.contains("cut off behind record 1"))
        try await store.close()
    }

    // MARK: Snapshots and documents

    @Test func `the newest two snapshots are kept`() async throws {
        for number in 0..<5 { try await store.append([draft(number)]) }
        #expect(try await store.snapshot() == nil)
        for sequence in [2, 5, 4] as [UInt64] { try await store.saveSnapshot([UInt8(sequence)], at: sequence) }
        let newest = try #require(try await store.snapshot())
        #expect(newest.bytes == [5])
        #expect(newest.head == (try store.head))
        let kept = try await store.writer.read { try Int.fetchAll($0, sql: "SELECT sequence FROM snapshot ORDER BY 1") }
        #expect(kept == [4, 5])
        try await store.close()
    }

    @Test func `a damaged snapshot falls back to the older one, then to the whole log, and is told`() async throws {
        for number in 0..<6 { try await store.append([draft(number)]) }
        try await store.saveSnapshot([2], at: 2)
        try await store.saveSnapshot([4], at: 4)
        try await store.writer.write { try $0.execute(sql: "UPDATE snapshot SET bytes = x'ff' WHERE sequence = 4") }
        #expect(try await store.snapshot()?.bytes == [2])
        try await store.close()

        let second = try folder.open()
        #expect(second.findings.count == 1)
        #expect(second.findings[0].contains("record 4"))
        #expect(try await second.snapshot()?.head.sequence == 2)
        try await second.writer.write { try $0.execute(sql: "UPDATE snapshot SET hash = zeroblob(32)") }
        try await second.close()

        let third = try folder.open()
        #expect(third.findings.count == 2)
        #expect(try await third.snapshot() == nil)
        #expect(try third.head.sequence == 6)
        try await third.close()
    }

    @Test func `a start reads the chain from the newest snapshot on, the full check from its beginning`() async throws {
        for number in 0..<6 { try await store.append([draft(number)]) }
        try await store.saveSnapshot([4], at: 4)
        try await store.writer.write { db in
            try db.execute(sql: "DROP TRIGGER event_is_never_changed")
            try db.execute(sql: "UPDATE event SET kind = 'x' WHERE sequence = 2")
        }
        try await store.close()
        let quick = try folder.open()
        #expect(try quick.head.sequence == 6)
        try await quick.close()
        let error = try #require(throws: EventStoreError.self) {
            try SQLiteEventStore.open(at: folder.database, cluster: cluster(), check: .full)
        }
        #expect(error.sentence.contains("record 2 was edited"))
    }

    @Test func `a snapshot waits for its record and is refused for none`() async throws {
        _ = try store.enqueue([draft(1)])
        try await store.saveSnapshot([1], at: 1)
        #expect(try await store.snapshot()?.head.sequence == 1)
        await #expect { try await store.saveSnapshot([], at: 0) } throws: {
            ($0 as? EventStoreError)?.code == .invalidSnapshot
        }
        await #expect { try await store.saveSnapshot([], at: 2) } throws: {
            ($0 as? EventStoreError)?.code == .notEnqueued
        }
        try await store.append([draft(2)])
        try await store.close()
    }

    @Test func `documents are found by their digest and checked when read`() async throws {
        let plan = Array("plan: weekly".utf8)
        let digest = try await store.putDocument(plan)
        #expect(digest == SHA256.digest(of: plan))
        #expect(try await store.putDocument(plan) == digest)
        #expect(try await store.document(digest) == plan)
        #expect(try await store.document(SHA256.digest(of: [])) == nil)
        let empty = try await store.putDocument([])
        #expect(try await store.document(empty) == [])
        await #expect { try await store.putDocument(Array(repeating: 0, count: (16 << 20) + 1)) } throws: {
            ($0 as? EventStoreError)?.code == .invalidDocument
        }
        try await store.writer.write { db in
            try db.execute(sql: "DROP TRIGGER document_is_never_changed")
            try db.execute(sql: "UPDATE document SET bytes = x'00'")
        }
        await #expect { try await store.document(digest) } throws: { ($0 as? EventStoreError)?.code == .damaged }
        await #expect { try await store.checkEverything() } throws: { ($0 as? EventStoreError)?.code == .damaged }
        try await store.close()
    }

    private static let sqlite3 = "/usr/bin/sqlite3"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: sqlite3)))
    func `the sqlite3 command reads the open database beside the store`() async throws {
        for number in 0..<3 { try await store.append([draft(number)]) }
        let process = ForeignProcess()
        process.executableURL = URL(fileURLWithPath: Self.sqlite3)
        process.arguments = [
            "-readonly", folder.database,
            "PRAGMA integrity_check; SELECT sequence, kind, json_extract(CAST(body AS TEXT), '$.region'), lower(hex(hash)) "
                + "FROM event ORDER BY sequence",
        ]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        let rows = try await store.allRecords().map { "\($0.sequence)|wave.started|eu-\($0.sequence - 1)|\($0.hash)" }
        #expect(text == (["ok"] + rows).joined(separator: "\n") + "\n")
        try await store.append([draft(3)])
        try await store.close()
    }
}
