import EventStore
import GRDB

/// What a connection's promises rest on, as SQLite itself reports it.
struct DurabilitySettings: Equatable {
    let journalMode: String
    /// 0 off, 1 normal, 2 full, 3 extra.
    let synchronous: Int
    let foreignKeys: Bool
    let autocheckpoint_pages: Int

    init(of db: Database) throws {
        journalMode = try String.fetchOne(db, sql: "PRAGMA journal_mode") ?? ""
        synchronous = try Int.fetchOne(db, sql: "PRAGMA synchronous") ?? 0
        foreignKeys = try Bool.fetchOne(db, sql: "PRAGMA foreign_keys") ?? false
        autocheckpoint_pages = try Int.fetchOne(db, sql: "PRAGMA wal_autocheckpoint") ?? 0
    }

    func requireSafe(place: String) throws(EventStoreError) {
        let fault: String? =
            if journalMode != "wal" {
                "the journal mode is \(journalMode) instead of wal"
            } else if synchronous < 2 {
                "synchronous is \(synchronous) instead of 2 (full)"
            } else if !foreignKeys {
                "foreign keys are not enforced"
            } else if autocheckpoint_pages != 0 {
                "automatic checkpoints are on"
            } else {
                nil
            }
        guard let fault else { return }
        throw EventStoreError(
            .unsafe,
            fault,
            place: place,
            remedy: "Use the distribution's SQLite on a local disk; the database was not used"
        )
    }
}
