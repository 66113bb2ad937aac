import TimeAndChance
import TrainModel

/// The plan that schedules, arrivals and ad hoc releases use from now on.
public struct PlanRegistered: Hashable, Sendable, Codable {
    public var plan: Plan
    public var planDigest: Digest
    public var planSourceDigest: Digest
    public var by: PersonName
}

public struct PlanWithdrawn: Hashable, Sendable, Codable {
    public var plan: PlanName
    public var by: PersonName
}

/// A departure: what left, or why nothing did.
public struct TrainDeparted: Hashable, Sendable, Codable {
    public var train: TrainName
    public var plan: PlanName
    /// As the schedule says, not when the controller got to it.
    public var at: Instant
    /// Nil: nothing left.
    public var release: ReleaseID?
    /// Why nothing left; empty when something did.
    public var reason: String
    /// Nil: by the schedule.
    public var by: PersonName?
}

/// A candidate is to be cut: its branch is read until it is known what it holds.
public struct CandidateSought: Hashable, Sendable, Codable {
    public var plan: PlanName
    public var tag: Version
    /// As the schedule says, not when the controller got to it.
    public var at: Instant
    /// Nil: by the schedule.
    public var by: PersonName?
    /// What the branch held; nil: it is still to be read. With it, only the build is waited for.
    public var found: FoundChanges?
}

public struct CandidateCut: Hashable, Sendable, Codable {
    public var train: TrainName
    public var plan: PlanName
    public var candidate: Candidate
    /// The branch's newest when it was cut.
    public var commit: String
    /// Nil: by the schedule.
    public var by: PersonName?
}

/// There is nothing to cut, or a later candidate takes its place.
public struct CandidateDropped: Hashable, Sendable, Codable {
    public var plan: PlanName
    public var tag: Version
    public var reason: String
}

/// A plan began to watch its registry. What was there already is known from now on, and not deployed by itself.
public struct ArrivalsBegan: Hashable, Sendable, Codable {
    public var plan: PlanName
    /// Sorted.
    public var known: [Version]
}

/// A new tag was seen in the registry that the plan watches.
public struct TagArrived: Hashable, Sendable, Codable {
    public var plan: PlanName
    public var artifact: Artifact
    public var source: ArtifactSource
}

public struct AlarmRaised: Hashable, Sendable, Codable {
    public var alarm: Alarm
}

public struct AlarmCleared: Hashable, Sendable, Codable {
    public var kind: Alarm.Kind
    public var subject: String
    /// Nil: what was missing has come.
    public var by: PersonName?
}

public struct DebtOpened: Hashable, Sendable, Codable {
    public var debt: Debt
}

public struct DebtPaid: Hashable, Sendable, Codable {
    public var id: String
    public var by: PersonName
    public var note: String
}

public struct NoticeQueued: Hashable, Sendable, Codable {
    public var notice: Notice
}

/// An attempt to deliver it failed; another follows.
public struct NoticeFailed: Hashable, Sendable, Codable {
    public var id: UInt64
    public var failure: String
    /// So far, this one included.
    public var attempts: Int
}

/// Delivered, or given up after the last attempt.
public struct NoticeSettled: Hashable, Sendable, Codable {
    public var id: UInt64
    /// Empty: delivered.
    public var failure: String
    public var attempts: Int
}
