import EventStore
import Foundation
import GRDB
import TimeAndChance
import TrainModel

/// The rows of `event`.
struct EventTable {
    static let rows_per_page = 1_000

    let db: Database
    /// The database's path, for errors.
    let place: String

    func insert(_ records: [EventRecord]) throws {
        let statement = try db.cachedStatement(
            sql: """
                INSERT INTO event (sequence, time_unix_ms, kind, body, previous_hash, hash) VALUES (?, ?, ?, ?, ?, ?)
                """
        )
        for record in records {
            try statement.execute(arguments: [
                Int64(record.sequence), record.time.unix_ms, record.kind, Data(record.body),
                Data(record.previousHash.bytes), Data(record.hash.bytes),
            ])
        }
    }

    /// At most `limit` records behind `sequence`, as they stand in the table: numbered without gaps, or `damaged`.
    func records(after sequence: UInt64, limit: Int) throws -> [EventRecord] {
        guard let start = Int64(exactly: sequence), limit > 0 else { return [] }
        let rows = try Row.fetchCursor(
            db.cachedStatement(
                sql: """
                    SELECT sequence, time_unix_ms, kind, body, previous_hash, hash FROM event
                    WHERE sequence > ? ORDER BY sequence LIMIT ?
                    """
            ),
            arguments: [start, limit]
        )
        var records: [EventRecord] = []
        while let row = try rows.next() { records.append(try record(row)) }
        return records
    }

    /// Nil for the number 0 and for a record that is not there.
    func head(at sequence: UInt64) throws -> ChainHead? {
        guard sequence > 0 else { return nil }
        return try records(after: sequence - 1, limit: 1).first { $0.sequence == sequence }?.head
    }

    /// Walks everything behind `start` and returns the newest head; throws `damaged` with the first fault.
    func verify(after start: ChainHead, known heads: [ChainHead] = []) throws -> ChainHead {
        var verifier = ChainVerifier(after: start, known: heads)
        var sequence = start.sequence
        while true {
            let page = try records(after: sequence, limit: Self.rows_per_page)
            guard let last = page.last else { break }
            for record in page { verifier.take(record) }
            sequence = last.sequence
        }
        let head = verifier.last
        if let fault = verifier.finish().first { throw EventStoreError.damaged("\(fault)", place: place) }
        return head
    }

    private func record(_ row: Row) throws -> EventRecord {
        guard let sequence = UInt64.fromDatabaseValue(row[0]), let time = Int64.fromDatabaseValue(row[1]),
            let kind = String.fromDatabaseValue(row[2]), let body = Data.fromDatabaseValue(row[3]),
            let previousHash = Digest(row[4]), let hash = Digest(row[5])
        else {
            throw EventStoreError.damaged("record \(row[0] as DatabaseValue) has values of wrong types", place: place)
        }
        return EventRecord(
            sequence: sequence,
            time: Instant(unix_ms: time),
            kind: kind,
            body: [UInt8](body),
            previousHash: previousHash,
            hash: hash
        )
    }
}

extension Digest {
    /// Nil unless the value is a blob of 32 bytes.
    init?(_ value: DatabaseValue) {
        guard let data = Data.fromDatabaseValue(value) else { return nil }
        self.init(bytes: data)
    }
}
