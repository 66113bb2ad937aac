import OrderedCollections
import TimeAndChance
import TrainModel

/// Hosts that do at once whatever they are told.
struct MeasuredFleet {
    private var train: Train
    private var now = Instant(unix_ms: 1_000_000)
    private let plan: Plan
    private let hosts: [HostKey]
    private let operatorActor: Actor
    private var generation: UInt64 = 0
    private var release: ReleaseID?
    private var orders: [(order: Order, host: HostKey)] = []

    private static let bake = Bake(duration: .minutes(10), every: .minutes(5), unhealthy_max_bp: 100, samples_min: 2)
    private static let rollout = Rollout(batch: .percent(5), unavailable_max: .percent(10), timeout: .minutes(10))

    init?(regions: Int, hosts: Int, regionsAtOnce: Int?) {
        guard let cluster = ClusterName("bench"), let ana = PersonName("ana"), let name = PlanName("shop"),
            let service = ServiceName("web"), let artifact = ArtifactName("web"), let stage = StageName("production"),
            let wave = WaveName("all"), let nothing = Self.digest(0)
        else { return nil }
        let names = (0..<regions).compactMap { RegionName("region-\($0)") }
        plan = Plan(
            name: name,
            services: [ServicePlan(name: service, artifact: artifact)],
            stages: [Stage(name: stage, waves: [Self.wave(wave, names, service, atOnce: regionsAtOnce)])]
        )
        self.hosts = names.flatMap { region in
            (0..<hosts).compactMap { HostName("host-\($0)") }.map { HostKey(region: region, host: $0) }
        }
        operatorActor = Actor(name: ana, groups: [])
        train = Train(state: TrainState(cluster: cluster)) { bytes in Self.digest(UInt64(bytes.count)) ?? nothing }
        give(.leaderStarted)
        for (number, host) in self.hosts.enumerated() {
            guard let token = Self.digest(UInt64(number)) else { return nil }
            give(
                .command(
                    .makeJoinToken(tokenDigest: token, region: host.region, lifetime: .minutes(1)),
                    by: operatorActor
                )
            )
            give(.enrolment(EnrolmentRequest(tokenDigest: token, host: host.host, publicKey: "")))
            give(.linkOpened(host, running: []))
        }
    }

    private static func wave(
        _ name: WaveName,
        _ regions: [RegionName],
        _ service: ServiceName,
        atOnce: Int?
    ) -> Wave {
        var wave = Wave(name: name, regions: regions, services: [service], rollout: rollout, bake: bake)
        wave.regionsAtOnce = atOnce
        if atOnce != nil { wave.bake.duration = .zero }
        wave.onUnhealthy = .rollBack(.release)
        return wave
    }

    private static func digest(_ seed: UInt64) -> Digest? {
        var generator = SeededGenerator(seed: seed)
        return Digest(bytes: (0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    }

    @discardableResult
    private mutating func give(_ input: Input) -> Decision {
        let decision = train.handle(input, at: now)
        take(decision)
        return decision
    }

    private mutating func give(_ input: Input, _ clock_ns: () -> UInt64, _ sum: inout DecisionCost.Sum) {
        let from = clock_ns()
        let decision = train.handle(input, at: now)
        sum.add(clock_ns() - from)
        take(decision)
    }

    private mutating func take(_ decision: Decision) {
        for case .deliver(let id, let release, let hosts) in decision.effects {
            guard let order = train.order(id, of: release) else { continue }
            orders += hosts.map { (order, $0) }
        }
    }

    /// Until every host runs the version; false: it came to something else.
    mutating func deploy(_ text: String, _ clock_ns: () -> UInt64, _ sum: inout DecisionCost.Sum) -> Bool {
        guard let version = Version(text), let digest = Self.digest(UInt64.max - generation) else { return false }
        generation += 1
        for service in plan.services {
            let artifact = Artifact(name: service.artifact, version: version, digest: digest, length_bytes: 1)
            give(.command(.pushArtifact(artifact, ArtifactSource()), by: operatorActor))
        }
        let request = StartRelease(
            plan: plan,
            planDigest: digest,
            planSourceDigest: digest,
            versions: Dictionary(uniqueKeysWithValues: plan.services.map { ($0.name, version) }),
            description: ""
        )
        guard case .success(.started(let id)) = give(.command(.start(request), by: operatorActor)).answer else {
            return false
        }
        release = id
        work(clock_ns, &sum)
        return train.state.releases[id]?.regions.values.allSatisfy { $0.hostsLeft == 0 && !$0.isAtWork } == true
    }

    private mutating func work(_ clock_ns: () -> UInt64, _ sum: inout DecisionCost.Sum) {
        while !orders.isEmpty {
            let batch = orders
            orders = []
            for (order, host) in batch {
                give(.receipt(receipt(for: order, host), envelope: ""), clock_ns, &sum)
            }
        }
    }

    /// Two samples of every host, then more while one host of each region is missing, then those.
    mutating func bake(
        _ clock_ns: () -> UInt64,
        _ sum: inout DecisionCost.Sum,
        _ sumInDoubt: inout DecisionCost.Sum
    ) -> Bool {
        guard let release else { return false }
        for _ in 0..<2 { for host in hosts { sample(host, .healthy, clock_ns, &sum) } }
        now = now + Self.bake.duration + Self.bake.every * 4
        let silent = Set(
            plan.stages.flatMap { $0.waves.flatMap(\.regions) }.compactMap { region in
                hosts.last { $0.region == region }
            }
        )
        for host in hosts where !silent.contains(host) { sample(host, .healthy, clock_ns, &sumInDoubt) }
        for host in hosts where silent.contains(host) { sample(host, .healthy, clock_ns, &sumInDoubt) }
        return train.state.releases[release]?.phase == .ended(.completed)
    }

    private mutating func sample(
        _ host: HostKey,
        _ health: Health,
        _ clock_ns: () -> UInt64,
        _ sum: inout DecisionCost.Sum
    ) {
        for service in plan.services {
            guard let running = train.state.fleet.hosts[host]?.running[service.name] else { continue }
            let samples = HealthSamples(
                service: service.name,
                generation: generation,
                digest: running.digest,
                healthy: health == .healthy ? 1 : 0,
                unhealthy: health == .healthy ? 0 : 1,
                reason: "",
                from: now,
                to: now
            )
            give(.samples(host, samples), clock_ns, &sum)
        }
    }

    mutating func rollBack(_ clock_ns: () -> UInt64, _ sum: inout DecisionCost.Sum) -> Bool {
        guard let release else { return false }
        give(.command(.rollBack(release, reason: ""), by: operatorActor))
        work(clock_ns, &sum)
        return train.state.releases[release]?.phase == .ended(.rolledBack)
    }

    private func receipt(for order: Order, _ host: HostKey) -> Receipt {
        Receipt(
            cluster: order.cluster,
            host: host,
            order: order.id,
            release: order.release,
            service: order.service,
            epoch: order.epoch,
            generation: order.generation,
            attempt: order.attempt,
            orderDigest: order.planDigest,
            outcome: .applied,
            failedStep: nil,
            code: "",
            sentence: "",
            running: Receipt.Running(
                name: order.artifact.name,
                version: order.artifact.version,
                digest: order.artifact.digest
            ),
            steps: [],
            links: [],
            warnings: [],
            accepted: now,
            finished: now
        )
    }
}
