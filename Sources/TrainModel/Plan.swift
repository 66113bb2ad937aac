import TimeAndChance

/// The written process, compiled: immutable, complete (every default filled in), with no reference to where it stood.
///
/// Its digest (`PlanLanguage`) names it in releases, approvals and orders.
public struct Plan: Hashable, Sendable, Codable {
    public let name: PlanName
    /// The team that owns the change; empty: not said.
    public let team: String
    /// A pattern that every artifact version of a release must match in whole; empty: any.
    public let versionPattern: String
    /// In the order in which people read them; deployed at the same time.
    public let services: [ServicePlan]
    /// In order; a stage begins when the one before has ended well.
    public let stages: [Stage]

    public init(
        name: PlanName,
        team: String,
        versionPattern: String,
        services: [ServicePlan],
        stages: [Stage]
    ) {
        self.name = name
        self.team = team
        self.versionPattern = versionPattern
        self.services = services
        self.stages = stages
    }
}

/// A service and the artifact it is made of.
public struct ServicePlan: Hashable, Sendable, Codable {
    public let name: ServiceName
    public let artifact: ArtifactName

    public init(name: ServiceName, artifact: ArtifactName) {
        self.name = name
        self.artifact = artifact
    }
}

/// An environment's part of a plan.
public struct Stage: Hashable, Sendable, Codable {
    public let name: StageName
    /// At least one, in order.
    public let waves: [Wave]

    public init(name: StageName, waves: [Wave]) {
        self.name = name
        self.waves = waves
    }
}

/// An ordered group of regions inside a stage, with everything that holds for them.
public struct Wave: Hashable, Sendable, Codable {
    public let name: WaveName
    /// At least one, each once in a stage, in order.
    public let regions: [RegionName]
    /// True: a region starts when the one before has been healthy through its bake. False: all at the same time.
    public let oneByOne: Bool
    /// Must pass before the wave.
    public let gates: [Gate]
    /// Must pass before each region of the wave, for that region alone.
    public let regionGates: [Gate]
    public let rollout: Rollout
    public let checks: [Check]
    public let bake: Bake
    public let onUnhealthy: UnhealthyPolicy
    /// Given to hooks; sorted by key.
    public let variables: [Variable]

    public init(
        name: WaveName,
        regions: [RegionName],
        oneByOne: Bool,
        gates: [Gate],
        regionGates: [Gate],
        rollout: Rollout,
        checks: [Check],
        bake: Bake,
        onUnhealthy: UnhealthyPolicy,
        variables: [Variable]
    ) {
        self.name = name
        self.regions = regions
        self.oneByOne = oneByOne
        self.gates = gates
        self.regionGates = regionGates
        self.rollout = rollout
        self.checks = checks
        self.bake = bake
        self.onUnhealthy = onUnhealthy
        self.variables = variables
    }
}

public struct Variable: Hashable, Sendable, Codable {
    /// Letters, digits and `_`, beginning with a letter.
    public let key: String
    public let value: String

    public init(key: String, value: String) {
        self.key = key
        self.value = value
    }
}

/// A condition before a wave or region may start.
public enum Gate: Hashable, Sendable, Codable {
    case approval(ApprovalRule)
}

/// Who may let a wave or region go on.
public struct ApprovalRule: Hashable, Sendable, Codable {
    /// People of any of these groups may decide.
    public let groups: [GroupName]
    /// So many distinct people must approve; one rejection ends the release.
    public let quorum: Int
    /// The release's author does not count.
    public let notAuthor: Bool

    public init(groups: [GroupName], quorum: Int, notAuthor: Bool) {
        self.groups = groups
        self.quorum = quorum
        self.notAuthor = notAuthor
    }
}

/// How a region's hosts are taken through a change.
public struct Rollout: Hashable, Sendable, Codable {
    /// Hosts updated at once.
    public let batch: Share
    /// Hosts that may be out of service at once, for whatever cause.
    public let unavailable_max: Share
    /// From an agent's acceptance of an order to its receipt.
    public let timeout: Interval

    public init(batch: Share, unavailable_max: Share, timeout: Interval) {
        self.batch = batch
        self.unavailable_max = unavailable_max
        self.timeout = timeout
    }
}

/// How long health is watched before a region counts as healthy.
public struct Bake: Hashable, Sendable, Codable {
    /// Zero: the smoke tests decide alone.
    public let duration: Interval
    /// Pause between two samples of one service on one host.
    public let every: Interval
    /// A larger share of unhealthy samples than this, per service of a region, is unhealthy; in hundredths of a per cent.
    public let unhealthy_max_bp: Int
    /// Fewer samples than this from any host are no data, and no data is never healthy.
    public let samples_min: Int

    public init(duration: Interval, every: Interval, unhealthy_max_bp: Int, samples_min: Int) {
        self.duration = duration
        self.every = every
        self.unhealthy_max_bp = unhealthy_max_bp
        self.samples_min = samples_min
    }
}

/// What follows when a region is unhealthy.
public enum UnhealthyPolicy: String, Hashable, Sendable, Codable, CaseIterable {
    /// Nothing more starts; a person decides.
    case stop
    case rollBackRegion
    /// Every region of the wave that was touched.
    case rollBackWave
    /// Every region that the release has touched.
    case rollBackRelease
}
