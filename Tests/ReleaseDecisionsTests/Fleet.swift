import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// A train of decisions with hosts that obey it in virtual time. Orders wait in `inbox` until a test lets hosts work.
struct Fleet {
    var train = Train(state: TrainState(cluster: Make.name("test")))
    var now = Instant(unix_ms: 1_000_000)
    /// Everything that became durable, with its time.
    var log: [(event: Event, at: Instant)] = []
    var inbox: [Delivered] = []
    var lastAnswer: Result<Accepted, Refusal>?
    /// What each host runs, as the hosts themselves know it.
    var running: [HostKey: [ServiceName: Artifact]] = [:]
    /// How often each host did the work of one order.
    var effects: [HostKey: [OrderID: Int]] = [:]
    var receipts: [HostKey: [OrderID: Receipt]] = [:]
    var connected: Set<HostKey> = []
    var acknowledged: [OrderID] = []

    struct Delivered: Hashable {
        let order: Order
        let host: HostKey
    }

    init() {
        give(.leaderStarted)
    }

    // MARK: - Inputs

    @discardableResult
    mutating func give(_ input: Input) -> Decision {
        let decision = train.handle(input, at: now)
        log += decision.events.map { ($0, now) }
        lastAnswer = decision.answer
        for effect in decision.effects {
            switch effect {
            case .deliver(let id, let release, let hosts):
                guard let order = train.order(id, of: release) else { continue }
                inbox += hosts.filter { connected.contains($0) }.map { Delivered(order: order, host: $0) }
            case .acknowledgeReceipt(let order, _): acknowledged.append(order)
            case .cutLink(let host, _): connected.remove(host)
            case .wake: break
            }
        }
        return decision
    }

    @discardableResult
    mutating func tell(_ command: Command, by actor: Actor = Make.ana) -> Result<Accepted, Refusal>? {
        give(.command(command, by: actor))
        return lastAnswer
    }

    mutating func pass(_ interval: Interval) {
        now = now + interval
        give(.tick)
    }

    mutating func enrol(_ region: String, hosts count: Int) {
        for index in 1...count {
            let digest = Make.digest("token \(region) \(index)")
            tell(.makeJoinToken(tokenDigest: digest, region: Make.name(region), lifetime: .hours(1)))
            give(
                .enrolment(
                    EnrolmentRequest(
                        tokenDigest: digest,
                        host: Make.name("host-\(index)"),
                        publicKey: "key \(region) \(index)"
                    )
                )
            )
            connect(Make.host(region, index))
        }
    }

    mutating func connect(_ host: HostKey) {
        connected.insert(host)
        give(.linkOpened(host, running: []))
        for receipt in (receipts[host] ?? [:]).values.sorted(by: { $0.order.text < $1.order.text }) {
            give(.receipt(receipt, envelope: ""))
        }
    }

    mutating func cut(_ host: HostKey) {
        connected.remove(host)
        inbox.removeAll { $0.host == host }
        give(.linkClosed(host))
    }

    @discardableResult
    mutating func start(_ plan: Plan, version: String, by actor: Actor = Make.ana) -> ReleaseID? {
        for service in plan.services { tell(.pushArtifact(Make.artifact(service.artifact, version))) }
        let versions = Dictionary(
            uniqueKeysWithValues: plan.services.map { ($0.name, Version(version) ?? Make.versionOne) }
        )
        let request = StartRelease(
            plan: plan,
            planDigest: Make.digest("plan \(plan.name)"),
            planSourceDigest: Make.digest("source"),
            versions: versions,
            description: "a change",
            releaseDigest: { _, artifacts in Make.digest("release of \(artifacts.values.map(\.description).sorted())") }
        )
        guard case .success(.started(let id)) = tell(.start(request), by: actor) else { return nil }
        return id
    }

    mutating func approve(_ id: ReleaseID, _ subject: String = "", by actor: Actor = Make.bo) -> Result<
        Accepted, Refusal
    >? {
        guard let digest = train.state.releases[id]?.releaseDigest else { return nil }
        return tell(.decide(id, .approved, subject: subject, releaseDigest: digest, reason: ""), by: actor)
    }

    // MARK: - Hosts at work

    /// Lets every order in the inbox be done once, and those that follow from it, until nothing moves.
    mutating func work(failing: (Order, HostKey) -> Bool = { _, _ in false }) {
        while !inbox.isEmpty { obey(inbox.removeFirst(), failing: failing) }
    }

    mutating func obey(_ delivered: Delivered, failing: (Order, HostKey) -> Bool = { _, _ in false }) {
        let (order, host) = (delivered.order, delivered.host)
        if let done = receipts[host]?[order.id] {
            give(.receipt(done, envelope: ""))
            return
        }
        effects[host, default: [:]][order.id, default: 0] += 1
        let fails = failing(order, host)
        let before = running[host]?[order.service]
        if !fails { running[host, default: [:]][order.service] = order.artifact }
        let after = running[host]?[order.service]
        let receipt = Make.receipt(
            order,
            host,
            outcome: fails ? (before == nil ? .failed : .returned) : .applied,
            running: after,
            now
        )
        receipts[host, default: [:]][order.id] = receipt
        give(.receipt(receipt, envelope: ""))
    }

    /// One sample of every service from every connected host.
    mutating func sample(unhealthy: (HostKey, Artifact) -> Bool = { _, _ in false }) {
        for host in running.keys.sorted() where connected.contains(host) {
            for (service, artifact) in (running[host] ?? [:]).sorted(by: { $0.key < $1.key }) {
                let target = train.state.targets[TargetKey(region: host.region, service: service)]
                let isBad = unhealthy(host, artifact)
                give(
                    .samples(
                        host,
                        HealthSamples(
                            service: service,
                            generation: target?.generation ?? 0,
                            digest: artifact.digest,
                            healthy: isBad ? 0 : 1,
                            unhealthy: isBad ? 1 : 0,
                            reason: isBad ? "status 500" : "",
                            from: now,
                            to: now
                        )
                    )
                )
            }
        }
    }

    /// Samples every second until `bake` is over.
    mutating func bake(_ bake: Interval, unhealthy: (HostKey, Artifact) -> Bool = { _, _ in false }) {
        for _ in 0...(bake.ms / 1_000) {
            sample(unhealthy: unhealthy)
            pass(.seconds(1))
        }
    }

    // MARK: - What came of it

    func phase(_ id: ReleaseID?) -> ReleaseState.Phase? { id.flatMap { train.state.releases[$0]?.phase } }

    func version(_ host: HostKey, _ service: String = "web") -> String? {
        running[host]?[Make.name(service)]?.version.text
    }

    func holds(_ id: ReleaseID?) -> [Hold] {
        guard let id, let release = train.state.releases[id] else { return [] }
        return train.holds(of: release, at: now)
    }

    /// A controller that starts from the log alone.
    func restarted() -> Fleet {
        var state = TrainState(cluster: Make.name("test"))
        for (event, at) in log { state.apply(event, at: at) }
        var fleet = self
        fleet.train = Train(state: state)
        fleet.connected = []
        fleet.inbox = []
        fleet.give(.leaderStarted)
        return fleet
    }
}
