import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// A train of decisions with hosts that obey it in virtual time. Orders wait in `inbox` until a test lets hosts work.
struct Fleet {
    var train = Train(state: TrainState(cluster: Make.name("test")), digest: Make.digest)
    var now = Instant(unix_ms: 1_000_000)
    /// Everything that became durable, with its time.
    var log: [(event: Event, at: Instant)] = []
    var inbox: [Delivered] = []
    var lastAnswer: Result<Accepted, Refusal>?
    /// What each host runs, as the hosts themselves know it.
    var running: [HostKey: [ServiceName: Artifact]] = [:]
    /// How often each host did the work of one order.
    var effects: [HostKey: [OrderID: Int]] = [:]
    /// The newest that each host has seen of a service.
    var generations: [HostKey: [ServiceName: UInt64]] = [:]
    /// The highest that each host has obeyed.
    var epochs: [HostKey: UInt64] = [:]
    var receipts: [HostKey: [OrderID: Receipt]] = [:]
    var connected: Set<HostKey> = []
    /// What each host last said of the services it runs; absent: nothing since its agent started or went back.
    var said: [HostKey: [ServiceName: Health]] = [:]
    /// Services that hosts go on sampling.
    var watched: [HostKey: Set<ServiceName>] = [:]
    /// Hosts of which the controller knows that their clock is off.
    var clocksOff: Set<HostKey> = []
    /// The failure rule that hosts say matched.
    var rule = ""
    /// What hosts look up about a failure that a rule knows.
    var findings: [Finding] = []
    var acknowledged: [OrderID] = []
    /// Nobody has answered them.
    var questions: [(key: ProbeKey, kind: Probe.Kind)] = []
    /// The parts of answers that questions were about.
    private(set) var fieldsAsked: Set<String> = []
    var notices: [Notice] = []
    var never = NeverEvents()

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
        for event in decision.events { never.watch(event, at: now, hosts: self) }
        lastAnswer = decision.answer
        var cuts: [HostKey] = []
        for effect in decision.effects {
            switch effect {
            case .deliver(let id, let release, let hosts):
                never.watchDelivery(id, of: release, train)
                guard let order = train.order(id, of: release) else { continue }
                inbox += hosts.filter { connected.contains($0) }.map { Delivered(order: order, host: $0) }
            case .acknowledgeReceipt(let order, _): acknowledged.append(order)
            case .cutLink(let host, _): cuts.append(host)
            case .probe(let key, let kind, let field, _):
                questions.append((key, kind))
                fieldsAsked.insert(field)
            case .notify(let notice): notices.append(notice)
            case .wake, .lookForTags, .findChanges: break
            }
        }
        for host in cuts { cut(host) }
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
            join(Make.host(region, index), token: "token \(region) \(index)")
        }
    }

    /// A machine that runs nothing enrols and connects.
    mutating func join(_ host: HostKey, token: String) {
        let digest = Make.digest(token)
        tell(.makeJoinToken(tokenDigest: digest, region: host.region, lifetime: .hours(1)))
        give(.enrolment(EnrolmentRequest(tokenDigest: digest, host: host.host, publicKey: "key of \(token)")))
        running[host] = nil
        said[host] = nil
        watched[host] = nil
        receipts[host] = nil
        generations[host] = nil
        epochs[host] = nil
        connect(host)
    }

    mutating func connect(_ host: HostKey) {
        guard train.state.fleet.hosts[host]?.revoked == false else { return }
        connected.insert(host)
        let services = (running[host] ?? [:]).sorted { $0.key < $1.key }.map { service, artifact in
            RunningService(
                service: service,
                generation: 1,
                version: artifact.version,
                digest: artifact.digest,
                order: nil,
                health: said[host]?[service],
                newestGeneration: generations[host]?[service]
            )
        }
        give(.linkOpened(host, running: services, epochHighest: epochs[host] ?? 0))
        for receipt in (receipts[host] ?? [:]).values.sorted(by: { $0.order.text < $1.order.text }) {
            give(.receipt(receipt, envelope: ""))
        }
    }

    mutating func cut(_ host: HostKey) {
        lose(host)
        give(.linkClosed(host))
    }

    private mutating func lose(_ host: HostKey) {
        connected.remove(host)
        clocksOff.remove(host)
        inbox.removeAll { $0.host == host }
        never.lose(host)
    }

    /// Its agent has a link, and takes no orders until it connects again.
    mutating func meetTrouble(
        _ host: HostKey,
        _ trouble: HostTrouble = HostTrouble(code: "damaged-journal", sentence: "it is broken")
    ) {
        guard train.state.fleet.hosts[host]?.revoked == false else { return }
        lose(host)
        give(.linkOpened(host, running: [], trouble: trouble))
    }

    mutating func setClock(_ host: HostKey, isOff: Bool) {
        guard connected.contains(host) else { return }
        if isOff {
            clocksOff.insert(host)
            never.lose(host)
        } else {
            clocksOff.remove(host)
        }
        give(.clockRead(host, ClockReading(ahead: isOff ? .hours(-1) : .zero, error: .milliseconds(20))))
    }

    /// The agent starts anew: it serves as before, but has not sampled anything yet.
    mutating func restartAgent(_ host: HostKey) {
        cut(host)
        said[host] = nil
        connect(host)
    }

    @discardableResult
    mutating func start(
        _ plan: Plan,
        version: String,
        only: [ServiceName] = [],
        by actor: Actor = Make.ana,
        _ change: (inout StartRelease) -> Void = { _ in }
    ) -> ReleaseID? {
        for service in plan.services { tell(.pushArtifact(Make.artifact(service.artifact, version), ArtifactSource())) }
        let versions = Dictionary(
            uniqueKeysWithValues: plan.services.filter { only.isEmpty || only.contains($0.name) }
                .map { ($0.name, Version(version) ?? Make.versionOne) }
        )
        var request = StartRelease(
            plan: plan,
            planDigest: Make.digest("plan \(plan.name)"),
            planSourceDigest: Make.digest("source"),
            versions: versions,
            description: "a change"
        )
        request.only = only
        change(&request)
        guard case .success(.started(let id)) = tell(.start(request), by: actor) else { return nil }
        return id
    }

    mutating func approve(_ id: ReleaseID, _ subject: String = "", by actor: Actor = Make.bo) -> Result<
        Accepted, Refusal
    >? {
        guard let digest = train.state.releases[id]?.releaseDigest else { return nil }
        return tell(.decide(Decide(id, .approved, subject: subject, releaseDigest: digest, reason: "")), by: actor)
    }

    // MARK: - Hosts at work

    /// Lets every order in the inbox be done once, and those that follow from it, until nothing moves.
    mutating func work(failing: (Order, HostKey) -> Bool = { _, _ in false }) {
        while !inbox.isEmpty { obey(inbox.removeFirst(), failing: failing) }
    }

    mutating func obey(_ delivered: Delivered, failing: (Order, HostKey) -> Bool = { _, _ in false }) {
        let (order, host) = (delivered.order, delivered.host)
        guard !clocksOff.contains(host) else {
            give(.refusal(host, OrderRefusal(order: order.id, code: OrderRefusal.clockOff, sentence: "set it right")))
            return
        }
        if let done = receipts[host]?[order.id] {
            give(.receipt(done, envelope: ""))
            return
        }
        guard order.generation >= generations[host]?[order.service] ?? 0 else {
            let refusal = OrderRefusal(order: order.id, code: "generation-below", sentence: "a newer order was here")
            give(.refusal(host, refusal))
            return
        }
        guard order.epoch >= epochs[host] ?? 0 else {
            give(
                .refusal(host, OrderRefusal(order: order.id, code: "epoch-below", sentence: "a newer leader was here"))
            )
            return
        }
        epochs[host] = order.epoch
        generations[host, default: [:]][order.service] = order.generation
        effects[host, default: [:]][order.id, default: 0] += 1
        let fails = failing(order, host)
        let before = running[host]?[order.service]
        if !fails, order.action != .restart {
            running[host, default: [:]][order.service] = order.artifact
            watched[host, default: []].remove(order.service)
            if !order.checks.isEmpty { watched[host, default: []].insert(order.service) }
        }
        said[host, default: [:]][order.service] = fails ? nil : .healthy
        let after = running[host]?[order.service]
        var receipt = Make.receipt(
            order,
            host,
            outcome: fails ? (before == nil ? .failed : .returned) : .applied,
            running: after,
            now
        )
        if fails, order.failures.contains(where: { $0.name == rule }) {
            receipt.rule = rule
            receipt.findings = findings
        }
        receipts[host, default: [:]][order.id] = receipt
        give(.receipt(receipt, envelope: ""))
    }

    /// One sample of every service from every connected host.
    mutating func sample(unhealthy: (HostKey, Artifact) -> Bool = { _, _ in false }) {
        for host in running.keys.sorted() where connected.contains(host) {
            for (service, artifact) in (running[host] ?? [:]).sorted(by: { $0.key < $1.key }) {
                let target = train.state.targets[TargetKey(region: host.region, service: service)]
                let isBad = unhealthy(host, artifact)
                said[host, default: [:]][service] = isBad ? .unhealthy : .healthy
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

    /// A round in which no smoke test of the host sees anything.
    mutating func sampleBlindly(_ host: HostKey) {
        guard connected.contains(host) else { return }
        for (service, artifact) in (running[host] ?? [:]).sorted(by: { $0.key < $1.key }) {
            let target = train.state.targets[TargetKey(region: host.region, service: service)]
            said[host, default: [:]][service] = nil
            var samples = HealthSamples(
                service: service,
                generation: target?.generation ?? 0,
                digest: artifact.digest,
                healthy: 0,
                unhealthy: 0,
                reason: "errors: no metric",
                from: now,
                to: now
            )
            samples.blind = 1
            samples.checks = [CheckSummary(check: "errors")]
            samples.checks[0].looks = 1
            samples.checks[0].blind = 1
            samples.checks[0].firstFailure = "no metric"
            give(.samples(host, samples))
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
        fleet.train = Train(state: state, digest: Make.digest)
        for host in fleet.connected { fleet.lose(host) }
        fleet.give(.leaderStarted)
        return fleet
    }
}
