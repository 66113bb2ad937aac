import Cryptography
import Synchronization
import TrainModel

/// The store for tests and simulation: the semantics of a durable one, with a memory for a disk.
///
/// Commits happen at once, in the caller's thread, unless they are held; a held store shows what a slow or a dying
/// disk does to its callers.
public final class InMemoryEventStore: EventStore, DocumentStore {
    private struct Disk {
        var records: [EventRecord] = []
        var snapshots: [Snapshot] = []
        var documents: [Digest: [UInt8]] = [:]
    }

    private struct Hold {
        var isHeld = false
        var isCommitDue = false
    }

    public let cluster: ClusterName
    private let commits: GroupCommit
    private let disk: Mutex<Disk>
    private let hold = Mutex(Hold())

    public convenience init(cluster: ClusterName) {
        self.init(cluster: cluster, disk: Disk())
    }

    private init(cluster: ClusterName, disk: Disk) {
        self.cluster = cluster
        self.disk = Mutex(disk)
        commits = GroupCommit(head: disk.records.last?.head ?? .genesis(cluster: cluster))
    }

    // MARK: EventStore

    public var head: ChainHead {
        get throws(EventStoreError) { try commits.durableHead }
    }

    public func enqueue(_ drafts: [EventDraft]) throws(EventStoreError) -> Ticket {
        let (head, commitNow) = try commits.enqueue(drafts)
        if commitNow { commitUnlessHeld() }
        return Ticket(head: head, store: self)
    }

    public func durable(through sequence: UInt64) async throws(EventStoreError) {
        try await commits.durable(through: sequence)
    }

    public func records(after sequence: UInt64, limit: Int) async throws -> [EventRecord] {
        try commits.requireSound()
        return disk.withLock { Array($0.records.dropFirst(Int(clamping: sequence)).prefix(max(0, limit))) }
    }

    public func snapshot() async throws -> Snapshot? {
        try commits.requireSound()
        return disk.withLock { $0.snapshots.last }
    }

    public func saveSnapshot(_ bytes: [UInt8], at sequence: UInt64) async throws {
        guard sequence > 0 else { throw EventStoreError.snapshotOfNothing(place: "memory") }
        try await commits.durable(through: sequence)
        disk.withLock { disk in
            disk.snapshots.removeAll { $0.head.sequence == sequence }
            disk.snapshots.append(Snapshot(head: disk.records[Int(sequence) - 1].head, bytes: bytes))
            disk.snapshots.sort { $0.head.sequence < $1.head.sequence }
            disk.snapshots.removeFirst(max(0, disk.snapshots.count - Snapshot.kept))
        }
    }

    // MARK: DocumentStore

    @discardableResult
    public func putDocument(_ bytes: [UInt8]) async throws -> Digest {
        try commits.requireSound()
        guard bytes.count <= Self.document_bytes_max else {
            throw EventStoreError.documentTooLarge(bytes.count, place: "memory")
        }
        let digest = SHA256.digest(of: bytes)
        disk.withLock { $0.documents[digest] = bytes }
        return digest
    }

    public func document(_ digest: Digest) async throws -> [UInt8]? {
        try commits.requireSound()
        return disk.withLock { $0.documents[digest] }
    }

    // MARK: What a disk can do

    /// From now on nothing becomes durable.
    public func holdCommits() {
        hold.withLock { $0.isHeld = true }
    }

    /// Commits what gathered while commits were held, as one batch.
    public func releaseCommits() {
        let isCommitDue = hold.withLock { hold in
            defer { hold = Hold() }
            return hold.isCommitDue
        }
        if isCommitDue { commit() }
    }

    /// Poisons the store, as a failed commit does.
    public func fail(_ error: EventStoreError) {
        commits.fail(error)
    }

    /// What a start after a crash at this moment finds: everything durable and nothing else.
    public func recovered() -> InMemoryEventStore {
        InMemoryEventStore(cluster: cluster, disk: disk.withLock { $0 })
    }

    private func commitUnlessHeld() {
        let isHeld = hold.withLock { hold in
            hold.isCommitDue = hold.isHeld
            return hold.isHeld
        }
        if !isHeld { commit() }
    }

    private func commit() {
        while commits.commitBatch({ batch in disk.withLock { $0.records += batch } }) {}
    }
}
