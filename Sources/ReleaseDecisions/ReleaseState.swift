import OrderedCollections
import TimeAndChance
import TrainModel

/// One run of one plan.
public struct ReleaseState: Sendable, Codable {
    /// running → returning | stopped | ended; stopped → returning | ended; returning → stopped | ended;
    /// ended → returning | stopped, when what is still in place is rolled back or turns out to be unhealthy.
    public enum Phase: Hashable, Sendable, Codable {
        case running
        /// Regions are on their way back to what they ran before.
        case returning
        /// Nothing starts by itself any more; a person must roll back or abort.
        case stopped(reason: String)
        case ended(ReleaseOutcome)
    }

    public struct Pause: Hashable, Sendable, Codable {
        public let by: PersonName
        public let reason: String
        public let since: Instant
    }

    public struct GateDecision: Hashable, Sendable, Codable {
        public let by: PersonName
        public let decision: GateDecided.Decision
        public let releaseDigest: Digest
        public let evidenceDigest: Digest
        public let ticked: [String]
        public let took: Interval
        public let reason: String
        public let at: Instant
        /// Why it counts no more; nil: it counts.
        public internal(set) var voided: String?
    }

    private let facts: ReleaseFacts
    public internal(set) var artifacts: [ServiceName: Artifact]
    /// What human decisions are bound to.
    public internal(set) var releaseDigest: Digest
    public internal(set) var phase: Phase = .running
    public internal(set) var paused: Pause?
    public internal(set) var ended: Instant?
    public internal(set) var endReason = ""
    /// The wave in hand; beyond the last once the release is complete.
    public internal(set) var position = WavePosition(stage: 0, wave: 0)
    public internal(set) var waveStarted = false
    /// Since when the wave in hand could have started but for its gates.
    public internal(set) var waveReached: Instant
    public internal(set) var gateDecisions: OrderedDictionary<GateKey, [GateDecision]> = [:]
    /// What votes, tasks and checks have come to, and since when each gate has stood alone.
    public internal(set) var gates = GateState()
    /// Regions that the release has touched, in the order it touched them.
    public internal(set) var regions: OrderedDictionary<RegionName, RegionState> = [:]
    public internal(set) var regionsHealthyInWave = 0
    public internal(set) var orders: OrderedDictionary<OrderID, OrderState> = [:]
    public internal(set) var returnStarted: Instant?
    public internal(set) var returnCause = ""
    public internal(set) var returnEnded: Instant?
    /// Regions whose return has not ended.
    public internal(set) var regionsReturning = 0
    /// What the release was before the return in hand, or the last one.
    public internal(set) var phaseBeforeReturn: Phase?
    /// The rest of it stays.
    public internal(set) var returnsPart = false

    init(_ event: ReleaseStarted, at now: Instant) {
        facts = ReleaseFacts(event, at: now)
        artifacts = event.artifacts
        releaseDigest = event.releaseDigest
        waveReached = now
    }
}

extension ReleaseState {
    public var id: ReleaseID { facts.id }
    public var plan: Plan { facts.plan }
    public var planDigest: Digest { facts.planDigest }
    /// Those of the plan's services that it deploys, in the plan's order.
    public var services: [ServiceName] { facts.services }
    public var lane: LaneName? { facts.lane }
    /// After it the stage returns to what the plan last put there; nil: not ad hoc.
    public var adHocUntil: Instant? { facts.adHocUntil }
    public var candidate: Candidate? { facts.candidate }
    /// Over the plan's.
    public var tags: [Tag] { facts.tags }
    public var author: PersonName { facts.author }
    public var description: String { facts.description }
    public var started: Instant { facts.started }
}

/// What never changes about a release, held once: the state is read with every report, and a plan is large.
private final class ReleaseFacts: Sendable, Codable {
    let id: ReleaseID
    let plan: Plan
    let planDigest: Digest
    let services: [ServiceName]
    let lane: LaneName?
    let adHocUntil: Instant?
    let candidate: Candidate?
    let tags: [Tag]
    let author: PersonName
    let description: String
    let started: Instant

    init(_ event: ReleaseStarted, at now: Instant) {
        id = event.release
        plan = event.plan
        planDigest = event.planDigest
        services = event.services
        lane = event.lane
        adHocUntil = event.adHocUntil
        candidate = event.candidate
        tags = event.tags
        author = event.author
        description = event.description
        started = now
    }
}

/// Indices into the plan's stages and a stage's waves.
public struct WavePosition: Hashable, Sendable, Codable {
    public var stage: Int
    public var wave: Int
}

extension ReleaseState {
    public var isActive: Bool {
        if case .ended = phase { false } else { true }
    }

    /// May orders of this release leave the controller?
    var mayDeliver: Bool {
        switch phase {
        case .running, .stopped: paused == nil
        // A pause holds new things back, never the way back.
        case .returning: true
        case .ended: false
        }
    }

    /// The stage and wave in hand; nil once every wave is done.
    var current: (stage: Stage, wave: Wave)? {
        guard position.stage < plan.stages.count else { return nil }
        let stage = plan.stages[position.stage]
        return (stage, stage.waves[position.wave])
    }

    /// The first stage of its way that is not before this one; beyond the last where there is none.
    func nextStage(from index: Int) -> Int {
        plan.stages.indices.dropFirst(index).first { runs(plan.stages[$0].name) } ?? plan.stages.count
    }

    func wave(at position: WavePosition) -> (stage: Stage, wave: Wave) {
        let stage = plan.stages[position.stage]
        return (stage, stage.waves[position.wave])
    }

    /// Whether every service of the region has something to return to.
    func hasWayBack(_ region: RegionName) -> Bool {
        services(in: region).allSatisfy { regions[region]?.previous[$0] != nil }
    }

    /// Hosts that could not return.
    var stuckHosts: [HostKey] {
        regions.flatMap { region, progress in
            progress.hosts.filter { $0.value.phase == .stuck }.keys.map { HostKey(region: region, host: $0) }
        }
    }

    /// What the release deploys in a wave, in the plan's order.
    func services(of wave: Wave) -> [ServiceName] {
        services.filter(wave.services.contains)
    }

    /// What it deploys in a region that it has touched.
    func services(in region: RegionName) -> [ServiceName] {
        regions[region].map { services(of: wave(at: $0.position).wave) } ?? []
    }

    /// What it takes from the hosts of such a region: what it deploys and what it restarts.
    func taken(in region: RegionName) -> [ServiceName] {
        let restarted = regions[region]?.steps.filter { $0.action == .restart }.flatMap(\.services) ?? []
        return services(in: region) + restarted
    }

    /// The rules of a region that the release has touched.
    func wave(of region: RegionName) -> Wave? {
        regions[region].map { wave(at: $0.position).wave }
    }

    func timeout(in region: RegionName) -> Interval {
        wave(of: region)?.rollout.timeout ?? .zero
    }

    /// Orders that hosts have still to answer, oldest first.
    var unanswered: [OrderID] {
        orders.values.filter { $0.awaitedCount > 0 }.map(\.issued.order)
    }

    /// Every region the plan names.
    var allRegions: [RegionName] {
        plan.stages.flatMap { stage in stage.waves.flatMap(\.regions) }
    }
}

/// An order that was issued, as it was last renewed.
public struct OrderState: Hashable, Sendable, Codable {
    public var issued: OrderIssued
    /// Hosts that have not answered: those that have it among their `outstanding`.
    public var awaitedCount: Int
    /// Its release has ended since: it is never sent again, also when the release turns back later.
    public var isWithdrawn = false
}
