import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// One history, drawn from a seed: releases, acts and everything that can go wrong.
struct Chaos {
    var fleet = Fleet()
    var unexplained: [String] = []
    private var chance: SeededGenerator
    /// The second shares regions with the first, not services.
    private let plans: [Plan]
    private var hosts: [HostKey] = []
    private var sick: Set<HostKey> = []
    private var version = 1
    private var tokens = 0
    /// How seldom a host fails.
    private var failure_oneIn = 1

    private var stopped: ReleaseID? {
        fleet.train.state.releases.values.first { if case .stopped = $0.phase { true } else { false } }?.id
    }

    /// The newest that is in place and of which a part could go back.
    private var divisible: ReleaseID? {
        fleet.train.state.releases.values.last { $0.phase == .ended(.completed) && $0.services.count > 1 }?.id
    }

    init(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let waves = (1...Int.random(in: 1...3, using: &chance)).map { number in
            Self.wave(number, (1...Int.random(in: 1...3, using: &chance)).map { "r\(number)\($0)" }, &chance)
        }
        let shared = waves.flatMap(\.regions).filter { _ in .random(using: &chance) }.map(\.text)
        plans = [
            Self.plan("shop", Bool.random(using: &chance) ? ["web"] : ["web", "db", "api"], waves, &chance),
            Self.plan("bank", ["pay"], shared.isEmpty ? waves : [Self.wave(9, shared, &chance)], &chance),
        ]
        for region in waves.flatMap(\.regions) {
            let count = Int.random(in: 1...4, using: &chance)
            fleet.enrol(region.text, hosts: count)
            hosts += (1...count).map { Make.host(region.text, $0) }
        }
        failure_oneIn = [6, 12, 40].randomElement(using: &chance) ?? 12
        self.chance = chance
    }

    /// Services in layers or side by side, that restart each other or do not, with failures that pass.
    private static func plan(
        _ name: String,
        _ services: [String],
        _ waves: [Wave],
        _ chance: inout SeededGenerator
    ) -> Plan {
        var plan = Make.plan(named: name, services: services, waves)
        if services.count > 1 {
            if Bool.random(using: &chance) { plan.services[0].after = [Make.name("db")] }
            if Bool.random(using: &chance) { plan.services[2].after = [Make.name("web")] }
            if Bool.random(using: &chance) { plan.services[1].restarts = [Make.name("api")] }
            if Bool.random(using: &chance) { plan.services[2].restarts = [Make.name("web")] }
        } else if Int.random(in: 0..<4, using: &chance) == 0 {
            plan.services[0].restarts = [Make.name(name == "bank" ? "web" : "pay")]
        }
        plan.failures = [
            FailureRule(name: "passes", action: .retry(times_max: 2, pause: .seconds(1), pause_max: .seconds(4))),
            FailureRule(name: "own", action: .rollBack(.host)),
        ]
        return plan
    }

    private static let policies: [UnhealthyPolicy] = [.stop] + RollBackScope.allCases.map { .rollBack($0) }

    private static func wave(_ number: Int, _ regions: [String], _ chance: inout SeededGenerator) -> Wave {
        var wave = Make.wave(
            "wave-\(number)",
            regions,
            oneByOne: .random(using: &chance),
            gates: Bool.random(using: &chance) ? [Make.approval] : [],
            regionGates: Bool.random(using: &chance) ? [Make.approval] : [],
            batch: .count(.random(in: 1...3, using: &chance)),
            unavailable: .count(.random(in: 1...2, using: &chance)),
            checks: Bool.random(using: &chance) ? [Make.check] : [],
            bake: .seconds(.random(in: 0...3, using: &chance)),
            onUnhealthy: Self.policies.randomElement(using: &chance) ?? .stop
        )
        if Bool.random(using: &chance) { wave.rollout.canary = .count(1) }
        wave.bake.silence = Bake.Silence.allCases.randomElement(using: &chance) ?? .inconclusive
        if Bool.random(using: &chance) { wave.bake.watchAfter = .minutes(2) }
        return wave
    }

    /// `look` sees the fleet after each step.
    mutating func play(_ look: (Fleet) -> Void = { _ in }) {
        // Mostly there is something to go back to.
        for _ in 0..<([0, 1, 2, 2].randomElement(using: &chance) ?? 0) {
            for plan in plans {
                fleet.start(plan, version: "\(version)")
                settle()
            }
            version += 1
        }
        for _ in 0..<Int.random(in: 50...250, using: &chance) {
            step()
            // As often and as much as can be: whatever is needed stays.
            fleet.give(.bundlesLookedAt(BundleRule(keep: 1, space_bytes: 0)))
            look(fleet)
        }
        settle()
    }

    private mutating func step() {
        if let stopped, Int.random(in: 0..<20, using: &chance) == 0 { return returnSomething(stopped) }
        if Int.random(in: 0..<40, using: &chance) == 0, let divisible { return returnPart(divisible) }
        let release = fleet.train.state.releases.keys.suffix(2).randomElement(using: &chance)
        switch Int.random(in: 0..<100, using: &chance) {
        case ..<40: workOnce()
        case ..<55: fleet.sample { [sick] host, _ in sick.contains(host) }
        case ..<62: fleet.pass(.milliseconds(.random(in: 1...2_000, using: &chance)))
        case ..<64: fleet.pass(.minutes(.random(in: 1...20, using: &chance)))
        case ..<70: startNext()
        case ..<80: approveSomething(release)
        case ..<85: if let host = hosts.randomElement(using: &chance) { fleet.cut(host) }
        case ..<90: if let host = hosts.randomElement(using: &chance) { fleet.connect(host) }
        case ..<92: disturbAgent()
        case ..<94: changeHealth()
        case ..<95: if let release { fleet.tell(.pause(release, reason: "")) }
        case ..<96: if let release { fleet.tell(.resume(release)) }
        case ..<98: returnSomething(release)
        case ..<99: if Bool.random(using: &chance) { revokeSomebody() }
        default: restart()
        }
    }

    /// What a person does about a release that is in trouble, or is not.
    private mutating func returnSomething(_ release: ReleaseID?) {
        guard let release else { return }
        switch Int.random(in: 0..<8, using: &chance) {
        case 0: fleet.tell(.rollBack(release, reason: ""))
        case 1: fleet.tell(.abort(release, reason: ""))
        case 2..<5: returnPart(release)
        default: fleet.tell(.unpin(release, reason: "looked at"))
        }
    }

    /// Of one of the releases some regions, services or hosts, or nothing in particular.
    private mutating func returnPart(_ release: ReleaseID?) {
        guard let release, let regions = fleet.train.state.releases[release]?.regions else { return }
        let region = regions.keys.randomElement(using: &chance)
        let host = hosts.filter { $0.region == region }.randomElement(using: &chance)
        let service = fleet.train.state.releases[release]?.services.randomElement(using: &chance)
        let shape = Int.random(in: 0..<5, using: &chance)
        fleet.tell(
            .rollBackPart(
                release,
                regions: [region].compactMap { shape < 3 ? $0 : nil },
                services: [service].compactMap { shape > 0 && shape < 4 ? $0 : nil },
                hosts: [host].compactMap { shape == 4 ? $0 : nil },
                reason: "looks ill"
            )
        )
    }

    private mutating func startNext() {
        version += 1
        fleet.start(plans[Int.random(in: 0..<4, using: &chance) / 3], version: "\(version)")
    }

    private mutating func workOnce() {
        guard let index = fleet.inbox.indices.randomElement(using: &chance) else { return }
        // Now and then a message is left in place and so arrives twice.
        let twice = Int.random(in: 0..<10, using: &chance) == 0
        let delivered = twice ? fleet.inbox[index] : fleet.inbox.remove(at: index)
        let fails = Int.random(in: 0..<failure_oneIn, using: &chance) == 0
        fleet.rule = ["", "passes", "passes", "own"].randomElement(using: &chance) ?? ""
        fleet.obey(delivered) { _, _ in fails }
    }

    private mutating func approveSomething(_ release: ReleaseID?) {
        guard let release, let hold = fleet.holds(release).first(where: { $0.kind == .approval }) else { return }
        _ = fleet.approve(release, hold.subject)
    }

    private mutating func changeHealth() {
        guard let host = hosts.randomElement(using: &chance) else { return }
        if sick.remove(host) == nil, Int.random(in: 0..<3, using: &chance) == 0 { sick.insert(host) }
    }

    /// It starts anew, cannot work, sees nothing, or its clock is off or right again.
    private mutating func disturbAgent() {
        guard let host = hosts.randomElement(using: &chance) else { return }
        switch Int.random(in: 0..<6, using: &chance) {
        case 0: fleet.restartAgent(host)
        case 1: fleet.meetTrouble(host)
        case 2: fleet.sampleBlindly(host)
        case 3: if let off = fleet.clocksOff.min() { fleet.setClock(off, isOff: false) }
        default: fleet.setClock(host, isOff: true)
        }
    }

    /// Sometimes the same name joins again, on a machine that runs nothing.
    private mutating func revokeSomebody() {
        guard let index = hosts.indices.randomElement(using: &chance) else { return }
        let host = hosts.remove(at: index)
        fleet.tell(.revokeHost(host, reason: "gone"))
        sick.remove(host)
        guard Bool.random(using: &chance) else { return }
        tokens += 1
        fleet.join(host, token: "again \(tokens)")
        hosts.append(host)
    }

    private mutating func restart() {
        fleet = fleet.restarted()
        for host in hosts where Bool.random(using: &chance) { fleet.connect(host) }
    }

    /// No more faults: links come back, people approve, hosts work and are well.
    private mutating func settle() {
        sick = []
        for round in 0..<200 {
            let active = fleet.train.state.releases.values.filter(\.isActive).map(\.id)
            if active.isEmpty { break }
            for host in hosts where !fleet.connected.contains(host) { fleet.connect(host) }
            for host in hosts where fleet.clocksOff.contains(host) { fleet.setClock(host, isOff: false) }
            for release in fleet.train.state.releases.keys { fleet.tell(.unpin(release, reason: "looked at")) }
            for release in active {
                fleet.tell(.resume(release))
                approveSomething(release)
            }
            while !fleet.inbox.isEmpty { fleet.obey(fleet.inbox.removeFirst()) }
            fleet.sample()
            // An order that an aborted release left behind counts as at work until it has expired.
            fleet.pass(round < 100 ? .seconds(1) : .minutes(1))
        }
        unexplained = fleet.train.state.releases.values.filter { release in
            guard release.isActive else { return false }
            // Only people can help: a release that stopped, a region whose hosts are gone.
            return !fleet.holds(release.id).contains { $0.kind == .stopped || $0.kind == .noHosts }
        }.map { "\($0.id) \($0.phase): \(fleet.holds($0.id).map(\.unmet))" }
    }
}
