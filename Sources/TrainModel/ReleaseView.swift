import TimeAndChance

/// A release as people and programs see it: the API's answer and what the command line prints.
public struct ReleaseView: Hashable, Sendable, Codable {
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case running, paused, returning, stopped, completed, rolledBack = "rolled_back", aborted, rejected, superseded,
            expired

        public var hasEnded: Bool {
            switch self {
            case .running, .paused, .returning, .stopped: false
            case .completed, .rolledBack, .aborted, .rejected, .superseded, .expired: true
            }
        }
    }

    public var id: ReleaseID
    public var plan: PlanName
    public var team: String
    public var description: String
    public var author: PersonName
    public var state: State
    /// Why it is stopped, returning or ended; empty otherwise.
    public var reason: String
    public var planDigest: Digest
    /// What human decisions are bound to.
    public var releaseDigest: Digest
    public var started: Instant
    public var ended: Instant?
    public var artifacts: [ServiceName: Artifact]
    public var waves: [WaveView]
    public var holds: [Hold]
    /// Those that hold something now, and those at which people have had a word.
    public var gates: [GateView] = []
    /// What it was let go without.
    public var waivers: [WaiverView] = []
    /// What the plan calls it by its measured quality; empty: the plan names no levels, or it reaches none.
    public var maturity = ""
    /// Over the evidence that the wave in hand is judged by; human decisions are bound to it too.
    public var evidenceDigest: Digest?
    public var failure: FailureView?
    /// The instant this picture was true.
    public var at: Instant

    public init(
        id: ReleaseID,
        plan: PlanName,
        team: String,
        description: String,
        author: PersonName,
        state: State,
        reason: String,
        planDigest: Digest,
        releaseDigest: Digest,
        started: Instant,
        ended: Instant?,
        artifacts: [ServiceName: Artifact],
        waves: [WaveView],
        holds: [Hold],
        failure: FailureView?,
        at: Instant
    ) {
        self.id = id
        self.plan = plan
        self.team = team
        self.description = description
        self.author = author
        self.state = state
        self.reason = reason
        self.planDigest = planDigest
        self.releaseDigest = releaseDigest
        self.started = started
        self.ended = ended
        self.artifacts = artifacts
        self.waves = waves
        self.holds = holds
        self.failure = failure
        self.at = at
    }
}

public struct WaveView: Hashable, Sendable, Codable {
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case queued, waiting, running, promoted, stopped
        /// The release's lane leaves its stage out.
        case skipped
    }

    public var stage: StageName
    public var wave: WaveName
    public var state: State
    public var regions: [RegionView]
    /// Of a wave that is under way or still to come; nil: no window holds it.
    public var window: WindowView?

    public init(stage: StageName, wave: WaveName, state: State, regions: [RegionView]) {
        self.stage = stage
        self.wave = wave
        self.state = state
        self.regions = regions
    }
}

/// When regions of a wave may start.
public struct WindowView: Hashable, Sendable, Codable {
    public var isOpen: Bool
    /// `closes Mon 23:59 UTC`, `opens Wed 00:00 UTC`.
    public var words: String
    /// When it opens or closes next; nil: never, within two years.
    public var changes: Instant?

    public init(isOpen: Bool, words: String, changes: Instant?) {
        self.isOpen = isOpen
        self.words = words
        self.changes = changes
    }
}

public struct RegionView: Hashable, Sendable, Codable {
    public enum State: String, Hashable, Sendable, Codable, CaseIterable {
        case queued, waiting, deploying, baking, healthy, unhealthy, returning, returned
    }

    public var region: RegionName
    public var state: State
    /// Why it is unhealthy; empty otherwise.
    public var failure: String
    public var bakeUntil: Instant?
    public var healthySamples: Int
    public var unhealthySamples: Int
    public var hosts: [HostView]
    /// What is deployed there, in the plan's order.
    public var services: [ServiceName] = []
    /// For how long a healthy region was watched; nil: it is none.
    public var baked: Interval?

    public init(
        region: RegionName,
        state: State,
        failure: String,
        bakeUntil: Instant?,
        healthySamples: Int,
        unhealthySamples: Int,
        hosts: [HostView]
    ) {
        self.region = region
        self.state = state
        self.failure = failure
        self.bakeUntil = bakeUntil
        self.healthySamples = healthySamples
        self.unhealthySamples = unhealthySamples
        self.hosts = hosts
    }
}

/// A host inside a release.
public struct HostView: Hashable, Sendable, Codable {
    public var host: HostName
    /// `pending`, `updating`, `updated`, `failed`, `returning`, `returned` or `stuck`.
    public var state: String
    public var connected: Bool
    /// Steps under way, by service.
    public var steps: [ServiceName: Step]
    /// What the hooks of those steps say of themselves, by service; most say nothing.
    public var says: [ServiceName: String] = [:]
    /// What runs, by service, from signed receipts.
    public var running: [ServiceName: Version]
    /// The last failure's sentence.
    public var sentence: String
    public var links: [String]
    public var warnings: [String]

    public init(
        host: HostName,
        state: String,
        connected: Bool,
        steps: [ServiceName: Step],
        running: [ServiceName: Version],
        sentence: String,
        links: [String],
        warnings: [String]
    ) {
        self.host = host
        self.state = state
        self.connected = connected
        self.steps = steps
        self.running = running
        self.sentence = sentence
        self.links = links
        self.warnings = warnings
    }
}

/// How long bad news took to be acted on.
public struct FailureView: Hashable, Sendable, Codable {
    public var region: RegionName
    public var reason: String
    /// When the first bad news of the region arrived.
    public var firstUnhealthy: Instant
    public var verdict: Instant
    /// When the last host ran what it ran before; nil: not yet, or nothing returns.
    public var returned: Instant?
    public var hostsReturned: Int
    /// Where it was seen; nil: nowhere in particular.
    public var host: HostName?
    public var service: ServiceName?
    /// The failure rule that matched; empty: none did.
    public var rule = ""
    /// What was looked up about it, on the host and from the controller.
    public var findings: [Finding] = []

    public init(
        region: RegionName,
        reason: String,
        firstUnhealthy: Instant,
        verdict: Instant,
        returned: Instant?,
        hostsReturned: Int
    ) {
        self.region = region
        self.reason = reason
        self.firstUnhealthy = firstUnhealthy
        self.verdict = verdict
        self.returned = returned
        self.hostsReturned = hostsReturned
    }
}

/// A host of the fleet.
public struct AgentView: Hashable, Sendable, Codable {
    public var region: RegionName
    public var host: HostName
    public var connected: Bool
    public var revoked: Bool
    public var enrolled: Instant
    public var lastSeen: Instant?
    public var running: [ServiceName: Version]
    /// Services whose latest sample was unhealthy, sorted.
    public var unhealthy: [ServiceName]
    public var ordersOutstanding: Int
    /// How far its clock is off; nil: not measured since it connected, or the agent is too old to say.
    public var clock: ClockReading?
    /// What the newest samples of its services say of each smoke test, sorted by service; nil: nothing yet.
    public var checks: [ServiceChecks]?

    /// The smoke tests of one service, as the host last summed them up.
    public struct ServiceChecks: Hashable, Sendable, Codable {
        public var service: ServiceName
        public var checks: [CheckSummary]

        public init(service: ServiceName, checks: [CheckSummary]) {
            self.service = service
            self.checks = checks
        }
    }
    /// Why it takes no orders, with what to do; nil: it takes them, or has no link.
    public var trouble: HostTrouble?

    public init(
        region: RegionName,
        host: HostName,
        connected: Bool,
        revoked: Bool,
        enrolled: Instant,
        lastSeen: Instant?,
        running: [ServiceName: Version],
        unhealthy: [ServiceName],
        ordersOutstanding: Int
    ) {
        self.region = region
        self.host = host
        self.connected = connected
        self.revoked = revoked
        self.enrolled = enrolled
        self.lastSeen = lastSeen
        self.running = running
        self.unhealthy = unhealthy
        self.ordersOutstanding = ordersOutstanding
    }
}
