import ReleaseDecisions
import TimeAndChance
import TrainModel

/// A hold from the instant it appeared until it was gone.
public struct Wait: Hashable, Sendable, Codable {
    public let release: ReleaseID
    public let kind: Hold.Kind
    /// What was held: a release, `stage/wave` or `stage/wave/region`.
    public let subject: String
    /// The hold's own sentence when it appeared.
    public let first: String
    /// The same as it was last.
    public internal(set) var unmet: String
    /// Who or what could end it; empty: only time.
    public internal(set) var canAct: String
    public let from: Instant
    /// Nil: it still holds.
    public internal(set) var until: Instant?
    /// Who acted on it, each once, in order.
    public internal(set) var by: [PersonName] = []
}

extension Wait {
    /// What it was for, in one sentence: what a check saw last, and what everything else began with.
    public var sentence: String { kind == .check || until == nil ? unmet : first }

    public func length(by now: Instant) -> Interval { (until ?? now) - from }
}

extension Hold.Kind {
    /// Hosts at work and health being watched: time that is used, not waited.
    public var isProgress: Bool { self == .answerAwaited || self == .baking }
}

/// Follows holds as they come, change and go.
struct HoldTracker: Sendable {
    struct Key: Hashable, Sendable {
        let release: ReleaseID
        let kind: Hold.Kind
        let subject: String
        /// Among those of the same kind and subject.
        let number: Int
    }

    /// Places in `World.waits`.
    private(set) var current: [ReleaseID: [(key: Key, wait: Int)]] = [:]
    /// Releases that have not ended, in the order of their start.
    private(set) var active: [ReleaseID] = []
    private var revisions: [ReleaseID: UInt64] = [:]
    private var nextChanges: [ReleaseID: Instant] = [:]
    /// What concerns every release, such as a freeze, has happened since the last look.
    private var isAllDue = false

    mutating func note(_ event: Event) {
        switch event {
        case .releaseStarted(let event): active.append(event.release)
        case .returnStarted(let event) where !active.contains(event.release): active.append(event.release)
        default: break
        }
        if event.isAboutMany { isAllDue = true }
    }

    mutating func forgetRevisions() { revisions = [:] }

    /// Releases whose holds may be others than before.
    mutating func due(in train: Train, at now: Instant) -> [ReleaseID] {
        defer { isAllDue = false }
        return active.filter { id in
            let revision = train.revision(of: id)
            defer { revisions[id] = revision }
            return isAllDue || revision != revisions[id] || nextChanges[id].map { $0 <= now } ?? false
        }
    }

    mutating func set(_ holds: [(key: Key, wait: Int)], of release: ReleaseID, nextChange: Instant?, hasEnded: Bool) {
        current[release] = holds
        nextChanges[release] = nextChange
        guard hasEnded else { return }
        active.removeAll { $0 == release }
        current[release] = nil
    }

    func wait(at key: Key) -> Int? { current[key.release]?.first { $0.key == key }?.wait }
}

extension Event {
    /// Whether it may change what releases wait for that it does not name.
    fileprivate var isAboutMany: Bool {
        switch self {
        case .freezeDeclared, .freezeLifted, .oncallOverridden, .attested, .attestationRevoked, .debtOpened, .debtPaid,
            .wavePromoted, .releaseEnded, .regionsUnpinned:
            true
        default: false
        }
    }
}
