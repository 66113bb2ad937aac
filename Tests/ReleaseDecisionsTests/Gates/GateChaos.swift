import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

@testable import ReleaseDecisions

/// One history at gates, drawn from a seed: everything that people, clocks and the outside can do, in any order.
struct GateChaos {
    private(set) var station = Station("r1", "r2", "r3", "r4")
    private(set) var books = GateBooks()
    private(set) var differences: [String] = []
    private var chance: SeededGenerator
    private let plan: Plan
    private var seenEvents = 0
    private var seenOrders = 0
    private var version = 1

    private static let people = [
        Given.actor("ana", "on-call"), Given.actor("bo", "on-call", "qa"), Given.actor("cy", "on-call", "sre"),
        Given.actor("di", "leads", "qa"),
    ]

    init(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let atOnce = Bool.random(using: &chance) ? 1 : nil
        let first = Given.wave(
            "one",
            ["r1", "r2"],
            gates: Self.gates(&chance),
            regionGates: Self.gates(&chance),
            atOnce: atOnce
        )
        let second = Given.wave("two", ["r3", "r4"], gates: Self.gates(&chance), regionGates: Self.gates(&chance))
        var plan = Given.plan([
            Stage(name: Given.name("test"), waves: [first]), Stage(name: Given.name("production"), waves: [second]),
        ])
        plan.breakGlass = BreakGlassRule(by: [Given.group("on-call")], page: [], debt: "")
        plan.rotations = [Given.name("release"): Given.rotation]
        if Bool.random(using: &chance), let from = LocalTime("2026-11-17T00:00"), let to = LocalTime("2026-11-17T12:00")
        {
            plan.freezes = [Freeze(name: "audit", from: from, to: to, zone: .utc, reason: "audit")]
        }
        self.plan = plan
        self.chance = chance
    }

    private static func gates(_ chance: inout SeededGenerator) -> [Gate] {
        (0..<Int.random(in: 0...2, using: &chance)).map { _ in
            switch Int.random(in: 0..<7, using: &chance) {
            case 0: Given.approval { $0.notAuthor = true }
            case 1:
                Given.approval {
                    $0.quorum = 2
                    $0.validFor = .hours(1)
                }
            case 2: Given.approval { $0.by = [.oncall(Given.name("release"))] }
            case 3:
                .vote(
                    VoteRule(roles: [
                        VoteRule.Role(name: "qa", by: [Given.group("qa")]),
                        VoteRule.Role(name: "sre", by: [Given.group("sre")]),
                    ])
                )
            case 4: .window(Given.window("Mon-Fri 09:00-18:00"))
            case 5: .check(Self.check)
            default:
                Bool.random(using: &chance)
                    ? .evidence(Self.evidence) : .task(TaskRule(name: "look", by: [Given.group("qa")]))
            }
        }
    }

    private static var evidence: EvidenceRule {
        var rule = EvidenceRule(predicate: Given.name("suite"))
        rule.conditions = [Given.condition("passed", .equal, "true")]
        rule.waiverBy = [Given.group("leads")]
        return rule
    }

    private static let check = ProbeRule(
        name: "drain",
        probes: ["west", "east"].map {
            Probe(name: $0, kind: .http(url: $0), expects: Given.condition("", .equal, "0"), timeout: .seconds(10))
        },
        every: .minutes(5),
        giveUpAfter: .days(3)
    )

    // MARK: - Playing

    mutating func play() {
        for _ in 0..<150 {
            step()
            watch()
        }
        settle()
    }

    private var latest: ReleaseState? { station.train.state.releases.values.last }

    private mutating func step() {
        switch Int.random(in: 0..<100, using: &chance) {
        case ..<25: act()
        case ..<40: say()
        case ..<55: station.answer(["west": anyNumber(), "east": anyNumber()])
        case ..<65: station.work()
        case ..<75: station.pass(.seconds(.random(in: 1...60, using: &chance)))
        case ..<80: station.pass(.hours(.random(in: 1...6, using: &chance)))
        case ..<87: startNext()
        case ..<90:
            station.tell(
                .freeze(plan: nil, until: Bool.random(using: &chance) ? nil : station.now + .hours(2), reason: "stop")
            )
        case ..<94: station.tell(.liftFreeze(plan: nil))
        case ..<96: repin()
        case ..<97:
            if let id = latest?.id { station.tell(.breakGlass(id, subject: "", reason: "outage"), by: anybody()) }
        default: restart()
        }
    }

    private mutating func anybody() -> Actor { Self.people.randomElement(using: &chance) ?? Given.ana }

    private mutating func anyNumber() -> String { "\(Int.random(in: 0...1, using: &chance))" }

    private mutating func startNext() {
        version += 1
        station.start(plan, "\(version)", by: anybody())
    }

    private mutating func repin() {
        guard let id = latest?.id else { return }
        version += 1
        station.push(Given.artifact("web", "\(version)"))
        station.tell(.repin(id, versions: [Given.name("web"): Given.version("\(version)")]))
    }

    /// Somebody decides, votes or does something about whatever waits.
    private mutating func act() {
        guard let release = latest, let hold = station.holds(release.id).randomElement(using: &chance) else { return }
        let who = anybody()
        switch hold.kind {
        case .approval: station.approve(release.id, hold.subject, by: who)
        case .vote:
            let role = Bool.random(using: &chance) ? "qa" : "sre"
            station.vote(release.id, role, isGo: Int.random(in: 0..<4, using: &chance) > 0, by: who)
        case .task: station.tell(.doneTask(release.id, subject: hold.subject, ticked: [], note: ""), by: who)
        default: break
        }
    }

    /// Somebody says something about an artifact, takes it back, or lets it go without.
    private mutating func say() {
        guard let release = latest, let artifact = release.artifacts.values.first else { return }
        switch Int.random(in: 0..<6, using: &chance) {
        case 0:
            if let id = station.train.state.evidence.attestations.keys.randomElement(using: &chance) {
                station.tell(.revokeAttestation(id, reason: "wrong"))
            }
        case 1: station.tell(.waive(release.id, subject: "suite", reason: "urgent"), by: anybody())
        case 2: station.attest("suite", of: .artifact(artifact.digest), ["passed": "false"])
        default: station.attest("suite", of: .artifact(artifact.digest), ["passed": "true"])
        }
    }

    private mutating func restart() {
        watch()
        compareWithLog()
        station.restart()
    }

    /// Never-event 9: the log alone gives the same state and the same holds.
    private mutating func compareWithLog() {
        let replayed = Train(state: station.folded, digest: Given.digest)
        for release in station.train.state.releases.values {
            guard let other = replayed.state.releases[release.id] else {
                differences.append("\(release.id) is not in the log")
                continue
            }
            if other.gates != release.gates || other.gateDecisions != release.gateDecisions
                || other.phase != release.phase
            {
                differences.append("\(release.id) is not what its log says")
            }
            let (seen, told) = (durable(station.train, release), durable(replayed, other))
            if seen != told { differences.append("\(release.id) holds \(seen) and not \(told)") }
        }
    }

    /// Holds that do not speak of what was merely seen.
    private func durable(_ train: Train, _ release: ReleaseState) -> [Hold] {
        train.holds(of: release, at: station.now).filter {
            [.approval, .vote, .window, .freeze, .evidence, .task].contains($0.kind)
        }
    }

    /// Nobody is absent any more and everything is well: whatever can end ends.
    private mutating func settle() {
        station.tell(.liftFreeze(plan: nil))
        for _ in 0..<400 {
            guard let release = latest, release.isActive else { break }
            for artifact in release.artifacts.values
            where station.holds(release.id).contains(where: { $0.kind == .evidence }) {
                station.attest("suite", of: .artifact(artifact.digest), ["passed": "true"], about: station.now)
            }
            for hold in station.holds(release.id) {
                for person in Self.people {
                    switch hold.kind {
                    case .approval: station.approve(release.id, hold.subject, by: person)
                    case .vote:
                        for role in ["qa", "sre"] { station.vote(release.id, role, by: person) }
                    case .task:
                        station.tell(.doneTask(release.id, subject: hold.subject, ticked: [], note: ""), by: person)
                    default: break
                    }
                }
            }
            station.answer(["west": "0", "east": "0"])
            station.work()
            station.pass(station.isAsking(release.id) ? .seconds(5) : .minutes(30))
            station.answer(["west": "0", "east": "0"])
            station.work()
            watch()
        }
        compareWithLog()
    }

    private mutating func watch() {
        for (event, at) in station.log[min(seenEvents, station.log.count)...] { books.watch(event, at: at) }
        for (order, at) in station.sent[min(seenOrders, station.sent.count)...] { books.watch(order, at: at) }
        (seenEvents, seenOrders) = (station.log.count, station.sent.count)
    }
}
