import TimeAndChance

/// What an agent does for an order, in this order; the raw values are what people read.
public enum Step: String, Hashable, Sendable, Codable, CaseIterable {
    case accept, fetch, unpack, drain, stop, `switch`, install, start, verify, smoke
    /// The way back to what ran before.
    case `return`
}

/// What an agent says while it works on an order. Never durable: it informs people, the receipt decides.
public struct OrderProgress: Hashable, Sendable, Codable {
    public let order: OrderID
    public let step: Step
    /// Bytes of the bundle present, while fetching.
    public let fetched_bytes: UInt64
    /// Links that hooks printed. At most 8.
    public let links: [String]
    public let at: Instant
    /// What the step says of itself now, in its hook's words or why nothing is fetched; empty: nothing. One line of at most `text_bytes_max` bytes.
    public let text: String

    public static let text_bytes_max = 256

    public init(
        order: OrderID,
        step: Step,
        fetched_bytes: UInt64,
        links: [String],
        at: Instant,
        text: String = ""
    ) {
        self.order = order
        self.step = step
        self.fetched_bytes = fetched_bytes
        self.links = links
        self.at = at
        self.text = text
    }
}

/// Counts of probes since the last such message; not single probes.
public struct HealthSamples: Hashable, Sendable, Codable {
    public let service: ServiceName
    /// Of the desired state that was watched, so that samples of an older version never count for a newer.
    public let generation: UInt64
    public let digest: Digest
    public let healthy: Int
    public let unhealthy: Int
    /// The latest failure's sentence; empty while healthy. At most 512 bytes.
    public let reason: String
    public let from: Instant
    public let to: Instant
    /// Rounds in which nothing failed and something could not be seen: no data, neither healthy nor unhealthy.
    public var blind = 0
    /// In the plan's order; empty: the agent is too old to say.
    public var checks: [CheckSummary] = []

    public init(
        service: ServiceName,
        generation: UInt64,
        digest: Digest,
        healthy: Int,
        unhealthy: Int,
        reason: String,
        from: Instant,
        to: Instant
    ) {
        self.service = service
        self.generation = generation
        self.digest = digest
        self.healthy = healthy
        self.unhealthy = unhealthy
        self.reason = reason
        self.from = from
        self.to = to
    }
}

/// What the looks of one check came to since the last such message.
public struct CheckSummary: Hashable, Sendable, Codable {
    public let check: String
    public var looks = 0
    public var failed = 0
    /// Looks that could see nothing.
    public var blind = 0
    /// The longest look.
    public var slowest = Interval.zero
    /// The sentence of the first look that failed, or else saw nothing. At most 512 bytes.
    public var firstFailure = ""

    public init(check: String) {
        self.check = check
    }
}

/// An order that an agent would not take, and why. The agent changed nothing.
public struct OrderRefusal: Hashable, Sendable, Codable {
    /// The code of a host that takes no orders because its clock is off.
    public static let clockOff = "clock-off"
    public static let inTrouble = "agent-in-trouble"

    public let order: OrderID
    public let code: String
    public let sentence: String

    public init(order: OrderID, code: String, sentence: String) {
        self.order = order
        self.code = code
        self.sentence = sentence
    }
}

/// A service as a host runs it.
public struct RunningService: Hashable, Sendable, Codable {
    public let service: ServiceName
    public let generation: UInt64
    public let version: Version
    public let digest: Digest
    /// An order in hand.
    public let order: OrderID?
    /// What the latest probe of this deployment said; nil: not known, because none has been made since the agent
    /// started, the service has no checks, or the agent is too old to say.
    public let health: Health?
    /// Of the newest order taken, which may have come to nothing; nil: the agent is too old to say.
    public let newestGeneration: UInt64?

    public init(
        service: ServiceName,
        generation: UInt64,
        version: Version,
        digest: Digest,
        order: OrderID?,
        health: Health? = nil,
        newestGeneration: UInt64? = nil
    ) {
        self.service = service
        self.generation = generation
        self.version = version
        self.digest = digest
        self.order = order
        self.health = health
        self.newestGeneration = newestGeneration
    }

    /// The same, as far as the newest generation is proven.
    public func claiming(atMost generation: UInt64) -> RunningService {
        RunningService(
            service: service,
            generation: self.generation,
            version: version,
            digest: digest,
            order: order,
            health: health,
            newestGeneration: newestGeneration.map { min($0, generation) }
        )
    }
}

/// What a host says of itself when it connects.
public struct Greeting: Hashable, Sendable {
    public let running: [RunningService]
    /// The highest epoch that it has obeyed; 0: none.
    public let epochHighest: UInt64
    /// Why it takes no orders; nil: it takes them. Then it may not know what it runs.
    public let trouble: HostTrouble?

    public init(running: [RunningService], epochHighest: UInt64, trouble: HostTrouble? = nil) {
        self.running = running
        self.epochHighest = epochHighest
        self.trouble = trouble
    }
}

/// A host's verdict on a service that it watches.
public enum Health: String, Hashable, Sendable, Codable {
    case healthy, unhealthy
}
