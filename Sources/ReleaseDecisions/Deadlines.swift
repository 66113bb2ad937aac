import HeapModule
import TimeAndChance
import TrainModel

/// What is to be looked at again, and when. Stale wishes are harmless: looking again decides nothing new.
struct Deadlines: Sendable {
    enum Subject: Hashable, Sendable {
        /// The end of a bake.
        case region(RegionName, of: ReleaseID)
        /// The expiry of an order.
        case order(OrderID, of: ReleaseID)
        /// An order that nobody stands behind any more stops counting.
        case host(HostKey)
        /// The gates that a release stands before.
        case release(ReleaseID)
        /// The end of a stage, which is expected by now.
        case stage(ReleaseID, StageName)
        /// The end of an ad hoc release.
        case adHoc(ReleaseID)
        /// Departures, candidates, arrivals and absences of a registered plan.
        case plan(PlanName)
        /// A notice that was not delivered yet.
        case notice(UInt64)
    }

    private struct Wish: Hashable, Sendable {
        let at: Instant
        let subject: Subject
    }

    private struct Entry: Comparable, Sendable {
        let wish: Wish
        /// Wishes of one instant come in the order in which they were made.
        let number: UInt64

        static func < (left: Entry, right: Entry) -> Bool {
            (left.wish.at, left.number) < (right.wish.at, right.number)
        }
    }

    private var entries = Heap<Entry>()
    /// The same, for telling that a wish is there already.
    private var wished: Set<Wish> = []
    private var made: UInt64 = 0

    var count: Int { entries.count }

    var next: Instant? { entries.min?.wish.at }

    mutating func wish(at instant: Instant, _ subject: Subject) {
        let wish = Wish(at: instant, subject: subject)
        guard wished.insert(wish).inserted else { return }
        made += 1
        entries.insert(Entry(wish: wish, number: made))
    }

    /// Everything that is due, in the order of its time; but who serves whom is settled before anybody is taken.
    mutating func popDue(_ now: Instant) -> [Subject] {
        var (hosts, others): ([Subject], [Subject]) = ([], [])
        while let first = entries.min?.wish, first.at <= now {
            entries.removeMin()
            wished.remove(first)
            switch first.subject {
            case .order, .host: hosts.append(first.subject)
            default: others.append(first.subject)
            }
        }
        return hosts + others
    }
}
