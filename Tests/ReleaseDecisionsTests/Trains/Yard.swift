import Calendars
import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Trains of decisions in virtual time: hosts obey at once, and what the outside is asked is kept for the test to answer.
struct Yard {
    var train: Train
    var now: Instant
    /// Everything that became durable, with its time.
    var log: [(event: Event, at: Instant)] = []
    /// What the outside was asked, in order.
    var asked: [Effect] = []
    /// Whether hosts obey; else their orders are lost.
    var hostsObey = true
    /// What each channel answers; nil: delivered.
    var channelFailure: String?
    var channelsAnswer = true
    var delivered: [Notice] = []
    /// How often the decisions were woken because they had asked for it.
    var wakes = 0
    private var wake: Instant?
    private var running: [HostKey: [ServiceName: Artifact]] = [:]

    init(_ from: String = "2026-11-20 06:00") {
        now = Self.utc(from)
        train = Train(state: TrainState(cluster: Self.name("test")), digest: Self.digest)
        give(.leaderStarted)
    }

    // MARK: - Inputs

    @discardableResult
    mutating func give(_ input: Input) -> Decision {
        let decision = train.handle(input, at: now)
        log += decision.events.map { ($0, now) }
        wake = nil
        var answers: [Input] = []
        for effect in decision.effects {
            switch effect {
            case .deliver(let id, let release, let hosts):
                guard hostsObey, let order = train.order(id, of: release) else { continue }
                answers += hosts.map { .receipt(receipt(of: order, from: $0), envelope: "") }
            case .wake(let at): wake = at
            case .notify(let notice):
                asked.append(effect)
                guard channelsAnswer else { continue }
                if channelFailure == nil { delivered.append(notice) }
                answers.append(.noticeAnswered(notice.id, failure: channelFailure))
            case .lookForTags, .findChanges, .probe: asked.append(effect)
            case .acknowledgeReceipt, .cutLink: break
            }
        }
        for answer in answers { give(answer) }
        return decision
    }

    @discardableResult
    mutating func tell(_ command: Command, by person: String = "ana", _ groups: String...) -> Result<Accepted, Refusal>?
    {
        give(.command(command, by: Self.actor(person, groups))).answer
    }

    /// Lives through every instant that the decisions have asked to be woken at.
    mutating func run(until end: String) { run(until: Self.utc(end)) }

    mutating func run(_ interval: Interval) { run(until: now + interval) }

    mutating func run(until end: Instant) {
        while let next = wake, next <= end {
            now = max(now, next)
            wakes += 1
            give(.tick)
        }
        now = end
        give(.tick)
    }

    /// Time passes while no controller runs; then one starts from the log alone.
    mutating func restart(at instant: String? = nil) {
        var state = TrainState(cluster: Self.name("test"))
        for (event, at) in log { state.apply(event, at: at) }
        train = Train(state: state, digest: Self.digest)
        if let instant { now = Self.utc(instant) }
        give(.leaderStarted)
    }

    mutating func register(_ plan: Plan, by person: String = "ana") -> Result<Accepted, Refusal>? {
        let digest = Self.digest(Array("\(plan)".utf8))
        return tell(.registerPlan(RegisterPlan(plan: plan, planDigest: digest, planSourceDigest: digest)), by: person)
    }

    mutating func push(_ version: String, of artifact: String = "web", commit: String = "", branch: String = "main") {
        var source = ArtifactSource()
        source.commit = commit
        source.branch = branch
        tell(.pushArtifact(Self.artifact(artifact, version), source), by: "builder")
    }

    mutating func enrol(_ regions: String...) {
        for region in regions {
            let token = Self.digest(Array("token \(region)".utf8))
            tell(.makeJoinToken(tokenDigest: token, region: Self.name(region), lifetime: .hours(1)))
            give(.enrolment(EnrolmentRequest(tokenDigest: token, host: Self.name("h1"), publicKey: "key \(region)")))
            give(.linkOpened(HostKey(region: Self.name(region), host: Self.name("h1")), running: []))
        }
    }

    mutating func start(
        _ plan: Plan,
        _ version: String,
        by person: String = "ana",
        _ groups: [String] = [],
        change: (inout StartRelease) -> Void = { _ in }
    ) -> Result<Accepted, Refusal>? {
        let digest = Self.digest(Array("\(plan)".utf8))
        var request = StartRelease(
            plan: plan,
            planDigest: digest,
            planSourceDigest: digest,
            versions: Dictionary(uniqueKeysWithValues: plan.services.map { ($0.name, Self.version(version)) }),
            description: "a change"
        )
        change(&request)
        return give(.command(.start(request), by: Self.actor(person, groups))).answer
    }

    mutating func approve(_ id: ReleaseID, by person: String, _ groups: String...) -> Result<Accepted, Refusal>? {
        guard let release = train.state.releases[id] else { return nil }
        let word = Decide(id, .approved, subject: "", releaseDigest: release.releaseDigest, reason: "fine")
        return give(.command(.decide(word), by: Self.actor(person, groups))).answer
    }

    private mutating func receipt(of order: Order, from host: HostKey) -> Receipt {
        running[host, default: [:]][order.service] = order.artifact
        return Receipt(
            cluster: order.cluster,
            host: host,
            order: order.id,
            release: order.release,
            service: order.service,
            epoch: order.epoch,
            generation: order.generation,
            attempt: order.attempt,
            orderDigest: order.artifact.digest,
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

// MARK: - What came of it

extension Yard {
    func release(_ id: String) -> ReleaseState? { train.state.releases[Self.name(id)] }

    func outcome(_ id: String) -> ReleaseOutcome? {
        guard case .ended(let outcome) = release(id)?.phase else { return nil }
        return outcome
    }

    func version(_ region: String, _ service: String = "web") -> String? {
        running[HostKey(region: Self.name(region), host: Self.name("h1"))]?[Self.name(service)]?.version.text
    }

    /// `kind subject`
    var alarms: [String] { train.state.schedule.alarms.keys.map { "\($0.kind.rawValue) \($0.subject)" } }

    /// Instants at which something happened, in UTC, with what `describe` makes of it.
    func history(_ describe: (Event) -> String?) -> [String] {
        log.compactMap { entry in
            describe(entry.event).map { "\(Zone.utc.local(at: entry.at)) \($0)" }
        }
    }

    /// `2026-11-20T08:00 shop-1`, or why nothing left.
    var departures: [String] {
        history { event in
            guard case .trainDeparted(let departed) = event else { return nil }
            return departed.release?.text ?? departed.reason
        }
    }

    func askedForTags() -> Int { asked.count { if case .lookForTags = $0 { true } else { false } } }

    func askedForChanges() -> [String] {
        asked.compactMap { if case .findChanges(_, _, let since) = $0 { since } else { nil } }
    }

    /// What was delivered, `kind channel: first line`.
    var told: [String] {
        delivered.map { "\($0.kind.rawValue) \($0.channel): \($0.sentence.prefix { $0 != "\n" })" }
    }
}

extension Result where Success == Accepted, Failure == Refusal {
    var objection: String? { if case .failure(let refusal) = self { refusal.sentence } else { nil } }
    var started: ReleaseID? { if case .success(.started(let id)) = self { id } else { nil } }
}

// MARK: - Values

extension Yard {
    static let berlin = zone("Europe/Berlin CET-1CEST,M3.5.0,M10.5.0/3")
    static let kolkata = zone("Asia/Kolkata IST-5:30")

    private static func zone(_ text: String) -> Zone { Zone(text: text) ?? .utc }

    static func utc(_ text: String) -> Instant {
        guard let local = LocalTime(text) else { preconditionFailure("\(text) is no time") }
        return Zone.utc.instant(of: local)
    }

    static func name<Kind>(_ text: String) -> Name<Kind> {
        guard let name = Name<Kind>(text) else { preconditionFailure("\(text) is no name") }
        return name
    }

    static func version(_ text: String) -> Version {
        guard let version = Version(text) else { preconditionFailure("\(text) is no version") }
        return version
    }

    static func actor(_ name: String, _ groups: [String]) -> Actor {
        Actor(name: Self.name(name), groups: groups.map { Self.name($0) })
    }

    /// Other bytes give another digest; that is all a decision can tell of one.
    @Sendable static func digest(_ bytes: [UInt8]) -> Digest {
        var seed: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in bytes { seed = (seed ^ UInt64(byte)) &* 0x100_0000_01b3 }
        var generator = SeededGenerator(seed: seed)
        guard let digest = Digest(bytes: (0..<32).map { _ in UInt8(truncatingIfNeeded: generator.next()) }) else {
            preconditionFailure("32 bytes are a digest")
        }
        return digest
    }

    static func artifact(_ artifact: String, _ version: String) -> Artifact {
        Artifact(
            name: name(artifact),
            version: Self.version(version),
            digest: digest(Array("\(artifact) \(version)".utf8)),
            length_bytes: 10
        )
    }

    static func change(_ id: String, by author: String = "cy", ticket: String = "") -> Change {
        Change(id: id, author: author, title: "change \(id)", ticket: ticket)
    }

    static func schedule(_ days: String, _ time: String, _ zone: Zone = .utc) -> Schedule {
        guard let days = Weekdays(days), let time = TimeOfDay(time) else { preconditionFailure("no schedule") }
        return Schedule(days, at: time, zone: zone)
    }

    /// A plan with one region of the same name for each stage.
    static func plan(
        _ planName: String = "shop",
        services: [String] = ["web"],
        stages: [String] = ["production"],
        gates: [Gate] = [],
        train: TrainRule? = nil
    ) -> Plan {
        let names: [ServiceName] = services.map { name($0) }
        let rollout = Rollout(batch: .percent(100), unavailable_max: .percent(100), timeout: .minutes(1))
        let bake = Bake(duration: .zero, every: .seconds(10), unhealthy_max_bp: 100, samples_min: 1)
        var plan = Plan(
            name: name(planName),
            services: names.map { ServicePlan(name: $0, artifact: ArtifactName($0)) },
            stages: stages.map { stage in
                var wave = Wave(
                    name: name("all"),
                    regions: [name(stage)],
                    services: names,
                    rollout: rollout,
                    bake: bake
                )
                wave.gates = stage == stages.last ? gates : []
                return Stage(name: name(stage), waves: [wave])
            }
        )
        plan.train = train
        plan.notices = [NoticeRule(channels: ["chat:room"], on: NoticeKind.allCases)]
        return plan
    }

    static func trainRule(
        _ days: String,
        _ time: String,
        _ zone: Zone = .utc,
        load: TrainRule.Load = .newest
    ) -> TrainRule {
        var rule = TrainRule(name: name("weekly"))
        rule.departs = schedule(days, time, zone)
        rule.load = load
        return rule
    }

    static let approval = Gate.approval(ApprovalRule(by: [.group(name("leads"))]))
}
