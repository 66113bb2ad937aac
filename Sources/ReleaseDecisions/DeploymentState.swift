import OrderedCollections
import TimeAndChance
import TrainModel

/// What has ended well where, what runs where, and what must stay as it is.
public struct DeploymentState: Sendable, Codable {
    static let completions_max = 200
    static let records_max = 20_000

    /// By plan and stage, oldest first.
    public internal(set) var completions: [StageKey: [Completion]] = [:]
    /// Oldest first; those that still run are never dropped.
    public internal(set) var records: [DeploymentRecord] = []
    /// Returned on purpose; no release may change them until a person releases them.
    public internal(set) var pins: OrderedDictionary<TargetKey, Pin> = [:]

    public init() {}
}

public struct StageKey: Hashable, Sendable, Codable {
    public let plan: PlanName
    public let stage: StageName
}

/// A release ended a stage well.
public struct Completion: Hashable, Sendable, Codable {
    public let release: ReleaseID
    public let artifacts: [ServiceName: Artifact]
    public let at: Instant
    public let isAdHoc: Bool
}

public struct Pin: Hashable, Sendable, Codable {
    public let release: ReleaseID
    public let since: Instant
}
