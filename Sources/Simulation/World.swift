import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// The shipped decisions in virtual time, with simulated hosts, people and an outside that answer them.
///
/// Everything that a controller's shell does around `Train` is done here: what it decides is recorded, its effects are
/// performed, and its wishes to be woken are kept. Time passes only in `run`, from one thing that happens to the next,
/// so that a week costs what happens in it. The same plans, options and acts give the same world on every machine; the
/// never-events are watched after each step and reported in `violations`.
public struct World: Sendable {
    public struct Recorded: Sendable {
        public let event: Event
        public let at: Instant
    }

    /// An order as it left the controller.
    public struct SentOrder: Sendable {
        public let order: Order
        public let hosts: [HostKey]
        public let at: Instant
    }

    public let options: Options
    public internal(set) var train: Train
    public internal(set) var now: Instant
    /// By name, in the order in which they joined.
    public internal(set) var plans: OrderedDictionary<PlanName, Plan> = [:]
    /// In the order of their enrolment.
    public internal(set) var hosts: OrderedDictionary<HostKey, SimulatedHost> = [:]
    /// Everything that became durable, from the beginning of the world.
    public internal(set) var log: [Recorded] = []
    public internal(set) var sent: [SentOrder] = []
    /// What happened, in words; without what lies before `options.from`.
    public internal(set) var timeline: [TimelineEntry] = []
    /// Everything that was waited for, in the order in which the waits began.
    public internal(set) var waits: [Wait] = []
    /// How many releases have come to an end.
    public internal(set) var endings = 0

    var hostsByRegion: [RegionName: [HostKey]] = [:]
    var agenda = Agenda()
    var directory = Directory()
    var never = NeverEvents()
    var holding = HoldTracker()
    var asking = AskedTracker()
    var watches: OrderedDictionary<RegionName, HealthWatch> = [:]
    /// How often each injected failure has struck.
    var struck: [Int]
    /// Of everything in the timeline.
    var trace = TextHash()
    /// While what ran before is put in place.
    var isPast = false

    /// A world in which the hosts of these plans' regions are enrolled and connected, and run what `options.before` says.
    public init(_ plans: [Plan], _ options: Options) {
        self.options = options
        now = options.before == nil ? options.from : options.from - .days(1)
        struck = Array(repeating: 0, count: options.failures.count)
        let cluster = ClusterName(options.cluster) ?? Self.defaultCluster
        train = Train(state: TrainState(cluster: cluster), digest: Self.digest)
        give(.leaderStarted)
        for plan in plans { join(plan) }
        if let version = options.before { putInPlace(version, of: plans) }
        now = options.from
        planTroubles()
        settle()
    }

    private static var defaultCluster: ClusterName {
        guard let name = ClusterName("rehearsal") else { preconditionFailure("a plain word is a name") }
        return name
    }

    /// Stands for SHA-256: as good as any, where nobody attacks.
    private static let digest: @Sendable ([UInt8]) -> Digest = { bytes in
        .simulated(String(decoding: bytes, as: UTF8.self))
    }

    // MARK: - What one asks it

    public func release(_ id: ReleaseID) -> ReleaseView? { train.view(of: id, at: now) }

    /// Of every release that has not ended, in the order of their start.
    public var holds: [(release: ReleaseID, hold: Hold)] {
        train.state.releases.values.filter(\.isActive).flatMap { release in
            train.holds(of: release, at: now).map { (release.id, $0) }
        }
    }

    public func holds(of id: ReleaseID) -> [Hold] {
        train.state.releases[id].map { train.holds(of: $0, at: now) } ?? []
    }

    public func orders(to region: RegionName) -> [SentOrder] { sent.filter { $0.order.region == region } }

    /// What each host of a region runs of a service.
    public func versions(of service: ServiceName, in region: RegionName) -> [HostName: Version] {
        var versions: [HostName: Version] = [:]
        for host in hosts.values where host.key.region == region {
            versions[host.key.host] = host.running[service]?.artifact.version
        }
        return versions
    }

    /// Never-events that happened; empty, or the product is broken.
    public var violations: [String] { never.violations }

    /// Of everything that happened: equal worlds have equal hashes.
    public var traceHash: UInt64 { trace.value }

    // MARK: - What one does in it

    /// Somebody asks the controller for something, now.
    @discardableResult
    public mutating func act(_ command: Command, as actor: Actor) -> Result<Accepted, Refusal> {
        defer { settle() }
        return give(.command(command, by: actor)) ?? .success(.done)
    }

    /// By name, with the groups the world has the person in.
    @discardableResult
    public mutating func act(_ command: Command, as person: PersonName) -> Result<Accepted, Refusal> {
        act(command, as: directory.actor(person))
    }

    /// Plans that something happens at a later instant, such as an injected command.
    public mutating func plan(_ command: Command, at instant: Instant, as person: PersonName) {
        agenda.add(.command(command, by: directory.actor(person)), at: max(now, instant))
    }

    /// Cuts or restores a host's link, now.
    public mutating func setLink(of host: HostKey, up: Bool) {
        change(linkOf: host, isUp: up)
        settle()
    }

    /// The controller ends without warning and another process takes the lead from the log alone; the hosts come back to
    /// it one after the other.
    public mutating func restartController() {
        var state = TrainState(cluster: train.state.cluster)
        for recorded in log { state.apply(recorded.event, at: recorded.at) }
        train = Train(state: state, digest: Self.digest)
        holding.forgetRevisions()
        give(.leaderStarted)
        for host in hosts.values where host.isConnected { change(linkOf: host.key, isUp: true) }
        settle()
    }

    /// Lets time pass until `end`.
    public mutating func run(until end: Instant) {
        run(until: end, stoppingWhen: { _ in false })
    }

    public mutating func run(for interval: Interval) {
        run(until: now + interval)
    }

    /// Lets time pass until `end` or until the condition holds after an instant; returns whether it held.
    @discardableResult
    public mutating func run(until end: Instant, stoppingWhen condition: (World) -> Bool) -> Bool {
        while let next = agenda.nextInstant, next <= end {
            // What hosts would have told by then is told just before, so that decisions see fresh samples.
            if !tellHealth(before: next) {
                now = max(now, next)
                while let happening = agenda.next(by: now) { happen(happening) }
            }
            settle()
            if condition(self) { return true }
        }
        if tellHealth(before: end) { settle() }
        now = max(now, end)
        give(.tick)
        settle()
        return condition(self)
    }

    // MARK: - Steps

    @discardableResult
    mutating func give(_ input: Input) -> Result<Accepted, Refusal>? {
        let decision = train.handle(input, at: now)
        for event in decision.events { record(event) }
        for effect in decision.effects { perform(effect) }
        return decision.answer
    }

    mutating func happen(_ happening: Happening) {
        switch happening {
        case .wake: give(.tick)
        case .delivered(let order, let host): receive(order, at: host)
        case .worked(let host, let service): endWork(of: service, at: host)
        case .told(let region): tellOfIllness(in: region)
        case .spoke(let host): tell(from: host)
        case .link(let host, let isUp): change(linkOf: host, isUp: isUp)
        case .probed(let key, let kind): give(.probed(key, answer(to: key, kind)))
        case .asked(let asked): comeTo(asked)
        case .evidence(let expected): bring(expected)
        case .command(let command, let actor): give(.command(command, by: actor))
        case .heard(let input): give(input)
        }
    }

    private mutating func record(_ event: Event) {
        log.append(Recorded(event: event, at: now))
        never.watch(event, at: now, hosts: hosts)
        follow(event)
        guard !isPast else { return }
        holding.note(event)
        credit(event)
        expectEvidence(after: event)
        if let entry = TimelineEntry(event, at: now, in: train.state) { add(entry) }
    }

    mutating func add(_ entry: TimelineEntry) {
        timeline.append(entry)
        trace.add("\(entry.at.unix_ms) \(entry.subject) \(entry.kind) \(entry.sentence)")
    }
}
