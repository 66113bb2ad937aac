import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Values for tests, with as few words as possible.
enum Make {
    static let versionOne = version("1")
    static let ana = Actor(name: name("ana"), groups: [])
    static let bo = Actor(name: name("bo"), groups: [name("on-call")])
    static let cy = Actor(name: name("cy"), groups: [name("on-call")])

    static func name<Kind>(_ text: String) -> Name<Kind> {
        guard let name = Name<Kind>(text) else { preconditionFailure("\(text) is no name") }
        return name
    }

    static func version(_ text: String) -> Version {
        guard let version = Version(text) else { preconditionFailure("\(text) is no version") }
        return version
    }

    static func digest(_ text: String) -> Digest { digest(Array(text.utf8)) }

    /// Different bytes give different digests; that is all a decision can tell of one.
    @Sendable static func digest(_ bytes: [UInt8]) -> Digest {
        var seed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var generator = SeededGenerator(seed: seed)
        guard let digest = Digest(bytes: (0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) }) else {
            preconditionFailure("32 bytes are a digest")
        }
        return digest
    }

    static func host(_ region: String, _ index: Int) -> HostKey {
        HostKey(region: name(region), host: name("host-\(index)"))
    }

    /// What stands behind a + in its version changes none of its bytes.
    static func artifact(_ name: ArtifactName, _ version: String) -> Artifact {
        Artifact(
            name: name,
            version: Self.version(version),
            digest: digest("\(name) \(version.prefix { $0 != "+" })"),
            length_bytes: 10
        )
    }

    static let approval = Gate.approval(ApprovalRule(by: [.group(name("on-call"))], quorum: 1, notAuthor: true))

    static func wave(
        _ waveName: String,
        _ regions: [String],
        services: [String] = ["web"],
        oneByOne: Bool = false,
        gates: [Gate] = [],
        regionGates: [Gate] = [],
        batch: Share = .percent(100),
        unavailable: Share = .percent(100),
        checks: [Check] = [],
        bake: Interval = .zero,
        onUnhealthy: UnhealthyPolicy = .rollBack(.wave)
    ) -> Wave {
        var wave = Wave(
            name: name(waveName),
            regions: regions.map { name($0) },
            services: services.map { name($0) },
            rollout: Rollout(batch: batch, unavailable_max: unavailable, timeout: .minutes(1)),
            bake: Bake(duration: bake, every: .seconds(1), unhealthy_max_bp: 100, samples_min: 2)
        )
        wave.regionsAtOnce = oneByOne ? 1 : nil
        wave.gates = gates
        wave.regionGates = regionGates
        wave.checks = checks
        wave.onUnhealthy = onUnhealthy
        return wave
    }

    /// With one, hosts go on sampling what they run.
    static let check = Check(
        name: "up",
        level: .fail,
        kind: .tcp(address: "127.0.0.1:80"),
        within: .seconds(1),
        every: .seconds(1),
        limit: .seconds(10)
    )

    static func plan(named planName: String = "shop", services: [String] = ["web"], _ waves: Wave...) -> Plan {
        plan(named: planName, services: services, waves)
    }

    /// Every wave deploys all services.
    static func plan(named planName: String = "shop", services: [String] = ["web"], _ waves: [Wave]) -> Plan {
        let waves = waves.map { wave in
            var wave = wave
            wave.services = services.map { name($0) }
            return wave
        }
        return Plan(
            name: name(planName),
            services: services.map { ServicePlan(name: name($0), artifact: name($0)) },
            stages: [Stage(name: name("production"), waves: waves)]
        )
    }

    static func receipt(
        _ order: Order,
        _ host: HostKey,
        outcome: Receipt.Outcome,
        running: Artifact?,
        _ now: Instant
    ) -> Receipt {
        Receipt(
            cluster: order.cluster,
            host: host,
            order: order.id,
            release: order.release,
            service: order.service,
            epoch: order.epoch,
            generation: order.generation,
            attempt: order.attempt,
            orderDigest: digest(order.id.text),
            outcome: outcome,
            failedStep: outcome == .applied ? nil : .start,
            code: outcome == .applied ? "" : "hook_failed",
            sentence: outcome == .applied ? "" : "the start hook ended with 1",
            running: running.map { Receipt.Running(name: $0.name, version: $0.version, digest: $0.digest) },
            steps: [],
            links: [],
            warnings: [],
            accepted: now,
            finished: now
        )
    }
}
