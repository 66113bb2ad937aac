import AgentLink
import HostDecisions
import SignedEnvelopes
import TimeAndChance
import TrainModel

/// Owns the host's decisions and their journal. One door: an input goes in, what it decides is made durable, and only
/// then the actions behind it come out, in order.
actor HostKeeper {
    private let executor: AgentExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    /// Everything to do but the journal's actions.
    nonisolated let actions: AsyncStream<HostAction>
    private let door: AsyncStream<HostAction>.Continuation

    private var state: HostState
    private var journal: Journal
    private let endedFile: EndedFile
    private let lateFiles: LateFiles
    private let clock: HostClock
    private var whenIdle: [CheckedContinuation<Void, Never>] = []
    private var isClosed = false

    /// Opens the journal; blocks.
    init(
        identity: HostIdentity,
        journalPath: String,
        recipes: Set<RecipeName>,
        mayBeReplaced: Bool = true,
        executor: AgentExecutor = AgentExecutor(),
        clock: HostClock,
        lateFiles: LateFiles
    ) throws {
        self.lateFiles = lateFiles
        let endedFile = EndedFile(beside: journalPath)
        self.endedFile = endedFile
        var memory = HostMemory()
        var count = 0
        journal = try Journal(path: journalPath) { records in
            do {
                memory = try HostMemory(replaying: records)
            } catch {
                throw Journal.damaged(journalPath, "\(error)")
            }
            try endedFile.check(memory)
            count = records.count
        }
        self.executor = executor
        state = HostState(
            identity: identity,
            memory: memory,
            records: count,
            recipes: recipes,
            mayBeReplaced: mayBeReplaced
        )
        self.clock = clock
        (actions, door) = AsyncStream.makeStream()
    }

    var memory: HostMemory { state.memory }
    var greeting: Greeting { state.greeting }
    var torn_bytes: Int { journal.torn_bytes }

    /// The only way in for orders.
    func obey(_ order: OpenedOrder) throws { try give(.order(order.order.value, digest: order.digest)) }

    /// Throws when the journal could not be written; then `actions` end, and the process must, and recover from what is
    /// on disk.
    ///
    /// All that a turn records is written at once, before the first of its actions comes out: one flush, not one for
    /// each action that something was recorded before.
    func give(_ input: HostInput) throws {
        try turn(input)
        guard case .clockRead(let reading) = input, !state.hasAttempt,
            let better = clock.followMachine(measured: reading)
        else { return }
        try turn(.clockRead(better))
    }

    private func turn(_ input: HostInput) throws {
        var records: [JournalRecord] = []
        var snapshot: HostMemory?
        var rest: [HostAction] = []
        for action in state.handle(input, now: clock.now()) {
            switch action {
            case .journal(let record): records.append(record)
            case .compactJournal(let memory): snapshot = memory
            default: rest.append(action)
            }
        }
        // A turn's snapshot is of its end, with all that the turn recorded.
        do {
            if let snapshot { try journal.replace(with: .snapshot(snapshot)) } else { try journal.append(records) }
        } catch {
            close()
            throw error
        }
        if records.contains(where: \.endsAnOrder) { endedFile.note(state.memory, in: lateFiles) }
        for action in rest { door.yield(action) }
        if !state.isBusy { resumeIdle() }
    }

    /// Begins no further step; returns when none is running.
    func stop() async throws {
        try give(.stopping)
        guard state.isBusy, !isClosed else { return }
        await withCheckedContinuation { whenIdle.append($0) }
    }

    /// Ends `actions`; nobody waits for a step any more.
    func close() {
        isClosed = true
        resumeIdle()
        door.finish()
    }

    private func resumeIdle() {
        for continuation in whenIdle { continuation.resume() }
        whenIdle = []
    }
}
