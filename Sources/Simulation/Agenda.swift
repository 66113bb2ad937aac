import HeapModule
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// What will happen in a world, by time; of what happens at one instant, what was planned first comes first.
struct Agenda: Sendable {
    private var entries = Heap<Entry>()
    private var count: UInt64 = 0
    /// Instants at which the controller is woken already.
    private var wakes: Set<Instant> = []

    /// Nil: nothing will happen by itself any more.
    var nextInstant: Instant? { entries.min?.at }

    mutating func add(_ happening: Happening, at instant: Instant) {
        if case .wake = happening {
            guard wakes.insert(instant).inserted else { return }
        }
        count += 1
        entries.insert(Entry(at: instant, number: count, happening: happening))
    }

    /// The first thing that happens by `instant`.
    mutating func next(by instant: Instant) -> Happening? {
        guard let first = entries.min, first.at <= instant else { return nil }
        _ = entries.popMin()
        if case .wake = first.happening { wakes.remove(first.at) }
        return first.happening
    }

    private struct Entry: Comparable, Sendable {
        let at: Instant
        let number: UInt64
        let happening: Happening

        static func < (left: Entry, right: Entry) -> Bool { (left.at, left.number) < (right.at, right.number) }
        static func == (left: Entry, right: Entry) -> Bool { left.number == right.number }
    }
}

enum Happening: Sendable {
    /// The controller asked to be woken.
    case wake
    case delivered(Order, HostKey)
    /// A host has done its work on what it has in hand of a service.
    case worked(HostKey, ServiceName)
    /// The hosts of a region tell how they are, because something there turned.
    case told(RegionName)
    /// One host tells how it is.
    case spoke(HostKey)
    case link(HostKey, isUp: Bool)
    case probed(ProbeKey, Probe.Kind)
    /// Somebody who was asked comes to it.
    case asked(Asked)
    /// Systems outside attest what they were asked to.
    case evidence(ExpectedEvidence)
    /// A command that was planned before the world began.
    case command(Command, by: Actor)
    /// What the outside says.
    case heard(Input)
}
