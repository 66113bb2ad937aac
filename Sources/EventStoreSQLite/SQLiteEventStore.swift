import Cryptography
import EventStore
import GRDB
import Synchronization
import TrainModel

/// The event log in an SQLite database.
///
/// One connection does all writes and all checkpoints, on its own queue; another only reads. Each commit takes
/// everything that was enqueued while the one before ran, and returns after `fsync` (WAL, synchronous FULL). A commit,
/// snapshot, document or checkpoint that fails poisons the store, as `EventStore` says.
public final class SQLiteEventStore: EventStore, DocumentStore {
    /// The journal is copied into the database whenever about this much was added to it.
    static let checkpoint_bytes = 4 << 20

    public let cluster: ClusterName
    /// The database's absolute path.
    public let path: String
    /// What was wrong at the start and could be got over, as sentences for the log.
    public let findings: [String]

    let writer: DatabaseQueue
    private let reader: DatabaseQueue
    private let commits: GroupCommit
    private let journal = Mutex(Journal())
    private let lock: Mutex<ProcessLock?>

    private struct Journal {
        var uncheckpointed_bytes = 0
        var commit_count = 0
    }

    init(_ opened: Opened) {
        cluster = opened.cluster
        path = opened.path
        findings = opened.accepted.findings
        writer = opened.writer
        reader = opened.reader
        lock = Mutex(opened.lock)
        commits = GroupCommit(head: opened.accepted.head)
    }

    /// How many transactions have appended records since the start, for metrics: fewer than appends when many come at
    /// once.
    public var commit_count: Int { journal.withLock { $0.commit_count } }

    /// Whether nothing has ever been decided here.
    public var isNew: Bool {
        get throws(EventStoreError) { try head.sequence == 0 }
    }

    // MARK: EventStore

    public var head: ChainHead {
        get throws(EventStoreError) { try commits.durableHead }
    }

    public func enqueue(_ drafts: [EventDraft]) throws(EventStoreError) -> Ticket {
        let (head, commitNow) = try commits.enqueue(drafts)
        if commitNow { scheduleCommit() }
        return Ticket(head: head, store: self)
    }

    public func durable(through sequence: UInt64) async throws(EventStoreError) {
        try await commits.durable(through: sequence)
    }

    public func records(after sequence: UInt64, limit: Int) async throws -> [EventRecord] {
        try await read("reading events") { [cluster, path] db in
            let events = EventTable(db: db, place: path)
            let page = try events.records(after: sequence, limit: limit)
            guard !page.isEmpty else { return [] }
            guard let start = try sequence == 0 ? .genesis(cluster: cluster) : events.head(at: sequence) else {
                throw EventStoreError.damaged("record \(sequence) is missing", place: path)
            }
            var verifier = ChainVerifier(after: start)
            for record in page { verifier.take(record) }
            if let fault = verifier.finish().first { throw EventStoreError.damaged("\(fault)", place: path) }
            return page
        }
    }

    public func snapshot() async throws -> Snapshot? {
        try await read("reading the snapshot") { db in try SnapshotTable(db: db).find().newest }
    }

    public func saveSnapshot(_ bytes: [UInt8], at sequence: UInt64) async throws {
        guard sequence > 0 else { throw EventStoreError.snapshotOfNothing(place: path) }
        try await commits.durable(through: sequence)
        try await write("saving a snapshot", cost_bytes: bytes.count) { [path] db in
            guard let head = try EventTable(db: db, place: path).head(at: sequence) else {
                throw EventStoreError.damaged("record \(sequence) is missing", place: path)
            }
            try SnapshotTable(db: db).save(Snapshot(head: head, bytes: bytes))
        }
    }

    // MARK: DocumentStore

    @discardableResult
    public func putDocument(_ bytes: [UInt8]) async throws -> Digest {
        guard bytes.count <= Self.document_bytes_max else {
            throw EventStoreError.documentTooLarge(bytes.count, place: path)
        }
        let digest = SHA256.digest(of: bytes)
        try await write("storing a document", cost_bytes: bytes.count) { [path] db in
            try DocumentTable(db: db, place: path).put(bytes, digest)
        }
        return digest
    }

    public func document(_ digest: Digest) async throws -> [UInt8]? {
        try await read("reading a document") { [path] db in try DocumentTable(db: db, place: path).get(digest) }
    }

    // MARK: Checking and closing

    /// Reads the whole database: pages, references, documents and the chain from its first record, which must contain
    /// the `heads` known from elsewhere. Returns the newest head; throws `damaged` with the first thing that is wrong.
    @discardableResult
    public func checkEverything(known heads: [ChainHead] = []) async throws -> ChainHead {
        try await read("checking the database") { [cluster, path] db in
            try Inspection(db: db, place: path).everything(of: cluster, known: heads)
        }
    }

    /// Waits until everything enqueued is durable, then lets go of the database. Later calls fail with `closed`, or
    /// with what poisoned the store.
    public func close() async throws(EventStoreError) {
        let isSound: Bool
        do {
            try await enqueue([]).durable()
            isSound = true
        } catch {
            isSound = false
        }
        commits.fail(
            EventStoreError(.closed, "the store was closed", place: path, remedy: "Start the controller again")
        )
        do {
            // A poisoned store keeps its reader: see `poison`.
            if isSound { try reader.close() }
            try writer.close()
        } catch {
            throw .database("closing the database", error, place: path)
        }
        lock.withLock { $0 = nil }
    }

    // MARK: The two connections

    /// Exactly one commit is scheduled or running at a time; `commits` sees to that.
    private func scheduleCommit() {
        writer.asyncWriteWithoutTransaction { [self] db in
            let commitAgain = commits.commitBatch { (records) throws(EventStoreError) in
                let cost_bytes = records.reduce(0) { $0 + $1.body.count + 256 }
                try transaction("committing events", db, cost_bytes: cost_bytes) {
                    try EventTable(db: db, place: path).insert(records)
                }
                journal.withLock { $0.commit_count += 1 }
            }
            if commitAgain { scheduleCommit() }
            checkpointWhenDue(db)
        }
    }

    private func write(
        _ doing: String,
        cost_bytes: Int,
        _ body: @escaping @Sendable (Database) throws -> Void
    ) async throws(EventStoreError) {
        try commits.requireSound()
        let outcome: Result<Void, EventStoreError> = await withCheckedContinuation { waiter in
            writer.asyncWriteWithoutTransaction { [self] db in
                let outcome = Result { () throws(EventStoreError) in
                    try transaction(doing, db, cost_bytes: cost_bytes) { try body(db) }
                }
                waiter.resume(returning: outcome)
                checkpointWhenDue(db)
            }
        }
        try outcome.get()
    }

    /// Returns when what `body` did is durable; poisons the store when it may not be.
    private func transaction(
        _ doing: String,
        _ db: Database,
        cost_bytes: Int,
        _ body: () throws -> Void
    ) throws(EventStoreError) {
        // Something before this on the queue may have failed.
        try commits.requireSound()
        do {
            try db.inTransaction(.immediate) {
                try body()
                return .commit
            }
        } catch {
            throw poison(.database(doing, error, place: path))
        }
        // Each transaction also rewrites a few pages on the way to its rows.
        journal.withLock { $0.uncheckpointed_bytes += cost_bytes + 16_384 }
    }

    /// A checkpoint that fails poisons too: the database's pages may count as written without being on the disk.
    private func checkpointWhenDue(_ db: Database) {
        let isDue = journal.withLock { journal in
            guard journal.uncheckpointed_bytes >= Self.checkpoint_bytes else { return false }
            journal.uncheckpointed_bytes = 0
            return true
        }
        guard isDue else { return }
        do {
            try commits.requireSound()
            try db.checkpoint(.passive)
        } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY {
            // Somebody looks at the database with another program; the next checkpoint will do.
        } catch {
            _ = poison(.database("copying the journal into the database", error, place: path))
        }
    }

    /// Nothing may be tried again, but a connection that closes last copies the journal once more. A reader that
    /// stays open until the process ends keeps the writer from being the last.
    private func poison(_ error: EventStoreError) -> EventStoreError {
        commits.fail(error)
        _ = Unmanaged.passRetained(reader)
        return error
    }

    private func read<Value: Sendable>(
        _ doing: String,
        _ body: @escaping @Sendable (Database) throws -> Value
    ) async throws -> Value {
        try commits.requireSound()
        do {
            return try await reader.read(body)
        } catch let error as CancellationError {
            throw error
        } catch {
            // Closing in the middle of a read is told as such.
            try commits.requireSound()
            throw EventStoreError.database(doing, error, place: path)
        }
    }
}
