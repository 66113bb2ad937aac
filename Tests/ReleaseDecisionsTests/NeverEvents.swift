import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Watches the log from outside, with books of its own, for what must never happen.
struct NeverEvents {
    private(set) var violations: [String] = []
    private var plans: [ReleaseID: Plan] = [:]
    private var healthyRegions: [ReleaseID: Set<RegionName>] = [:]
    private var generations: [TargetKey: UInt64] = [:]
    private var members: [RegionName: [HostName]] = [:]
    private var busy: [HostKey: [OrderIssued]] = [:]
    private var ended: Set<ReleaseID> = []
    private var returning: Set<ReleaseID> = []

    /// `absent` and `sick` are what the test knows of its hosts before the events happened.
    mutating func watch(_ event: Event, at now: Instant, absent: (HostKey) -> Bool, sick: (HostKey) -> Bool) {
        switch event {
        case .releaseStarted(let event): plans[event.release] = event.plan
        case .regionStarted(let event): start(event)
        case .verdictReached(let event):
            if event.verdict == .healthy {
                healthyRegions[event.release, default: []].insert(event.region)
            } else {
                healthyRegions[event.release]?.remove(event.region)
            }
        case .orderIssued(let event): issue(event, at: now, absent: absent, sick: sick)
        case .orderRenewed(let event): renew(event)
        case .receiptReceived(let event):
            busy[event.receipt.host]?.removeAll {
                $0.service == event.receipt.service && $0.generation <= event.receipt.generation
                    && ($0.generation < event.receipt.generation || $0.order == event.receipt.order)
            }
        case .releaseEnded(let event): ended.insert(event.release)
        case .returnStarted(let event):
            ended.remove(event.release)
            returning.insert(event.release)
        default: break
        }
    }

    /// Never-event 1: no region starts before every earlier wave is healthy.
    private mutating func start(_ event: RegionStarted) {
        members[event.region] = event.hosts
        if event.hosts.isEmpty { violations.append("\(event.region) started without hosts") }
        for wave in plans[event.release]?.stages.flatMap(\.waves) ?? [] {
            if wave.regions.contains(event.region) { return }
            for region in wave.regions where healthyRegions[event.release]?.contains(region) != true {
                violations.append("\(event.region) started before \(region) was healthy")
            }
        }
    }

    private mutating func renew(_ event: OrderRenewed) {
        for host in busy.keys {
            guard let place = busy[host]?.firstIndex(where: { $0.order == event.order }) else { continue }
            busy[host]?[place].expires = event.expires
        }
    }

    private mutating func issue(
        _ event: OrderIssued,
        at now: Instant,
        absent: (HostKey) -> Bool,
        sick: (HostKey) -> Bool
    ) {
        let target = TargetKey(region: event.region, service: event.service)
        // Never-event 2.
        if event.generation < generations[target] ?? 0 {
            violations.append("\(event.order) is older than what was ordered")
        }
        generations[target] = event.generation
        // Never-event 7.
        if ended.contains(event.release) { violations.append("\(event.order) left after the end of its release") }
        if event.action == .deploy, returning.contains(event.release) {
            violations.append("\(event.order) deploys on the way back")
        }
        checkAvailability(event, at: now, absent: absent, sick: sick)
        for host in event.hosts { busy[HostKey(region: event.region, host: host), default: []].append(event) }
    }

    /// Never-event 4: a host in service is taken out only while few enough are out.
    private mutating func checkAvailability(
        _ event: OrderIssued,
        at now: Instant,
        absent: (HostKey) -> Bool,
        sick: (HostKey) -> Bool
    ) {
        let waves = plans[event.release]?.stages.flatMap(\.waves) ?? []
        guard let wave = waves.first(where: { $0.regions.contains(event.region) }), let names = members[event.region]
        else { return }
        func isOut(_ name: HostName) -> Bool {
            let host = HostKey(region: event.region, host: name)
            // An unanswered order may be at work until its expiry and the plan's time limit have gone by.
            let isBusy = busy[host]?.contains { $0.expires + wave.rollout.timeout > now } == true
            return absent(host) || sick(host) || isBusy
        }
        let taken = event.hosts.filter { !isOut($0) }
        let out = names.count { isOut($0) } + taken.count
        if !taken.isEmpty, out > wave.rollout.unavailable_max.hosts(of: names.count) {
            violations.append("\(event.order) takes \(out) of \(names.count) hosts out of service")
        }
    }
}
