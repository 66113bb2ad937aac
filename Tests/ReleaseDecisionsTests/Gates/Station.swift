import OrderedCollections
import TimeAndChance
import TrainModel

@testable import ReleaseDecisions

/// The decisions in virtual time, with one host in each region that does what it is told, and an outside that answers
/// as tests say.
struct Station {
    var train = Train(state: TrainState(cluster: Given.name("test")), digest: Given.digest)
    private(set) var now = Given.time("2026-11-16T09:00")
    /// Everything that became durable, with its time.
    private(set) var log: [(event: Event, at: Instant)] = []
    /// Orders that have left and nobody has obeyed.
    private(set) var inbox: [(order: Order, host: HostKey)] = []
    /// Orders that were sent, with the time.
    private(set) var sent: [(order: Order, at: Instant)] = []
    /// Questions that nobody has answered.
    private(set) var questions: [(key: ProbeKey, url: String)] = []
    private var nextWake: Instant?

    init(_ regions: String..., hosts: Int = 1) {
        give(.leaderStarted)
        for region in regions { enrol(region, hosts: hosts) }
    }

    // MARK: - Inputs

    @discardableResult
    mutating func give(_ input: Input) -> Result<Accepted, Refusal>? {
        let decision = train.handle(input, at: now)
        log += decision.events.map { ($0, now) }
        for effect in decision.effects {
            switch effect {
            case .deliver(let id, let release, let hosts):
                guard let order = train.order(id, of: release) else { continue }
                sent.append((order, now))
                inbox += hosts.map { (order, $0) }
            case .probe(let key, .http(let url), _, _): ask(key, url)
            case .wake(let at): nextWake = at
            default: break
            }
        }
        return decision.answer
    }

    @discardableResult
    mutating func tell(_ command: Command, by actor: Actor = Given.ana) -> Result<Accepted, Refusal>? {
        give(.command(command, by: actor))
    }

    /// Wakes at every instant that the decisions have asked for.
    mutating func go(to instant: Instant) {
        while let wake = nextWake, wake <= instant {
            nextWake = nil
            now = max(now, wake)
            give(.tick)
        }
        now = instant
        give(.tick)
    }

    mutating func go(to time: String) { go(to: Given.time(time)) }

    mutating func pass(_ interval: Interval) { go(to: now + interval) }

    private mutating func enrol(_ region: String, hosts: Int) {
        for number in 1...hosts {
            let host = HostKey(region: Given.name(region), host: Given.name("host-\(number)"))
            let token = Given.digest("token \(host)")
            tell(.makeJoinToken(tokenDigest: token, region: host.region, lifetime: .hours(1)))
            give(.enrolment(EnrolmentRequest(tokenDigest: token, host: host.host, publicKey: "key \(host)")))
            give(.linkOpened(host, running: []))
        }
    }

    /// Every order that has left is done, and so are those that follow.
    mutating func work() {
        while !inbox.isEmpty {
            let (order, host) = inbox.removeFirst()
            give(.receipt(receipt(order, host), envelope: ""))
        }
    }

    private func receipt(_ order: Order, _ host: HostKey) -> Receipt {
        let artifact = order.artifact
        return Receipt(
            cluster: order.cluster,
            host: host,
            order: order.id,
            release: order.release,
            service: order.service,
            epoch: order.epoch,
            generation: order.generation,
            attempt: order.attempt,
            orderDigest: Given.digest(order.id.text),
            outcome: .applied,
            failedStep: nil,
            code: "",
            sentence: "",
            running: Receipt.Running(name: artifact.name, version: artifact.version, digest: artifact.digest),
            steps: [],
            links: [],
            warnings: [],
            accepted: now,
            finished: now
        )
    }

    /// Answers every open question by its address; what has no answer here gives none.
    mutating func answer(_ values: [String: String]) {
        let open = questions
        questions = []
        for (key, url) in open {
            guard let value = values[url] else { continue }
            give(.probed(key, ProbeAnswer(value: value, failure: "")))
        }
    }

    /// A controller that starts from the log alone; agents come back with their links.
    mutating func restart() {
        train = Train(state: folded, digest: Given.digest)
        inbox = []
        questions = []
        nextWake = nil
        give(.leaderStarted)
        for host in train.state.fleet.hosts.keys { give(.linkOpened(host, running: [])) }
    }

    /// What the log alone comes to.
    var folded: TrainState {
        var state = TrainState(cluster: Given.name("test"))
        for (event, at) in log { state.apply(event, at: at) }
        return state
    }

    /// What an earlier look asked has timed out by now.
    private mutating func ask(_ key: ProbeKey, _ url: String) {
        questions.removeAll { $0.key.isOfSameGate(as: key) && $0.url == url }
        questions.append((key, url))
    }

    // MARK: - Releases

    mutating func push(_ artifact: Artifact, _ change: (inout ArtifactSource) -> Void = { _ in }) {
        var source = ArtifactSource()
        change(&source)
        tell(.pushArtifact(artifact, source))
    }

    @discardableResult
    mutating func start(
        _ plan: Plan,
        _ version: String = "1",
        by actor: Actor = Given.ana,
        _ change: (inout StartRelease) -> Void = { _ in }
    ) -> Result<ReleaseID, Refusal> {
        var versions: [ServiceName: Version] = [:]
        for service in plan.services {
            push(Given.artifact(service.artifact.text, version))
            versions[service.name] = Given.version(version)
        }
        var request = StartRelease(
            plan: plan,
            planDigest: Given.digest("plan \(plan.name)"),
            planSourceDigest: Given.digest("source"),
            versions: versions,
            description: "a change"
        )
        change(&request)
        switch tell(.start(request), by: actor) {
        case .success(.started(let id)): return .success(id)
        case .failure(let refusal): return .failure(refusal)
        case .success, nil: preconditionFailure("a start is done or refused")
        }
    }

    func digest(_ id: ReleaseID) -> Digest { train.state.releases[id]?.releaseDigest ?? Given.digest("none") }

    @discardableResult
    mutating func approve(
        _ id: ReleaseID,
        _ subject: String = "",
        act: ApprovalRule.Act = .approval,
        ticked: [String] = [],
        by actor: Actor = Given.bo
    ) -> Result<Accepted, Refusal>? {
        let word = Decide(
            id,
            .approved,
            act: act,
            subject: subject,
            releaseDigest: digest(id),
            ticked: ticked,
            reason: ""
        )
        return tell(.decide(word), by: actor)
    }

    @discardableResult
    mutating func vote(
        _ id: ReleaseID,
        _ role: String = "",
        isGo: Bool = true,
        isVeto: Bool = false,
        ticked: [String] = [],
        reason: String = "looks well",
        by actor: Actor
    ) -> Result<Accepted, Refusal>? {
        let vote = Vote(
            id,
            role: role,
            isGo: isGo,
            isVeto: isVeto,
            releaseDigest: digest(id),
            ticked: ticked,
            reason: reason
        )
        return tell(.vote(vote), by: actor)
    }

    @discardableResult
    mutating func attest(
        _ predicate: String,
        of subject: Attestation.Subject,
        _ fields: [String: String] = [:],
        about: Instant? = nil,
        by actor: Actor = Given.ana
    ) -> Result<Accepted, Refusal>? {
        let attestation = Attestation(
            subject: subject,
            predicate: Given.name(predicate),
            fields: fields,
            note: "",
            about: about ?? now
        )
        return tell(.attest(attestation), by: actor)
    }

    /// As if a release of that plan had ended the stage well.
    mutating func complete(_ plan: String, _ stage: String, _ release: String, _ artifacts: Artifact...) {
        let key = StageKey(plan: Given.name(plan), stage: Given.name(stage))
        let services = artifacts.map { (Given.name($0.name.text) as ServiceName, $0) }
        train.state.deployments.completions[key, default: []].append(
            Completion(
                release: Given.name(release),
                artifacts: Dictionary(uniqueKeysWithValues: services),
                at: now,
                isAdHoc: false
            )
        )
    }

    // MARK: - What came of it

    func phase(_ id: ReleaseID) -> ReleaseState.Phase? { train.state.releases[id]?.phase }

    func reason(_ id: ReleaseID) -> String { train.state.releases[id]?.endReason ?? "" }

    func holds(_ id: ReleaseID) -> [Hold] {
        train.state.releases[id].map { train.holds(of: $0, at: now) } ?? []
    }

    /// The only hold of that kind.
    func hold(_ id: ReleaseID, _ kind: Hold.Kind) -> Hold? {
        let all = holds(id).filter { $0.kind == kind }
        return all.count == 1 ? all.first : nil
    }

    /// Whether a check is on its way.
    func isAsking(_ id: ReleaseID) -> Bool {
        train.state.releases[id]?.gates.checks.isEmpty == false
    }

    /// Regions that have been started, in order.
    var started: [String] {
        log.compactMap { entry in
            if case .regionStarted(let event) = entry.event { event.region.text } else { nil }
        }
    }

    var events: [Event] { log.map(\.event) }
}

extension ProbeKey {
    fileprivate func isOfSameGate(as other: ProbeKey) -> Bool {
        guard case .gate(let release, let gate, _, _) = self, case .gate(let otherRelease, let otherGate, _, _) = other
        else { return false }
        return release == otherRelease && gate == otherGate
    }
}

extension Result where Failure == Refusal {
    /// Why not; nil: it was done.
    var refusal: Refusal? {
        if case .failure(let refusal) = self { refusal } else { nil }
    }
}
