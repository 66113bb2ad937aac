import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// One history, drawn from a seed: releases, acts and everything that can go wrong.
struct Chaos {
    var fleet = Fleet()
    var never = NeverEvents()
    var unexplained: [String] = []
    private var chance: SeededGenerator
    private let plan: Plan
    private var hosts: [HostKey] = []
    private var sick: Set<HostKey> = []
    private var seen = 0
    private var version = 1

    init(seed: UInt64) {
        var chance = SeededGenerator(seed: seed)
        let waves = (1...Int.random(in: 1...3, using: &chance)).map { number in
            Make.wave(
                "wave-\(number)",
                (1...Int.random(in: 1...3, using: &chance)).map { "r\(number)\($0)" },
                oneByOne: .random(using: &chance),
                gates: Bool.random(using: &chance) ? [Make.approval] : [],
                regionGates: Bool.random(using: &chance) ? [Make.approval] : [],
                batch: .count(.random(in: 1...3, using: &chance)),
                unavailable: .count(.random(in: 1...2, using: &chance)),
                bake: .seconds(.random(in: 0...3, using: &chance)),
                onUnhealthy: UnhealthyPolicy.allCases.randomElement(using: &chance) ?? .stop
            )
        }
        plan = Make.plan(services: Bool.random(using: &chance) ? ["web"] : ["web", "db"], waves)
        for region in waves.flatMap(\.regions) {
            let count = Int.random(in: 1...4, using: &chance)
            fleet.enrol(region.text, hosts: count)
            hosts += (1...count).map { Make.host(region.text, $0) }
        }
        self.chance = chance
        watch()
    }

    /// `look` sees the fleet after each step.
    mutating func play(_ look: (Fleet) -> Void = { _ in }) {
        for _ in 0..<Int.random(in: 50...250, using: &chance) {
            step()
            watch()
            look(fleet)
        }
        settle()
    }

    private mutating func step() {
        let release = fleet.train.state.releases.keys.last
        switch Int.random(in: 0..<100, using: &chance) {
        case ..<40: workOnce()
        case ..<55: fleet.sample { [sick] host, _ in sick.contains(host) }
        case ..<62: fleet.pass(.milliseconds(.random(in: 1...2_000, using: &chance)))
        case ..<64: fleet.pass(.minutes(.random(in: 1...20, using: &chance)))
        case ..<70: startNext()
        case ..<80: approveSomething(release)
        case ..<85: if let host = hosts.randomElement(using: &chance) { fleet.cut(host) }
        case ..<92: if let host = hosts.randomElement(using: &chance) { fleet.connect(host) }
        case ..<94: changeHealth()
        case ..<95: if let release { fleet.tell(.pause(release, reason: "")) }
        case ..<97: if let release { fleet.tell(.resume(release)) }
        case ..<98: if let release { fleet.tell(.rollBack(release, reason: "")) }
        case ..<99:
            if let release, Int.random(in: 0..<4, using: &chance) == 0 { fleet.tell(.abort(release, reason: "")) }
        default: restart()
        }
    }

    private mutating func startNext() {
        version += 1
        fleet.start(plan, version: "\(version)")
    }

    private mutating func workOnce() {
        guard let index = fleet.inbox.indices.randomElement(using: &chance) else { return }
        // Now and then a message is left in place and so arrives twice.
        let twice = Int.random(in: 0..<10, using: &chance) == 0
        let delivered = twice ? fleet.inbox[index] : fleet.inbox.remove(at: index)
        let fails = Int.random(in: 0..<12, using: &chance) == 0
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

    private mutating func restart() {
        fleet = fleet.restarted()
        watch()
        for host in hosts where Bool.random(using: &chance) { fleet.connect(host) }
    }

    /// No more faults: links come back, people approve, hosts work and are well.
    private mutating func settle() {
        sick = []
        for round in 0..<200 {
            guard let release = fleet.train.state.releases.values.last(where: \.isActive)?.id else { break }
            fleet.tell(.resume(release))
            for host in hosts where !fleet.connected.contains(host) { fleet.connect(host) }
            approveSomething(release)
            watch()
            while !fleet.inbox.isEmpty {
                fleet.obey(fleet.inbox.removeFirst())
                watch()
            }
            fleet.sample()
            watch()
            // An order that an aborted release left behind counts as at work until it has expired.
            fleet.pass(round < 100 ? .seconds(1) : .minutes(1))
            watch()
        }
        unexplained = fleet.train.state.releases.values.filter { release in
            guard release.isActive else { return false }
            guard case .stopped = release.phase else { return true }
            return fleet.holds(release.id).isEmpty
        }.map { "\($0.id) \($0.phase): \(fleet.holds($0.id).map(\.unmet))" }
    }

    /// Shows the watcher every event since the last look. What the decisions could know of absent and sick hosts only
    /// grows worse while a step runs, so looking after each step is exact but for hosts that came back in it.
    private mutating func watch() {
        let fresh = fleet.log[min(seen, fleet.log.count)...]
        seen = fleet.log.count
        for (event, at) in fresh {
            never.watch(
                event,
                at: at,
                absent: { [fleet] in !fleet.connected.contains($0) },
                sick: { [fleet] host in
                    fleet.train.agentViews().contains {
                        $0.region == host.region && $0.host == host.host && !$0.unhealthy.isEmpty
                    }
                }
            )
        }
    }
}
