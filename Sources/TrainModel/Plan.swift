import Calendars
import TimeAndChance

/// The written process, compiled: complete (every default filled in), with no reference to where it stood.
///
/// Its digest (`PlanLanguage`) names it in releases, approvals and orders. It carries the rules of the time zones it
/// names, so that a decision is read the same on every machine.
public struct Plan: Hashable, Sendable, Codable {
    public var name: PlanName
    /// The team that owns the change; empty: not said.
    public var team: String = ""
    public var artifacts = ArtifactRule()
    /// A release without a description is refused.
    public var needsDescription = false
    /// In the order in which people read them.
    public var services: [ServicePlan]
    /// In order; a stage begins when the one before has ended well.
    public var stages: [Stage]
    public var rotations: [RotationName: Rotation<PersonName>] = [:]
    /// Planned times in which nothing starts.
    public var freezes: [Freeze] = []
    /// The first that matches a failure decides.
    public var failures: [FailureRule] = []
    public var notices: [NoticeRule] = []
    public var train: TrainRule?
    public var lanes: [LaneRule] = []
    public var adHoc: AdHocRule?
    public var breakGlass: BreakGlassRule?
    public var newerRelease = NewerReleaseRule.supersedesWaiting
    /// For releases of this plan, with `{…}` filled in at deployment; sorted by key.
    public var tags: [Tag] = []
    /// What a release is called by quality, best first; empty: not labelled.
    public var maturity: [MaturityLevel] = []
    /// What names must look like; the compiler has checked those that it knows.
    public var namingRules: [NamingRule] = []

    public init(name: PlanName, services: [ServicePlan], stages: [Stage]) {
        self.name = name
        self.services = services
        self.stages = stages
    }
}

/// A rule for names: every text of this key must match, once its placeholders are filled in.
public struct NamingRule: Hashable, Sendable, Codable {
    /// A key of variables and tags, or `service` for services' names.
    public var key: String
    /// For the whole text.
    public var pattern: String

    public init(key: String, pattern: String) {
        self.key = key
        self.pattern = pattern
    }
}

/// Which artifacts a release may take.
public struct ArtifactRule: Hashable, Sendable, Codable {
    /// A pattern that every version must match in whole; empty: any.
    public var versionPattern = ""
    /// Patterns of the branches an artifact may have been built on; empty: any, known or not.
    public var branchPatterns: [String] = []

    public init() {}
}

/// A service and the artifact it is made of.
public struct ServicePlan: Hashable, Sendable, Codable {
    public var name: ServiceName
    public var artifact: ArtifactName
    /// Services of the plan that must be in place in a region before this one.
    public var after: [ServiceName] = []
    /// Services, of this plan or another, that are restarted on each host once this one is in place.
    public var restarts: [ServiceName] = []
    /// A recipe that the host's own policy must allow; nil: the artifact is a bundle with hooks of its own.
    public var recipe: RecipeName?
    /// Over the wave's; sorted by key.
    public var variables: [Variable] = []
    /// Over the plan's and the wave's; sorted by key.
    public var tags: [Tag] = []

    public init(name: ServiceName, artifact: ArtifactName) {
        self.name = name
        self.artifact = artifact
    }
}

/// An environment's part of a plan.
public struct Stage: Hashable, Sendable, Codable {
    public var name: StageName
    /// At least one, in order.
    public var waves: [Wave]
    /// Longer than this from the stage's first region to its end is an alarm; nil: no such alarm.
    public var expectedWithin: Interval?

    public init(name: StageName, waves: [Wave]) {
        self.name = name
        self.waves = waves
    }
}

/// An ordered group of regions inside a stage, with everything that holds for them.
public struct Wave: Hashable, Sendable, Codable {
    public var name: WaveName
    /// At least one, each once in a plan, in order.
    public var regions: [RegionName]
    /// Those of the plan's services that this wave deploys, in the plan's order; never empty.
    public var services: [ServiceName]
    /// A region starts when fewer than so many of the wave are on their way; nil: all at the same time.
    public var regionsAtOnce: Int?
    /// Must pass before the wave.
    public var gates: [Gate] = []
    /// Must pass before each region of the wave, for that region alone.
    public var regionGates: [Gate] = []
    public var rollout: Rollout
    public var checks: [Check] = []
    public var bake: Bake
    public var onUnhealthy = UnhealthyPolicy.rollBack(.wave)
    /// Given to hooks; sorted by key.
    public var variables: [Variable] = []
    /// Over the plan's; sorted by key.
    public var tags: [Tag] = []

    public init(name: WaveName, regions: [RegionName], services: [ServiceName], rollout: Rollout, bake: Bake) {
        self.name = name
        self.regions = regions
        self.services = services
        self.rollout = rollout
        self.bake = bake
    }
}

public struct Variable: Hashable, Sendable, Codable {
    /// Letters, digits and `_`, beginning with a letter.
    public let key: String
    /// May hold `{name}` of what is known at deployment; see `docs/plan-language.md`.
    public let value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// A fact about a release, artifact or deployment that people ask for later.
public struct Tag: Hashable, Sendable, Codable {
    /// As a variable's key.
    public let key: String
    public let value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// How a region's hosts are taken through a change.
public struct Rollout: Hashable, Sendable, Codable {
    /// Hosts updated at once.
    public var batch: Share
    /// Hosts that may be out of service at once, for whatever cause.
    public var unavailable_max: Share
    /// The size of the first batch; nil: as the others.
    public var canary: Share?
    /// From an agent's acceptance of an order to its receipt.
    public var timeout: Interval

    public init(batch: Share, unavailable_max: Share, canary: Share? = nil, timeout: Interval) {
        self.batch = batch
        self.unavailable_max = unavailable_max
        self.canary = canary
        self.timeout = timeout
    }
}

/// What follows when a region is unhealthy.
public enum UnhealthyPolicy: Hashable, Sendable, Codable {
    /// Nothing more starts; a person decides.
    case stop
    case rollBack(RollBackScope)
}

/// How far a return to the version before reaches.
public enum RollBackScope: String, Hashable, Sendable, Codable, CaseIterable {
    /// The failed host alone; the release stops.
    case host
    case region
    /// Every region of the wave that was touched.
    case wave
    /// Every region that the release has touched.
    case release
}

/// What a newer release of the same plan means for an older one that has not ended.
public enum NewerReleaseRule: String, Hashable, Sendable, Codable, CaseIterable {
    /// One that waits before a stage, with everything before it healthy, ends as superseded; one that is in the middle of a
    /// stage is let end, and the newer one is refused.
    case supersedesWaiting
    /// The newer one is refused.
    case isRefused
}
