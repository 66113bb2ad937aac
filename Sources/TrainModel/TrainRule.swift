import Calendars
import TimeAndChance

/// A schedule that creates releases. Plans that name the same train leave together; each must describe it the same.
public struct TrainRule: Hashable, Sendable, Codable {
    /// What a departing release takes.
    public enum Load: String, Hashable, Sendable, Codable, CaseIterable {
        /// The newest version of each artifact that the plan's rules accept.
        case newest
        /// The newest candidate.
        case newestCandidate
        /// The newest candidate of which every change and evidence is there.
        case newestVerified
    }

    public var name: TrainName
    /// Nil: only people start releases.
    public var departs: Schedule?
    public var load = Load.newest
    public var candidates: CandidateRule?
    public var arrivals: ArrivalRule?
    /// Without a release that ended well for so long an alarm is raised; nil: none.
    public var atLeastEvery: Interval?

    public init(name: TrainName) {
        self.name = name
    }
}

/// Named points at which everything merged is collected.
public struct CandidateRule: Hashable, Sendable, Codable {
    /// Nil: only by hand.
    public var cut: Schedule?
    public var zone: Zone
    /// A repository whose branch is read for the changes; the controller's own configuration says where it is.
    public var repository: String
    public var branch: String

    public init(cut: Schedule?, zone: Zone, repository: String, branch: String) {
        self.cut = cut
        self.zone = zone
        self.repository = repository
        self.branch = branch
    }
}

/// A registry whose new tags become artifacts and releases by themselves.
public struct ArrivalRule: Hashable, Sendable, Codable {
    /// Such as `https://registry.example.com`.
    public var registry: String
    public var repository: String
    public var artifact: ArtifactName
    /// Whole tags; others are left alone.
    public var tagPattern: String
    public var every: Interval
    /// From a tag's arrival to its release's healthy end; later is an alarm.
    public var deployedWithin: Interval

    public init(
        registry: String,
        repository: String,
        artifact: ArtifactName,
        tagPattern: String,
        every: Interval,
        deployedWithin: Interval
    ) {
        self.registry = registry
        self.repository = repository
        self.artifact = artifact
        self.tagPattern = tagPattern
        self.every = every
        self.deployedWithin = deployedWithin
    }
}

/// A shorter way for what cannot wait, and what is owed for it.
public struct LaneRule: Hashable, Sendable, Codable {
    public var name: LaneName
    /// Over the plan's own.
    public var artifacts: ArtifactRule
    public var by: [Actors]
    /// Stages that are left out.
    public var skips: [StageName]
    /// Windows, the plan's own freezes and debts do not hold in this lane. A freeze that a person has declared does.
    public var ignoresWindows: Bool
    /// Owed by every release of the lane until a person says that it is paid; empty: none.
    public var debt: String
    /// So many different people of `by` stand behind a release of the lane: whoever starts it, and others who approve it
    /// before its first wave; nil: whoever starts it is enough.
    public var quorum: Int?

    public init(
        name: LaneName,
        artifacts: ArtifactRule,
        by: [Actors],
        skips: [StageName],
        ignoresWindows: Bool,
        debt: String
    ) {
        self.name = name
        self.artifacts = artifacts
        self.by = by
        self.skips = skips
        self.ignoresWindows = ignoresWindows
        self.debt = debt
    }
}

/// Trying something out where it harms nobody.
public struct AdHocRule: Hashable, Sendable, Codable {
    public var stages: [StageName]
    public var by: [Actors]
    /// After so long at most the stage returns to what the plan last put there.
    public var lifetime_max: Interval

    public init(stages: [StageName], by: [Actors], lifetime_max: Interval) {
        self.stages = stages
        self.by = by
        self.lifetime_max = lifetime_max
    }
}

/// Who may open any gate in need, with a reason; it is paged and leaves a debt.
public struct BreakGlassRule: Hashable, Sendable, Codable {
    public var by: [Actors]
    public var page: [Actors]
    public var debt: String

    public init(by: [Actors], page: [Actors], debt: String) {
        self.by = by
        self.page = page
        self.debt = debt
    }
}

/// A quality label and what it takes.
public struct MaturityLevel: Hashable, Sendable, Codable {
    /// `alpha`, `beta`, `stable`.
    public var name: String
    public var predicate: PredicateName
    public var conditions: [Condition]

    public init(name: String, predicate: PredicateName, conditions: [Condition]) {
        self.name = name
        self.predicate = predicate
        self.conditions = conditions
    }
}

/// Who hears of what.
public struct NoticeRule: Hashable, Sendable, Codable {
    /// Names from the controller's own configuration, such as `chat:release-room`.
    public var channels: [String]
    public var on: [NoticeKind]

    public init(channels: [String], on: [NoticeKind]) {
        self.channels = channels
        self.on = on
    }
}

public enum NoticeKind: String, Hashable, Sendable, Codable, CaseIterable {
    case started, waiting, promoted, failed, returned, completed, page, alarm, debt
}
