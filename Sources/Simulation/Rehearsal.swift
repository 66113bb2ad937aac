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
        let end = options.world.from + options.length
        var (waiting, refusals) = Self.begin(plans, options, &world)
        while !waiting.isEmpty, world.now < end {
            let endings = world.endings
            guard world.run(until: end, stoppingWhen: { $0.endings > endings }) else { break }
            // What stood in the way may have ended.
            waiting = Self.start(waiting, options, &world)
        }
        world.run(until: end)
        refusals += waiting.map(\.sentence)
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

    /// A plan that could not be started, and why.
    private struct Waiting {
        let plan: Plan
        let sentence: String
    }

    /// Plans with a schedule wait for it, all others begin at once.
    private static func begin(
        _ plans: [Plan],
        _ options: Options,
        _ world: inout World
    ) -> (waiting: [Waiting], refusals: [String]) {
        var refusals: [String] = []
        var ready: [Waiting] = []
        for plan in plans {
            world.push(options.version(of: plan), of: plan)
            if plan.train != nil, case .failure(let refusal) = world.register(plan) {
                refusals.append("\(plan.name): \(refusal.sentence)")
            }
            let leavesByItself = plan.train?.departs != nil || plan.train?.arrivals != nil
            if options.startsNow || !leavesByItself { ready.append(Waiting(plan: plan, sentence: "")) }
        }
        return (start(ready, options, &world), refusals)
    }

    /// Returns those that still cannot be.
    private static func start(_ waiting: [Waiting], _ options: Options, _ world: inout World) -> [Waiting] {
        waiting.compactMap { waiting in
            let plan = waiting.plan
            let only = plan.services.map(\.name).filter(options.only.contains)
            let version = options.version(of: plan)
            let outcome = world.start(plan, version: version, description: options.description, only: only)
            guard case .failure(let refusal) = outcome else { return nil }
            return Waiting(plan: plan, sentence: "\(plan.name): \(refusal.sentence)")
        }
    }
}

extension Rehearsal.Options {
    fileprivate func version(of plan: Plan) -> Version { versions[plan.name] ?? version ?? plan.likelyVersion }
}
