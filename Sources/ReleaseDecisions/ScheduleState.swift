import OrderedCollections
import TimeAndChance
import TrainModel

/// What the trains run by: registered plans, who is on call, freezes, candidates, and what is owed or missing.
public struct ScheduleState: Sendable, Codable {
    static let candidates_max = 200

    public internal(set) var plans: OrderedDictionary<PlanName, RegisteredPlan> = [:]
    /// By plan, oldest first.
    public internal(set) var candidates: [PlanName: [CandidateState]] = [:]
    /// The newest tag seen of each plan that watches a registry, and since when it is on its way.
    public internal(set) var arrivals: [PlanName: OrderedDictionary<Version, ArrivalState>] = [:]
    public internal(set) var debts: OrderedDictionary<String, Debt> = [:]
    /// How many debts each release has had, for the next one's id.
    var debtCounts: [ReleaseID: Int] = [:]
    public internal(set) var alarms: OrderedDictionary<AlarmKey, Alarm> = [:]
    /// Not settled yet, oldest first.
    public internal(set) var notices: OrderedDictionary<UInt64, Notice> = [:]
    public internal(set) var noticeCount: UInt64 = 0
    public internal(set) var freezes: [FreezeState] = []
    public internal(set) var oncallOverrides: [RotationName: [OncallOverride]] = [:]

    public init() {}
}

public struct RegisteredPlan: Sendable, Codable {
    public let plan: Plan
    public let digest: Digest
    public let sourceDigest: Digest
    public let by: PersonName
    public let since: Instant
    /// The schedule's instant of the last departure, whether anything left or not; at first the registration.
    public internal(set) var lastDeparture: Instant
    /// When a release of it last ended well; at first the registration.
    public internal(set) var lastCompleted: Instant
    public internal(set) var lastCut: Instant
}

public struct CandidateState: Hashable, Sendable, Codable {
    public let candidate: Candidate
    /// Nil: by the schedule.
    public let by: PersonName?
    public let at: Instant
}

public struct ArrivalState: Hashable, Sendable, Codable {
    public let artifact: Artifact
    public let at: Instant
    /// Nil: no release has taken it yet.
    public var release: ReleaseID?
}

public struct AlarmKey: Hashable, Sendable, Codable {
    public let kind: Alarm.Kind
    public let subject: String
}

public struct FreezeState: Hashable, Sendable, Codable {
    /// Nil: every plan.
    public let plan: PlanName?
    public let by: PersonName
    public let reason: String
    public let since: Instant
    public let until: Instant?
}

public struct OncallOverride: Hashable, Sendable, Codable {
    public let person: PersonName
    public let from: Instant
    public let to: Instant
    public let by: PersonName
    public let reason: String
}
