import TimeAndChance
import TrainModel

/// A host's failure was taken for one that passes: its order is given again at `at`.
public struct RetryPlanned: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var host: HostKey
    public var service: ServiceName
    /// The one that failed.
    public var order: OrderID
    /// Of the failure rule.
    public var rule: String
    /// The attempt that is to come.
    public var attempt: UInt32
    public var at: Instant
}

/// Look-ups of the controller that belong to a failure.
public struct FailureDiagnosed: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var host: HostKey
    public var findings: [Finding]
}

/// Hosts that waited for their orders of the step in hand and turned out to need none: others have brought them there
/// meanwhile.
public struct HostsPassed: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var region: RegionName
    public var hosts: [HostName]
}

/// What was returned stays as it is until a person releases it.
public struct RegionsPinned: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var targets: [TargetKey]
}

public struct RegionsUnpinned: Hashable, Sendable, Codable {
    public var targets: [TargetKey]
    public var by: PersonName
    public var reason: String
}

/// Services of one region that a person sends back by themselves, while the rest of the release stays.
public struct PartReturning: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var region: RegionName
    public var services: [ServiceName]
    /// Empty: all hosts of the region in the release.
    public var hosts: [HostName]
    public var generations: [ServiceName: UInt64]
    /// What they return to.
    public var goal: [ServiceName: Artifact]
    public var cause: String
    public var by: PersonName?
}

/// A comparison of a region under bake came to an end.
public struct ComparisonConcluded: Hashable, Sendable, Codable {
    public var release: ReleaseID
    public var region: RegionName
    /// Of the rule.
    public var name: String
    public var isWorse: Bool
    public var sentence: String
}
