import OrderedCollections
import TimeAndChance
import TrainModel

/// Everything durable that the controller decides upon: a fold over its events.
public struct TrainState: Sendable, Codable {
    /// Ended releases beyond this many, but for those that put in place what runs, are left to the event log.
    static let endedReleases_max = 50

    /// Raised with every change of what a state holds or of what events come to, so that a snapshot of an older format
    /// is refused and made anew from the events.
    static let format = 7

    private let format: Format
    public let cluster: ClusterName
    public internal(set) var epoch: UInt64 = 0
    /// Of the last order issued.
    public internal(set) var sequence: UInt64 = 0
    public internal(set) var artifacts: OrderedDictionary<ArtifactKey, ArtifactRecord> = [:]
    /// The bytes that are here, in the order of their coming.
    public internal(set) var bundles: OrderedSet<Digest> = []
    public internal(set) var fleet = FleetState()
    public internal(set) var evidence = EvidenceState()
    public internal(set) var schedule = ScheduleState()
    public internal(set) var deployments = DeploymentState()
    public internal(set) var targets: OrderedDictionary<TargetKey, Target> = [:]
    /// Generations that hosts took before this log was set back; newer ones begin above them.
    public internal(set) var generationsTaken: OrderedDictionary<TargetKey, UInt64> = [:]
    /// In the order of their start.
    public internal(set) var releases: OrderedDictionary<ReleaseID, ReleaseState> = [:]
    /// How many releases each plan has had, for the next one's name.
    public internal(set) var releaseCounts: [PlanName: Int] = [:]

    public init(cluster: ClusterName) {
        self.cluster = cluster
        format = Format()
    }

    /// Newer than anything that the region's hosts have taken of the service.
    func nextGeneration(_ target: TargetKey) -> UInt64 {
        max(targets[target]?.generation ?? 0, generationsTaken[target] ?? 0) + 1
    }

    /// Whether there is nothing to fetch, or what there is is here.
    public func isHere(_ artifact: Artifact) -> Bool {
        artifact.length_bytes == 0 || bundles.contains(artifact.digest)
    }

    func outstanding(_ order: OrderID, of host: HostKey) -> OutstandingOrder? {
        fleet.hosts[host]?.outstanding.first { $0.order == order }
    }

    /// Hosts that have not answered an order, in its order.
    public func awaited(_ order: OrderState) -> [HostKey] {
        let region = order.issued.region
        return order.issued.hosts.map { HostKey(region: region, host: $0) }.filter { host in
            fleet.hosts[host]?.outstanding.contains { $0.order == order.issued.order } == true
        }
    }
}

/// Reads back only as the format that this code writes.
private struct Format: Sendable, Codable {
    init() {}

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let format = try container.decode(Int.self)
        guard format == TrainState.format else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "the state has format \(format), not \(TrainState.format); replay the events"
            )
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(TrainState.format)
    }
}

public struct ArtifactKey: Hashable, Sendable, Codable {
    public let name: ArtifactName
    public let version: Version

    public init(name: ArtifactName, version: Version) {
        self.name = name
        self.version = version
    }
}

public struct TargetKey: Hashable, Comparable, Sendable, Codable {
    public let region: RegionName
    public let service: ServiceName

    public init(region: RegionName, service: ServiceName) {
        self.region = region
        self.service = service
    }

    public static func < (left: TargetKey, right: TargetKey) -> Bool {
        (left.region, left.service) < (right.region, right.service)
    }
}

extension Plan {
    /// Every region with what it gets of these services, and what they restart there, in the stages that a lane (nil:
    /// none) leaves in.
    func targets(of services: [ServiceName], lane: LaneRule? = nil) -> Set<TargetKey> {
        var targets: Set<TargetKey> = []
        for wave in stages.filter({ runs($0.name, lane: lane) }).flatMap(\.waves) {
            let here = services.filter(wave.services.contains)
            let restarted = self.services.filter { here.contains($0.name) }.flatMap(\.restarts)
            for service in here + restarted {
                for region in wave.regions { targets.insert(TargetKey(region: region, service: service)) }
            }
        }
        return targets
    }
}

/// What a region should run of a service.
public struct Target: Hashable, Sendable, Codable {
    /// Rises with every change of `desired`.
    public var generation: UInt64
    public var desired: Artifact?
    /// The last artifact that a verdict called healthy here; the next release's way back.
    public var blessed: Artifact?
    /// The release that set it.
    public var release: ReleaseID
}

/// An artifact that was pushed or seen, with where it comes from.
public struct ArtifactRecord: Hashable, Sendable, Codable {
    public let artifact: Artifact
    public let source: ArtifactSource
    public let by: PersonName
    public let at: Instant
}
