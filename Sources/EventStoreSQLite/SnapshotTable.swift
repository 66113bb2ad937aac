import EventStore
import Foundation
import GRDB
import TrainModel

/// The rows of `snapshot`.
struct SnapshotTable {
    let db: Database

    /// What the table holds that can be used, and what it holds that cannot.
    struct Found {
        var newest: Snapshot?
        /// Numbers of snapshots newer than `newest` whose bytes are not those that were saved.
        var damaged: [UInt64] = []
    }

    /// Looks from the newest to the oldest; a damaged one costs a longer replay, never the start.
    func find() throws -> Found {
        var found = Found()
        let rows = try Row.fetchCursor(
            db.cachedStatement(sql: "SELECT sequence, hash, digest, bytes FROM snapshot ORDER BY sequence DESC")
        )
        while found.newest == nil, let row = try rows.next() {
            guard let snapshot = snapshot(row) else {
                found.damaged.append(UInt64.fromDatabaseValue(row[0]) ?? 0)
                continue
            }
            found.newest = snapshot
        }
        return found
    }

    /// Saves it and removes all but the newest `Snapshot.kept`.
    func save(_ snapshot: Snapshot) throws {
        try db.cachedStatement(
            sql: "INSERT OR REPLACE INTO snapshot (sequence, hash, digest, bytes) VALUES (?, ?, ?, ?)"
        )
        .execute(arguments: [
            Int64(snapshot.head.sequence), Data(snapshot.head.hash.bytes), Data(snapshot.digest.bytes),
            Data(snapshot.bytes),
        ])
        try db.cachedStatement(
            sql: """
                DELETE FROM snapshot
                WHERE sequence NOT IN (SELECT sequence FROM snapshot ORDER BY sequence DESC LIMIT ?)
                """
        ).execute(arguments: [Snapshot.kept])
    }

    /// Nil if the row is not what was saved.
    private func snapshot(_ row: Row) -> Snapshot? {
        guard let sequence = UInt64.fromDatabaseValue(row[0]), let hash = Digest(row[1] as DatabaseValue),
            let digest = Digest(row[2] as DatabaseValue), let bytes = Data.fromDatabaseValue(row[3])
        else { return nil }
        let snapshot = Snapshot(head: ChainHead(sequence: sequence, hash: hash), bytes: [UInt8](bytes))
        return snapshot.digest == digest ? snapshot : nil
    }
}
