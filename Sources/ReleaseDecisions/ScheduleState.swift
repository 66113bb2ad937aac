import OrderedCollections
import TimeAndChance
import TrainModel

/// What the trains run by: registered plans, who is on call, freezes, candidates, and what is owed or missing.
public struct ScheduleState: Hashable, Sendable, Codable {
    /// Of each plan; older ones are left to the event log.
    static let candidates_max = 200
    static let departures_max = 50
    static let arrivals_max = 200
    static let clearedByHand_max = 500

    public internal(set) var plans: OrderedDictionary<PlanName, RegisteredPlan> = [:]
    /// By plan, oldest first.
    public internal(set) var departures: [PlanName: [DepartureState]] = [:]
    /// By plan, oldest first.
    public internal(set) var candidates: [PlanName: [CandidateState]] = [:]
    /// The one that each plan is about to cut.
    public internal(set) var soughtCandidates: [PlanName: SoughtCandidate] = [:]
    /// By plan that watches a registry: the tags that were there at first.
    public internal(set) var tagsAtFirst: [PlanName: Set<Version>] = [:]
    /// Those that came later, oldest first.
    public internal(set) var arrivals: [PlanName: OrderedDictionary<Version, ArrivalState>] = [:]
    public internal(set) var debts: OrderedDictionary<String, Debt> = [:]
    /// How many debts each release has had, for the next one's id.
    var debtCounts: [ReleaseID: Int] = [:]
    public internal(set) var alarms: OrderedDictionary<AlarmKey, Alarm> = [:]
    /// When a person last cleared an alarm whose cause may go on; oldest first.
    var clearedByHand: OrderedDictionary<AlarmKey, Instant> = [:]
    /// Not settled yet, oldest first.
    public internal(set) var notices: OrderedDictionary<UInt64, Notice> = [:]
    public internal(set) var noticeCount: UInt64 = 0
    /// Of those that are not settled: what has failed so far.
    public internal(set) var noticeFailures: [UInt64: NoticeFailures] = [:]
    /// What has been told of releases that have not ended.
    var told: [ReleaseID: Set<NoticeKey>] = [:]
    /// The last that was declared of each plan and of all, also when it is over.
    public internal(set) var freezes: [FreezeState] = []
    /// In the order in which they were said; of overlapping ones the last holds.
    public internal(set) var oncallOverrides: [RotationName: [OncallOverride]] = [:]
    public internal(set) var acts = ManualActs()

    public init() {}
}

/// Attempts to deliver a notice that have failed, and when the last one did.
public struct NoticeFailures: Hashable, Sendable, Codable {
    public let attempts: Int
    public let last: Instant

    init(_ event: NoticeFailed, at now: Instant) {
        attempts = event.attempts
        last = now
    }
}

public struct RegisteredPlan: Hashable, Sendable, Codable {
    public let plan: Plan
    public let digest: Digest
    public let sourceDigest: Digest
    public let by: PersonName
    public let since: Instant
    /// The schedule's instant of the last departure, whether anything left or not; at first the registration.
    public internal(set) var lastDeparture: Instant
    /// When a release of it last ended well; at first the registration.
    public internal(set) var lastCompleted: Instant
    /// The schedule's instant of the last candidate; at first the registration.
    public internal(set) var lastCut: Instant
}

/// A departure: what left, or why nothing did.
public struct DepartureState: Hashable, Sendable, Codable {
    /// As the schedule says.
    public let at: Instant
    public let release: ReleaseID?
    public let reason: String
}

public struct CandidateState: Hashable, Sendable, Codable {
    public let candidate: Candidate
    public let commit: String
    /// Nil: by the schedule.
    public let by: PersonName?
    public let at: Instant
}

/// A candidate whose branch is being read, or whose build has not come.
public struct SoughtCandidate: Hashable, Sendable, Codable {
    public let tag: Version
    /// Nil: by the schedule.
    public let by: PersonName?
    public let since: Instant
    /// Nil: the branch is still to be read.
    public let found: FoundChanges?
}

public struct ArrivalState: Hashable, Sendable, Codable {
    public let artifact: Artifact
    public let at: Instant
    /// The last that took it; nil: none has.
    public internal(set) var release: ReleaseID?
    /// When a release with it, or with a later one, ended well.
    public internal(set) var settled: Instant?
}

public struct AlarmKey: Hashable, Sendable, Codable {
    public let kind: Alarm.Kind
    public let subject: String
}

struct NoticeKey: Hashable, Sendable, Codable {
    let kind: NoticeKind
    let subject: String
}

public struct FreezeState: Hashable, Sendable, Codable {
    /// Nil: every plan.
    public let plan: PlanName?
    public let by: PersonName
    public let reason: String
    public let since: Instant
    /// Nil: until somebody lifts it.
    public internal(set) var until: Instant?

    mutating func end(at instant: Instant) { until = min(until ?? instant, instant) }
}

public struct OncallOverride: Hashable, Sendable, Codable {
    public let person: PersonName
    public let from: Instant
    public let to: Instant
    public let by: PersonName
    public let reason: String
}
