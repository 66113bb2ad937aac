import TimeAndChance
import TrainModel

/// What reaches a host's decisions from outside.
public enum HostInput: Hashable, Sendable {
    /// The first one, once; the memory holds what the journal held.
    case started
    /// What is wrong with the release that should be under `current` of this service. Before the link is up; from then on
    /// probes say it.
    case releaseFlawed(ServiceName, sentence: String)
    /// What is known of a new agent's trial that has not come to a good end. Before the link is up.
    case ownTrial(String)
    /// Begin no further step; the agent is about to stop.
    case stopping
    case linkUp
    case linkDown
    /// How far this host's clock is off, as the link has just measured it.
    case clockRead(ClockReading)
    /// Its signature and form are verified. The digest is of the payload of its envelope.
    case order(Order, digest: Digest)
    /// The controller has made the receipt durable.
    case receiptStored(OrderID)
    /// `waitsFor`: why no more comes at the moment.
    case fetched(ticket: UInt64, bytes: UInt64, waitsFor: String? = nil)
    /// A line in which the move's hook says how far it is.
    case said(ticket: UInt64, String)
    case moveEnded(ticket: UInt64, MoveResult, signs: FailureSigns = FailureSigns())
    case probed(ServiceName, generation: UInt64, HealthProbe)
    /// The instant of the last `wake` has come.
    case timer
}

/// What the shell must do, in the order of the list. A record is in the journal before anything behind it is done, and
/// on the disk unless `JournalRecord.mayBeLost`.
public enum HostAction: Hashable, Sendable {
    case journal(JournalRecord)
    /// Replace the journal by this one record.
    case compactJournal(HostMemory)
    case run(MoveOrder)
    /// End the move at once; it still answers, with a failure.
    case cancel(ticket: UInt64)
    case send(HostMessage)
    case startWatch(Watch)
    case stopWatch(ServiceName)
    /// Give `timer` at this instant; replaces the one before. `distantFuture`: never.
    case wake(Instant)
    /// Old release directories may go, but never those of these: the one under `current` first.
    case prune(ServiceName, keep: [Deployment])
}

/// A move for the shell to do and to answer with its ticket.
public struct MoveOrder: Hashable, Sendable {
    public let ticket: UInt64
    public let order: OrderID
    public let service: ServiceName
    public let move: Move
    /// What the move acts on; nil on the way back to nothing, or to the agent that was installed on the host.
    public let deployment: Deployment?
    /// What the order wants; on the way back it is undone.
    public let purpose: Purpose
    /// What the host ran when the attempt began.
    public let previous: Version?
    /// For `diagnose`.
    public let lookUps: [LookUp]
    /// `cancel` comes then.
    public let deadline: Instant
}

/// Why a hook runs; the raw value is what it reads.
public enum Purpose: String, Hashable, Sendable, CaseIterable {
    case deploy
    case rollBack = "roll-back"
    case restart
    /// What ran before is to run again.
    case `return`
    /// Nothing is to change: the service is looked at.
    case watch

    init(_ action: Order.Action) {
        switch action {
        case .deploy: self = .deploy
        case .rollBack: self = .rollBack
        case .restart: self = .restart
        }
    }
}

/// What a host says on the link.
public enum HostMessage: Hashable, Sendable {
    /// The order is in the journal.
    case arrived(OrderID, sequence: UInt64)
    case refused(OrderRefusal)
    case progress(OrderProgress)
    case samples(HealthSamples)
    /// Sent until the controller has stored it.
    case receipt(Receipt)
}

/// A deployment to probe every so often.
public struct Watch: Hashable, Sendable {
    public let service: ServiceName
    public let deployment: Deployment
}
