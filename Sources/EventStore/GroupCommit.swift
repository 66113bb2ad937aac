import Synchronization

/// The shell around `CommitQueue`: lock, step, unlock, act. A store owns one and brings the disk.
package final class GroupCommit: Sendable {
    private typealias Waiter = CheckedContinuation<Result<Void, EventStoreError>, Never>

    private let queue: Mutex<CommitQueue<Waiter>>

    package init(head: ChainHead) {
        queue = Mutex(CommitQueue(head: head))
    }

    package var durableHead: ChainHead {
        get throws(EventStoreError) { try queue.withLock { $0.durableHead }.get() }
    }

    /// Throws what poisoned the store.
    package func requireSound() throws(EventStoreError) {
        if let failure = queue.withLock({ $0.failure }) { throw failure }
    }

    /// When `commitNow` is true, the owner must see to it that `commitBatch` runs.
    package func enqueue(_ drafts: [EventDraft]) throws(EventStoreError) -> (head: ChainHead, commitNow: Bool) {
        switch queue.withLock({ $0.enqueue(drafts) }) {
        case .given(let head, let commitNow): (head, commitNow)
        case .refuse(let error): throw error
        }
    }

    package func durable(through sequence: UInt64) async throws(EventStoreError) {
        let outcome = await withCheckedContinuation { waiter in
            switch queue.withLock({ $0.wait(through: sequence, waiter) }) {
            case .proceed: waiter.resume(returning: .success(()))
            case .refuse(let error): waiter.resume(returning: .failure(error))
            case .parked: break
            }
        }
        try outcome.get()
    }

    /// Commits everything that gathered by `write`, which returns when the records are durable and throws when they
    /// may not be; tells the waiters. Returns true when more has gathered meanwhile, to be committed by another call.
    package func commitBatch(_ write: ([EventRecord]) throws(EventStoreError) -> Void) -> Bool {
        let batch = queue.withLock { $0.takeBatch() }
        guard !batch.isEmpty else { return false }
        do throws(EventStoreError) {
            try write(batch)
        } catch {
            fail(error)
            return false
        }
        let committed = queue.withLock { $0.batchCommitted() }
        for waiter in committed.released { waiter.resume(returning: .success(())) }
        return committed.commitNow
    }

    package func fail(_ error: EventStoreError) {
        for waiter in queue.withLock({ $0.fail(error) }) { waiter.resume(returning: .failure(error)) }
    }
}
