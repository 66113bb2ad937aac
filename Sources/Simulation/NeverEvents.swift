import Calendars
import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Watches a world from outside, with books of its own, for what must never happen: a wave before its gates and the wave
/// before it (1), an effect twice or an older state after a newer (2), more hosts out of service than the plan allows
/// (4), an order after an abort or in a freeze (7).
struct NeverEvents: Sendable {
    private(set) var violations: [String] = []
    private(set) var books: [ReleaseID: ReleaseBook] = [:]
    private var generations: [TargetKey: UInt64] = [:]
    private var members: [RegionName: [HostName]] = [:]
    private var busy: [HostKey: [OrderIssued]] = [:]
    /// Declared by people and not lifted.
    private var freezes: [FreezeDeclared] = []

    /// `hosts` are as they were when the decision was made.
    mutating func watch(_ event: Event, at now: Instant, hosts: OrderedDictionary<HostKey, SimulatedHost>) {
        if let release = event.book { books[release]?.note(event, at: now) }
        switch event {
        case .releaseStarted(let event): books[event.release] = ReleaseBook(event)
        case .waveStarted(let event): startWave(event, at: now)
        case .regionStarted(let event): start(event, at: now)
        case .orderIssued(let event): issue(event, at: now, hosts)
        case .orderRenewed(let event): renew(event)
        case .receiptReceived(let event): settle(event.receipt)
        case .freezeDeclared(let event): freezes.append(event)
        case .freezeLifted(let event): freezes.removeAll { $0.plan == event.plan }
        default: break
        }
    }

    /// Never-event 7, at the moment an order leaves.
    mutating func watchSending(of order: Order, at now: Instant) {
        guard let book = books[order.release] else { return }
        if book.hasEnded { report("\(order.id) left after the end of its release") }
        guard order.action != .rollBack else { return }
        if book.isReturning { report("\(order.id) deploys on the way back") }
        if isFrozen(book, at: now) { report("\(order.id) left in a freeze") }
    }

    /// Never-event 2, on the host.
    mutating func watchWork(of order: Order, at host: HostKey, times: Int) {
        if times > 1 { report("\(host) did the work of \(order.id) \(times) times") }
    }

    private mutating func report(_ sentence: String) { violations.append(sentence) }

    // MARK: - Gates and waves

    private mutating func startWave(_ event: WaveStarted, at now: Instant) {
        guard let book = books[event.release],
            let wave = book.plan.stages.first(where: { $0.name == event.stage })?.waves.first(where: {
                $0.name == event.wave
            })
        else { return }
        let subject = "\(event.stage)/\(event.wave)"
        for (index, gate) in wave.gates.enumerated() {
            let key = GateKey(stage: event.stage, wave: event.wave, region: nil, index: index)
            if let unmet = book.objection(to: gate, key, at: now) { report("\(subject) started \(unmet)") }
        }
        if isFrozen(book, at: now) { report("\(subject) started in a freeze") }
    }

    private mutating func start(_ event: RegionStarted, at now: Instant) {
        members[event.region] = event.hosts
        if event.hosts.isEmpty { report("\(event.region) started without hosts") }
        guard let book = books[event.release] else { return }
        if isFrozen(book, at: now) { report("\(event.region) started in a freeze") }
        for region in book.regions(before: event.region) where !book.healthyRegions.contains(region) {
            report("\(event.region) started before \(region) was healthy")
        }
        guard let (stage, wave) = book.place(of: event.region) else { return }
        for (index, gate) in wave.regionGates.enumerated() {
            let key = GateKey(stage: stage.name, wave: wave.name, region: event.region, index: index)
            if let unmet = book.objection(to: gate, key, at: now) { report("\(event.region) started \(unmet)") }
        }
    }

    /// A freeze that a person declared stops everybody; one of the plan's own stops neither lanes that ignore windows nor
    /// releases that were let through in need.
    private func isFrozen(_ book: ReleaseBook, at now: Instant) -> Bool {
        let isDeclared = freezes.contains { freeze in
            (freeze.plan ?? book.plan.name) == book.plan.name && freeze.until.map { now < $0 } ?? true
        }
        let isPlanned = book.plan.freezes.contains { $0.isActive(at: now) }
        return isDeclared || isPlanned && !book.ignoresWindows && !book.hasBrokenGlass
    }

    // MARK: - Orders

    private mutating func issue(
        _ event: OrderIssued,
        at now: Instant,
        _ hosts: OrderedDictionary<HostKey, SimulatedHost>
    ) {
        let target = TargetKey(region: event.region, service: event.service)
        if event.generation < generations[target] ?? 0 { report("\(event.order) is older than what was ordered") }
        generations[target] = event.generation
        checkAvailability(event, at: now, hosts)
        for host in event.hosts { busy[HostKey(region: event.region, host: host), default: []].append(event) }
    }

    private mutating func renew(_ event: OrderRenewed) {
        guard let order = books[event.release]?.hosts(of: event.order) else { return }
        for host in order {
            guard let place = busy[host]?.firstIndex(where: { $0.order == event.order }) else { continue }
            busy[host]?[place].expires = event.expires
        }
    }

    private mutating func settle(_ receipt: Receipt) {
        busy[receipt.host]?.removeAll {
            $0.service == receipt.service && $0.generation <= receipt.generation
                && ($0.generation < receipt.generation || $0.order == receipt.order)
        }
    }

    /// A host in service is taken out only while few enough are out.
    private mutating func checkAvailability(
        _ event: OrderIssued,
        at now: Instant,
        _ hosts: OrderedDictionary<HostKey, SimulatedHost>
    ) {
        guard let wave = books[event.release]?.place(of: event.region)?.wave, let names = members[event.region] else {
            return
        }
        func isOut(_ name: HostName) -> Bool {
            let key = HostKey(region: event.region, host: name)
            guard let host = hosts[key], host.isConnected, host.unhealthy.isEmpty else { return true }
            // An unanswered order may be at work until its expiry and the plan's time limit have gone by.
            return busy[key]?.contains { $0.expires + wave.rollout.timeout > now } == true
        }
        let taken = event.hosts.filter { !isOut($0) }
        let out = names.count { isOut($0) } + taken.count
        if !taken.isEmpty, out > wave.rollout.unavailable_max.hosts(of: names.count) {
            report("\(event.order) takes \(out) of \(names.count) hosts out of service")
        }
    }
}
