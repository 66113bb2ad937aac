import TimeAndChance

/// A host as the controller knows it: a name that is unique in its region.
public struct HostKey: Hashable, Comparable, Sendable, Codable {
    public let region: RegionName
    public let host: HostName

    public init(region: RegionName, host: HostName) {
        self.region = region
        self.host = host
    }

    public static func < (left: HostKey, right: HostKey) -> Bool {
        (left.region, left.host) < (right.region, right.host)
    }
}

extension HostKey: CustomStringConvertible {
    public var description: String { "\(region)/\(host)" }
}

/// Names one order for ever: `<release>/<region>/<service>/g<generation>/b<batch>/a<attempt>`.
public struct OrderID: Hashable, Sendable {
    public static let length_max = 300

    public let text: String

    public init?(_ text: some StringProtocol) {
        let bytes = text.utf8
        guard !bytes.isEmpty, bytes.count <= Self.length_max, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            return nil
        }
        self.text = String(text)
    }

    public init(
        release: ReleaseID,
        region: RegionName,
        service: ServiceName,
        generation: UInt64,
        batch: Int,
        attempt: UInt32
    ) {
        text = "\(release)/\(region)/\(service)/g\(generation)/b\(batch)/a\(attempt)"
    }
}

extension OrderID: CustomStringConvertible {
    public var description: String { text }
}

extension OrderID: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let id = OrderID(text) else {
            throw DecodingError.dataCorruptedError(
                in: container,
                debugDescription: "\"\(text.prefix(80))\" is no order id"
            )
        }
        self = id
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// The work of one region, service and batch of hosts; what the signed order says.
public struct Order: Hashable, Sendable, Codable {
    /// An order may wait and be delivered again for so long at most.
    public static let lifetime_max = Interval.minutes(15)

    public enum Action: String, Hashable, Sendable, Codable, CaseIterable {
        case deploy
        /// Returns to a version that this host has recorded as healthy.
        case rollBack
        /// Stops and starts what runs, so that it takes a new configuration.
        case restart
    }

    public var cluster: ClusterName
    public var id: OrderID
    public var release: ReleaseID
    public var planDigest: Digest
    /// Rises with every controller leader.
    public var epoch: UInt64
    /// Rises per region and service with every desired state.
    public var generation: UInt64
    /// Rises with every order the controller issues.
    public var sequence: UInt64
    public var stage: StageName
    public var wave: WaveName
    public var region: RegionName
    public var service: ServiceName
    /// The hosts of the batch, sorted.
    public var hosts: [HostName]
    public var action: Action
    public var artifact: Artifact
    /// Where a recipe finds the artifact; empty: a bundle, fetched by digest.
    public var reference: String
    /// Nil: the bundle's own hooks.
    public var recipe: RecipeName?
    public var variables: [Variable]
    public var checks: [Check]
    /// Which failures to take for what; the host verifies and diagnoses by them, and names the one that matched.
    public var failures: [FailureRule]
    /// Pause between two health samples once the order is applied.
    public var watchEvery: Interval
    /// From acceptance to receipt.
    public var timeout: Interval
    public var notBefore: Instant
    public var expires: Instant
    /// A host does the work of one (service, generation, attempt) at most once.
    public var attempt: UInt32

    public init(
        cluster: ClusterName,
        id: OrderID,
        release: ReleaseID,
        planDigest: Digest,
        epoch: UInt64,
        generation: UInt64,
        sequence: UInt64,
        stage: StageName,
        wave: WaveName,
        region: RegionName,
        service: ServiceName,
        hosts: [HostName],
        action: Action,
        artifact: Artifact,
        reference: String = "",
        recipe: RecipeName? = nil,
        variables: [Variable],
        checks: [Check],
        failures: [FailureRule] = [],
        watchEvery: Interval,
        timeout: Interval,
        notBefore: Instant,
        expires: Instant,
        attempt: UInt32
    ) {
        self.cluster = cluster
        self.id = id
        self.release = release
        self.planDigest = planDigest
        self.epoch = epoch
        self.generation = generation
        self.sequence = sequence
        self.stage = stage
        self.wave = wave
        self.region = region
        self.service = service
        self.hosts = hosts
        self.action = action
        self.artifact = artifact
        self.reference = reference
        self.recipe = recipe
        self.variables = variables
        self.checks = checks
        self.failures = failures
        self.watchEvery = watchEvery
        self.timeout = timeout
        self.notBefore = notBefore
        self.expires = expires
        self.attempt = attempt
    }
}

extension Order {
    /// What was written before orders had references, recipes and failure rules reads as an order without.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            cluster: try fields.decode(ClusterName.self, forKey: .cluster),
            id: try fields.decode(OrderID.self, forKey: .id),
            release: try fields.decode(ReleaseID.self, forKey: .release),
            planDigest: try fields.decode(Digest.self, forKey: .planDigest),
            epoch: try fields.decode(UInt64.self, forKey: .epoch),
            generation: try fields.decode(UInt64.self, forKey: .generation),
            sequence: try fields.decode(UInt64.self, forKey: .sequence),
            stage: try fields.decode(StageName.self, forKey: .stage),
            wave: try fields.decode(WaveName.self, forKey: .wave),
            region: try fields.decode(RegionName.self, forKey: .region),
            service: try fields.decode(ServiceName.self, forKey: .service),
            hosts: try fields.decode([HostName].self, forKey: .hosts),
            action: try fields.decode(Action.self, forKey: .action),
            artifact: try fields.decode(Artifact.self, forKey: .artifact),
            reference: try fields.decodeIfPresent(String.self, forKey: .reference) ?? "",
            recipe: try fields.decodeIfPresent(RecipeName.self, forKey: .recipe),
            variables: try fields.decode([Variable].self, forKey: .variables),
            checks: try fields.decode([Check].self, forKey: .checks),
            failures: try fields.decodeIfPresent([FailureRule].self, forKey: .failures) ?? [],
            watchEvery: try fields.decode(Interval.self, forKey: .watchEvery),
            timeout: try fields.decode(Interval.self, forKey: .timeout),
            notBefore: try fields.decode(Instant.self, forKey: .notBefore),
            expires: try fields.decode(Instant.self, forKey: .expires),
            attempt: try fields.decode(UInt32.self, forKey: .attempt)
        )
    }
}
