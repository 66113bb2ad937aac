import OrderedCollections
import TimeAndChance
import TrainModel

/// A host's whole judgement: which orders it takes, what it does next, what it says.
///
/// Give it every input in turn with the present instant, and do the returned actions in order. What must survive a
/// crash is in `memory`, which changes only by the records that it hands out; everything else is rebuilt by `started`.
public struct HostState: Sendable {
    /// So many records are journalled before the journal is replaced by a snapshot.
    public static let recordsUntilSnapshot = 256

    public let identity: HostIdentity
    /// Those that this host's own configuration allows.
    let recipes: Set<RecipeName>
    /// This host's own configuration lets orders replace the agent.
    let mayBeReplaced: Bool
    public private(set) var memory: HostMemory

    var isLinkUp = false
    /// How far this host's clock is off; nil: this link has not measured it yet.
    private(set) var clock: ClockReading?
    var isStopping = false
    /// Steps that the shell is doing, by service: at most one each.
    var inHand: OrderedDictionary<ServiceName, MoveInHand> = [:]
    /// Services whose release somebody has changed, with what is wrong; until it is put back, or an order has put one in
    /// place.
    var flaws: [ServiceName: String] = [:]
    /// What is known of a new agent's trial that was under way when this agent started.
    var ownTrial: String?
    var watched: OrderedDictionary<ServiceName, HealthTally> = [:]
    private var lastTicket: UInt64 = 0
    private var nextWake = Instant.distantFuture
    private var recordsSinceSnapshot: Int

    struct MoveInHand: Hashable, Sendable {
        let ticket: UInt64
        let move: Move
        let deadline: Instant
        var isCancelled = false
        /// What the move's hook said last of how far it is.
        var said = ""
    }

    /// One call of `handle`: its instant, and the actions so far.
    struct Turn {
        let now: Instant
        var actions: [HostAction] = []
    }

    /// `records`: how many the journal held, so that compaction goes on where it was.
    public init(
        identity: HostIdentity,
        memory: HostMemory,
        records: Int = 0,
        recipes: Set<RecipeName> = [],
        mayBeReplaced: Bool = true
    ) {
        self.identity = identity
        self.mayBeReplaced = mayBeReplaced
        self.recipes = recipes
        self.memory = memory
        recordsSinceSnapshot = records
    }

    /// True while the shell owes the answer to a move.
    public var isBusy: Bool { !inHand.isEmpty }

    /// True from the beginning of an attempt to its end: its instants are all of one clock.
    public var hasAttempt: Bool { memory.services.values.contains { $0.attempt != nil } }

    public mutating func handle(_ input: HostInput, now: Instant) -> [HostAction] {
        var turn = Turn(now: now)
        switch input {
        case .started: recover(&turn)
        case .releaseFlawed(let service, let sentence): flaws[service] = sentence
        case .ownTrial(let words): ownTrial = words
        case .stopping: isStopping = true
        case .linkUp: linkUp(&turn)
        case .linkDown: isLinkUp = false
        case .clockRead(let reading): clockRead(reading, &turn)
        case .order(let order, let digest): consider(order, digest, &turn)
        case .receiptStored(let order): receiptStored(order, &turn)
        case .fetched(let ticket, let bytes, let reason): said(ticket, reason ?? "", fetched_bytes: bytes, &turn)
        case .said(let ticket, let text): said(ticket, text, &turn)
        case .moveEnded(let ticket, let result, let signs): moveEnded(ticket, result, signs, &turn)
        case .probed(let service, let generation, let probe): probed(service, generation, probe, &turn)
        case .timer: timer(&turn)
        }
        scheduleWake(&turn)
        compactWhenLong(&turn)
        return turn.actions
    }

    // MARK: What every part of the decisions uses

    /// Remembers a fact, and has it written before whatever comes after it.
    mutating func record(_ record: JournalRecord, _ turn: inout Turn) {
        do {
            try memory.apply(record)
        } catch {
            preconditionFailure("this state recorded what contradicts its own memory: \(error)")
        }
        recordsSinceSnapshot += 1
        turn.actions.append(.journal(record))
    }

    /// Receipts wait in memory for the link; everything else is said only to somebody who listens.
    func send(_ message: HostMessage, _ turn: inout Turn) {
        if isLinkUp { turn.actions.append(.send(message)) }
    }

    mutating func nextTicket() -> UInt64 {
        lastTicket += 1
        return lastTicket
    }

    // MARK: Link and time

    private mutating func linkUp(_ turn: inout Turn) {
        isLinkUp = true
        for receipt in memory.unsentReceipts { send(.receipt(receipt), &turn) }
        for (name, service) in memory.services {
            for order in [service.attempt?.order, service.waiting?.order].compactMap(\.self) {
                send(.arrived(order.id, sequence: order.sequence), &turn)
            }
            if let attempt = service.attempt, let move = inHand[name]?.move { tellProgress(of: attempt, move, &turn) }
        }
        for name in watched.keys { tellHealth(of: name, &turn) }
        // What waits has perhaps expired by every clock but this host's, so nothing begins before that is measured:
        // the welcome, with which every link begins, measures it.
        clock = nil
    }

    /// What waited for the clock may begin. It may have been set, so what is to wake this host is planned anew.
    private mutating func clockRead(_ reading: ClockReading, _ turn: inout Turn) {
        clock = reading
        nextWake = .distantFuture
        beginAllWaiting(&turn)
    }

    private mutating func timer(_ turn: inout Turn) {
        for (name, step) in inHand where step.deadline <= turn.now && !step.isCancelled {
            inHand[name]?.isCancelled = true
            turn.actions.append(.cancel(ticket: step.ticket))
        }
        beginAllWaiting(&turn)
    }

    private mutating func scheduleWake(_ turn: inout Turn) {
        var wakes = inHand.values.filter { !$0.isCancelled }.map(\.deadline)
        for service in memory.services.values {
            guard let order = service.waiting?.order else { continue }
            wakes.append(order.expires)
            if order.notBefore > turn.now { wakes.append(order.notBefore) }
        }
        let wake = wakes.min() ?? .distantFuture
        guard wake != nextWake || wake <= turn.now else { return }
        nextWake = wake
        turn.actions.append(.wake(wake))
    }

    private mutating func compactWhenLong(_ turn: inout Turn) {
        guard recordsSinceSnapshot >= Self.recordsUntilSnapshot else { return }
        recordsSinceSnapshot = 1
        turn.actions.append(.compactJournal(memory))
    }

    private mutating func receiptStored(_ order: OrderID, _ turn: inout Turn) {
        guard memory.unsentReceipts.contains(where: { $0.order == order }) else { return }
        record(.receiptStored(order), &turn)
    }
}
