import TrainModel

/// The log of everything a controller decided, and snapshots of what came of it.
///
/// The controller's loop is *lock; step the state; enqueue what came out; unlock; await durability; act*. `enqueue` is
/// synchronous for that reason: called under the same lock as the step, it fixes the order of the log to the order of
/// the steps, and the disk is waited for outside the lock. Whatever is enqueued while a commit runs goes into the next
/// commit as a whole.
///
/// After any failed write the store is **poisoned**: what is on disk is unknown, so every later call and every waiter
/// fails with that same error, nothing is tried again, and the process is expected to stop and to recover by opening
/// the store anew.
public protocol EventStore: Sendable {
    /// The cluster whose log this is.
    var cluster: ClusterName { get }

    /// The newest durable record.
    var head: ChainHead { get throws(EventStoreError) }

    /// Gives the drafts their places behind everything enqueued before and returns at once; they become durable
    /// together. The ticket of no drafts stands for everything enqueued so far.
    ///
    /// Fails only when the store is poisoned or closed. A caller that has stepped its state is then ahead of its log
    /// and must stop.
    func enqueue(_ drafts: [EventDraft]) throws(EventStoreError) -> Ticket

    /// Returns when the record `sequence` and all before it are durable. Fails when the store is poisoned, or at once
    /// (`notEnqueued`) when no such record was enqueued. Cancelling the task does not end the wait: a commit is short,
    /// and its outcome must be known.
    func durable(through sequence: UInt64) async throws(EventStoreError)

    /// At most `limit` durable records behind `sequence`, in order, each checked against its hash and its predecessor
    /// (`damaged` if one fails).
    func records(after sequence: UInt64, limit: Int) async throws -> [EventRecord]

    /// The newest undamaged snapshot, nil if there is none.
    func snapshot() async throws -> Snapshot?

    /// Saves the state as it is after the record `sequence`, once that record is durable; keeps the newest
    /// `Snapshot.kept`.
    func saveSnapshot(_ bytes: [UInt8], at sequence: UInt64) async throws
}

extension EventStore {
    /// Enqueues the drafts and returns when they are durable: the head that then includes them.
    @discardableResult
    public func append(_ drafts: [EventDraft]) async throws(EventStoreError) -> ChainHead {
        try await enqueue(drafts).durable()
    }
}
