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

    /// Different texts give different digests; that is all a decision can tell of one.
    static func digest(_ text: String) -> Digest {
        var seed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in text.utf8 { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var generator = SeededGenerator(seed: seed)
        guard let digest = Digest(bytes: (0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) }) else {
            preconditionFailure("32 bytes are a digest")
        }
        return digest
    }

    static func host(_ region: String, _ index: Int) -> HostKey {
        HostKey(region: name(region), host: name("host-\(index)"))
    }

    static func artifact(_ name: ArtifactName, _ version: String) -> Artifact {
        Artifact(name: name, version: Self.version(version), digest: digest("\(name) \(version)"), length_bytes: 10)
    }

    static let approval = Gate.approval(ApprovalRule(groups: [name("on-call")], quorum: 1, notAuthor: true))

    static func wave(
        _ waveName: String,
        _ regions: [String],
        oneByOne: Bool = false,
        gates: [Gate] = [],
        regionGates: [Gate] = [],
        batch: Share = .percent(100),
        unavailable: Share = .percent(100),
        checks: [Check] = [],
        bake: Interval = .zero,
        onUnhealthy: UnhealthyPolicy = .rollBackWave
    ) -> Wave {
        Wave(
            name: name(waveName),
            regions: regions.map { name($0) },
            oneByOne: oneByOne,
            gates: gates,
            regionGates: regionGates,
            rollout: Rollout(batch: batch, unavailable_max: unavailable, timeout: .minutes(1)),
            checks: checks,
            bake: Bake(duration: bake, every: .seconds(1), unhealthy_max_bp: 100, samples_min: 2),
            onUnhealthy: onUnhealthy,
            variables: []
        )
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

    static func plan(named planName: String = "shop", services: [String] = ["web"], _ waves: [Wave]) -> Plan {
        Plan(
            name: name(planName),
            team: "shop",
            versionPattern: "",
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
