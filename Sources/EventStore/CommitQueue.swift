/// The order of the log and who waits for which part of it: pure, without disk, lock or task.
///
/// The owner holds a lock around each step and carries out what the step returns after letting it go.
struct CommitQueue<Waiter> {
    private enum Phase {
        /// Nothing to commit. → `scheduled` when something is enqueued, → `failed`.
        case idle
        /// The owner was told to commit. → `committing` when it takes the batch, → `failed`.
        case scheduled
        /// A batch is on its way to the disk; more may gather behind it. → `idle`, `scheduled` or `failed` with it.
        case committing(ChainHead)
        /// Poisoned. Nothing follows.
        case failed(EventStoreError)
    }

    private var phase = Phase.idle
    /// With everything enqueued.
    private var enqueued: ChainHead
    private var durable: ChainHead
    private var gathered: [EventRecord] = []
    private var waiters: [(sequence: UInt64, waiter: Waiter)] = []

    init(head: ChainHead) {
        enqueued = head
        durable = head
    }

    var failure: EventStoreError? {
        if case .failed(let error) = phase { error } else { nil }
    }

    var durableHead: Result<ChainHead, EventStoreError> {
        if let failure { .failure(failure) } else { .success(durable) }
    }

    enum Enqueue {
        case refuse(EventStoreError)
        case given(ChainHead, commitNow: Bool)
    }

    mutating func enqueue(_ drafts: [EventDraft]) -> Enqueue {
        if let failure { return .refuse(failure) }
        gathered.reserveCapacity(gathered.count + drafts.count)
        for draft in drafts {
            let record = EventRecord(draft, after: enqueued)
            gathered.append(record)
            enqueued = record.head
        }
        guard case .idle = phase, !gathered.isEmpty else { return .given(enqueued, commitNow: false) }
        phase = .scheduled
        return .given(enqueued, commitNow: true)
    }

    enum Wait {
        case proceed
        case refuse(EventStoreError)
        /// The waiter is kept until its record is durable or the queue fails.
        case parked
    }

    mutating func wait(through sequence: UInt64, _ waiter: Waiter) -> Wait {
        if let failure { return .refuse(failure) }
        if sequence <= durable.sequence { return .proceed }
        guard sequence <= enqueued.sequence else { return .refuse(.notEnqueued(sequence, head: enqueued)) }
        waiters.append((sequence, waiter))
        return .parked
    }

    /// Everything that gathered. Empty when the queue failed after the commit was scheduled.
    mutating func takeBatch() -> [EventRecord] {
        guard case .scheduled = phase else {
            precondition(failure != nil, "a batch is taken only when a commit was scheduled")
            return []
        }
        phase = .committing(enqueued)
        defer { gathered = [] }
        return gathered
    }

    struct Committed {
        let released: [Waiter]
        let commitNow: Bool
    }

    /// The batch taken last is durable.
    mutating func batchCommitted() -> Committed {
        guard case .committing(let head) = phase else {
            precondition(failure != nil, "only a batch that was taken can have been committed")
            return Committed(released: [], commitNow: false)
        }
        durable = head
        let released = waiters.filter { $0.sequence <= head.sequence }.map(\.waiter)
        waiters.removeAll { $0.sequence <= head.sequence }
        phase = gathered.isEmpty ? .idle : .scheduled
        return Committed(released: released, commitNow: !gathered.isEmpty)
    }

    /// Poisons the queue, unless it is already, and returns all waiters to be failed with its error.
    mutating func fail(_ error: EventStoreError) -> [Waiter] {
        if failure == nil { phase = .failed(error) }
        defer { waiters = [] }
        gathered = []
        return waiters.map(\.waiter)
    }
}
