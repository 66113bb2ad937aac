import TimeAndChance
import TrainModel

/// One fact that is written before anything that follows from it happens. The host's memory is the fold of these.
public enum JournalRecord: Hashable, Sendable, Codable {
    /// Everything before; always the first record of a compacted journal.
    case snapshot(HostMemory)
    /// A verified order of a newer leader was seen.
    case epochRaised(UInt64)
    /// The order will end in exactly one receipt. Until it begins it waits.
    case taken(WaitingOrder)
    /// A waiting order that ends without having begun.
    case answered(Receipt)
    /// The waiting order is being carried out.
    case attemptBegan(service: ServiceName, at: Instant)
    case moveBegan(service: ServiceName, move: Move, at: Instant)
    case moveEnded(service: ServiceName, move: Move, result: MoveResult, at: Instant)
    /// Turned round between two moves.
    case gaveUp(service: ServiceName, failure: Attempt.Failure)
    /// The attempt's end, and what is under `current` now.
    case finished(receipt: Receipt, current: Deployment?, condition: Condition)
    /// The controller has the receipt.
    case receiptStored(OrderID)
}

extension JournalRecord {
    /// Somebody has the answer, or will get it: the order is never taken up again.
    public var endsAnOrder: Bool {
        switch self {
        case .answered, .finished: true
        default: false
        }
    }

    /// False: it is on the disk before anything that follows from it happens. True: it may wait for the next record that
    /// is not, and a crash in between takes it. Losing it is harmless: the agent's own work is done once more, and a
    /// receipt is sent once more. A flush per step would cost a release more time than the work.
    public var mayBeLost: Bool {
        switch self {
        case .moveBegan(_, let move, _), .moveEnded(_, let move, _, _): move.hook == nil
        case .receiptStored: true
        case .snapshot, .epochRaised, .taken, .answered, .attemptBegan, .gaveUp, .finished: false
        }
    }
}

/// A verified order that this host has taken and not begun.
public struct WaitingOrder: Hashable, Sendable, Codable {
    public let order: Order
    /// SHA-256 of the payload of the order's envelope.
    public let digest: Digest
    public let accepted: Instant

    /// The same order sent again, with a later expiry or by a newer leader.
    func renews(_ other: WaitingOrder) -> Bool {
        order.id == other.order.id && (order.expires > other.order.expires || order.epoch > other.order.epoch)
    }
}

/// Records that cannot follow each other: the journal is damaged in a way that its checksums do not show.
public struct JournalContradiction: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}
