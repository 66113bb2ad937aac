import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Plans run for a while in virtual time by the decisions that ship: what would happen, when, and what would be waited
/// for.
public struct Rehearsal: Sendable, Codable {
    public struct Options: Sendable {
        public var world: World.Options
        public var length: Interval
        /// Of every plan's artifacts; nil: one that each plan's rules take.
        public var version: Version?
        public var versions: [PlanName: Version] = [:]
        public var description = "a rehearsal"
        /// Empty: all services.
        public var only: [ServiceName] = []
        /// Releases begin at once, also those of plans with a schedule.
        public var startsNow = false

        public init(from: Instant, length: Interval) {
            world = World.Options(from: from)
            self.length = length
        }
    }

    /// A release as it stands at the end.
    public struct Run: Sendable, Codable {
        public let release: ReleaseID
        public let plan: PlanName
        public let state: ReleaseView.State
        /// Why it is stopped, returning or ended.
        public let reason: String
        public let started: Instant
        public let ended: Instant?
        public let waves: [WaveRun]
        /// What it waits for at the end.
        public let holds: [Hold]
    }

    public let plans: [PlanName]
    public let from: Instant
    public let until: Instant
    public let seed: UInt64
    public let runs: [Run]
    public let timeline: [TimelineEntry]
    public let waits: [Wait]
    /// What could not be started, with the product's own sentence.
    public let refusals: [String]
    /// Never-events; anything here is a defect of the product.
    public let violations: [String]
    /// Equal rehearsals have equal hashes.
    public let trace: String

    public init(_ plans: [Plan], _ options: Options) {
        var world = World(plans, options.world)
        let refusals = Self.begin(plans, options, &world)
        world.run(until: options.world.from + options.length)
        self.init(world, plans.map(\.name), refusals)
    }

    /// What has happened in a world so far.
    public init(_ world: World, _ plans: [PlanName], _ refusals: [String] = []) {
        self.plans = plans
        from = world.options.from
        until = world.now
        seed = world.options.seed
        runs = world.train.state.releases.values.filter { $0.started >= world.options.from }.map { release in
            let view = world.release(release.id)
            return Run(
                release: release.id,
                plan: release.plan.name,
                state: view?.state ?? .running,
                reason: view?.reason ?? "",
                started: release.started,
                ended: release.ended,
                waves: WaveRun.all(of: release, in: world),
                holds: view?.holds ?? []
            )
        }
        timeline = world.timeline
        waits = world.waits
        self.refusals = refusals
        violations = world.violations
        trace = String(world.traceHash, radix: 16)
    }

    /// Plans with a schedule wait for it, all others begin at once.
    private static func begin(_ plans: [Plan], _ options: Options, _ world: inout World) -> [String] {
        var refusals: [String] = []
        for plan in plans {
            let version = options.versions[plan.name] ?? options.version ?? plan.likelyVersion
            world.push(version, of: plan)
            if plan.train != nil, case .failure(let refusal) = world.register(plan) {
                refusals.append("\(plan.name): \(refusal.sentence)")
            }
            let leavesByItself = plan.train?.departs != nil || plan.train?.arrivals != nil
            guard options.startsNow || !leavesByItself else { continue }
            let only = plan.services.map(\.name).filter(options.only.contains)
            let outcome = world.start(plan, version: version, description: options.description, only: only)
            if case .failure(let refusal) = outcome { refusals.append("\(plan.name): \(refusal.sentence)") }
        }
        return refusals
    }
}
