import TimeAndChance

/// The final answer to an order, signed by the host's own key and kept for ever.
public struct Receipt: Hashable, Sendable, Codable {
    public enum Outcome: String, Hashable, Sendable, Codable, CaseIterable {
        case applied
        /// Failed, and the host runs what it ran before.
        case returned
        /// Failed, and the way back failed too, or there was none.
        case failed
        /// A crash left a step's outcome unknown and it may not be repeated; the way back failed or there was none.
        case unknown
    }

    /// What the host really runs.
    public struct Running: Hashable, Sendable, Codable {
        public let name: ArtifactName
        public let version: Version
        public let digest: Digest

        public init(name: ArtifactName, version: Version, digest: Digest) {
            self.name = name
            self.version = version
            self.digest = digest
        }

        /// Two versions may be made of the same bytes, and hooks tell them apart.
        public func isRelease(_ artifact: Artifact) -> Bool {
            version == artifact.version && digest == artifact.digest
        }
    }

    public struct StepOutcome: Hashable, Sendable, Codable {
        public let step: Step
        public let started: Instant
        public let finished: Instant
        /// The end of what a hook printed, at most 2 KiB.
        public let outputTail: String

        public init(step: Step, started: Instant, finished: Instant, outputTail: String) {
            self.step = step
            self.started = started
            self.finished = finished
            self.outputTail = outputTail
        }
    }

    public var cluster: ClusterName
    public var host: HostKey
    public var order: OrderID
    public var release: ReleaseID
    public var service: ServiceName
    public var epoch: UInt64
    public var generation: UInt64
    public var attempt: UInt32
    /// SHA-256 of the payload of the order's envelope.
    public var orderDigest: Digest
    public var outcome: Outcome
    /// The step that decided an outcome other than `applied`.
    public var failedStep: Step?
    /// Empty when applied.
    public var code: String
    public var sentence: String
    /// Nil: the host runs nothing of this service.
    public var running: Running?
    public var steps: [StepOutcome]
    public var links: [String]
    /// Of checks at level warn.
    public var warnings: [String]
    /// The name of the order's failure rule that matched; empty: none did.
    public var rule: String
    /// What the look-ups of that rule found on the host.
    public var findings: [Finding]
    public var accepted: Instant
    public var finished: Instant

    public init(
        cluster: ClusterName,
        host: HostKey,
        order: OrderID,
        release: ReleaseID,
        service: ServiceName,
        epoch: UInt64,
        generation: UInt64,
        attempt: UInt32,
        orderDigest: Digest,
        outcome: Outcome,
        failedStep: Step?,
        code: String,
        sentence: String,
        running: Running?,
        steps: [StepOutcome],
        links: [String],
        warnings: [String],
        rule: String = "",
        findings: [Finding] = [],
        accepted: Instant,
        finished: Instant
    ) {
        self.cluster = cluster
        self.host = host
        self.order = order
        self.release = release
        self.service = service
        self.epoch = epoch
        self.generation = generation
        self.attempt = attempt
        self.orderDigest = orderDigest
        self.outcome = outcome
        self.failedStep = failedStep
        self.code = code
        self.sentence = sentence
        self.running = running
        self.steps = steps
        self.links = links
        self.warnings = warnings
        self.rule = rule
        self.findings = findings
        self.accepted = accepted
        self.finished = finished
    }
}

extension Receipt {
    /// What was written before receipts had rules and findings reads as a receipt without.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            cluster: try fields.decode(ClusterName.self, forKey: .cluster),
            host: try fields.decode(HostKey.self, forKey: .host),
            order: try fields.decode(OrderID.self, forKey: .order),
            release: try fields.decode(ReleaseID.self, forKey: .release),
            service: try fields.decode(ServiceName.self, forKey: .service),
            epoch: try fields.decode(UInt64.self, forKey: .epoch),
            generation: try fields.decode(UInt64.self, forKey: .generation),
            attempt: try fields.decode(UInt32.self, forKey: .attempt),
            orderDigest: try fields.decode(Digest.self, forKey: .orderDigest),
            outcome: try fields.decode(Outcome.self, forKey: .outcome),
            failedStep: try fields.decodeIfPresent(Step.self, forKey: .failedStep),
            code: try fields.decode(String.self, forKey: .code),
            sentence: try fields.decode(String.self, forKey: .sentence),
            running: try fields.decodeIfPresent(Running.self, forKey: .running),
            steps: try fields.decode([StepOutcome].self, forKey: .steps),
            links: try fields.decode([String].self, forKey: .links),
            warnings: try fields.decode([String].self, forKey: .warnings),
            rule: try fields.decodeIfPresent(String.self, forKey: .rule) ?? "",
            findings: try fields.decodeIfPresent([Finding].self, forKey: .findings) ?? [],
            accepted: try fields.decode(Instant.self, forKey: .accepted),
            finished: try fields.decode(Instant.self, forKey: .finished)
        )
    }
}
