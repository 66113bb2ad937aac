import Calendars
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// What an observer writes down of one release: enough to say whether something may start, without asking the decisions.
struct ReleaseBook: Sendable {
    let plan: Plan
    let services: [ServiceName]
    let author: PersonName
    let ignoresWindows: Bool
    /// Ad hoc releases and lanes follow other rules than the plan's gates.
    private let isSpecial: Bool
    private let skips: [StageName]
    private var releaseDigest: Digest
    private(set) var healthyRegions: Set<RegionName> = []
    private(set) var hasEnded = false
    private(set) var isReturning = false
    private(set) var hasBrokenGlass = false
    private var approvals: [GateKey: [GateDecided]] = [:]
    private var approvedAt: [GateKey: [Instant]] = [:]
    private var votes: [GateKey: [VoteCast]] = [:]
    private var doneTasks: Set<GateKey> = []
    private var passedChecks: Set<GateKey> = []
    private var opened: Set<GateKey> = []
    private var orderHosts: [OrderID: [HostKey]] = [:]

    init(_ event: ReleaseStarted) {
        plan = event.plan
        services = event.services
        author = event.author
        let lane = event.plan.lanes.first { $0.name == event.lane }
        ignoresWindows = lane?.ignoresWindows ?? false
        skips = lane?.skips ?? []
        isSpecial = event.adHocUntil != nil
        releaseDigest = event.releaseDigest
    }

    mutating func note(_ event: Event, at now: Instant) {
        switch event {
        case .gateDecided(let event) where event.decision == .approved:
            approvals[event.gate, default: []].append(event)
            approvedAt[event.gate, default: []].append(now)
        case .voteCast(let event): votes[event.gate, default: []].append(event)
        case .taskDone(let event): doneTasks.insert(event.gate)
        case .checkConcluded(let event) where event.passed: passedChecks.insert(event.gate)
        case .glassBroken(let event):
            opened.insert(event.gate)
            hasBrokenGlass = true
        case .decisionsVoided(let event):
            for gate in event.gates {
                approvals[gate] = nil
                approvedAt[gate] = nil
                votes[gate] = nil
            }
        case .releaseRepinned(let event): releaseDigest = event.releaseDigest
        case .verdictReached(let event):
            if event.verdict == .healthy {
                healthyRegions.insert(event.region)
            } else {
                healthyRegions.remove(event.region)
            }
        case .orderIssued(let event):
            orderHosts[event.order] = event.hosts.map { HostKey(region: event.region, host: $0) }
        case .returnStarted: (hasEnded, isReturning) = (false, true)
        case .partReturning: hasEnded = false
        case .releaseEnded: (hasEnded, isReturning) = (true, false)
        default: break
        }
    }

    func hosts(of order: OrderID) -> [HostKey]? { orderHosts[order] }

    func place(of region: RegionName) -> (stage: Stage, wave: Wave)? {
        for stage in plan.stages {
            for wave in stage.waves where wave.regions.contains(region) { return (stage, wave) }
        }
        return nil
    }

    /// Those of every earlier wave that deploys anything.
    func regions(before region: RegionName) -> [RegionName] {
        var regions: [RegionName] = []
        for stage in plan.stages where !skips.contains(stage.name) {
            for wave in stage.waves where wave.services.contains(where: services.contains) {
                if wave.regions.contains(region) { return regions }
                if !isSpecial { regions += wave.regions }
            }
        }
        return regions
    }

    /// What is unmet of a gate by these books; nil: nothing that they know of.
    func objection(to gate: Gate, _ key: GateKey, at now: Instant) -> String? {
        guard !isSpecial, !opened.contains(key) else { return nil }
        switch gate {
        case .approval(let rule):
            let people = approvers(rule, key, at: now)
            return people.count < rule.quorum ? "with \(people.count) of \(rule.quorum) \(rule.act.rawValue)s" : nil
        case .vote(let rule):
            let missing = rule.roles.first { role in
                votes[key]?.last { $0.role == role.name && $0.releaseDigest == releaseDigest }?.isGo != true
            }
            return missing.map { "without the vote of \($0.name)" }
        case .window(let window):
            return ignoresWindows || window.isOpen(at: now) ? nil : "outside \(window)"
        case .task(let rule): return doneTasks.contains(key) ? nil : "before \(rule.name) was done"
        case .check(let rule): return passedChecks.contains(key) ? nil : "before \(rule.name) had passed"
        case .prerequisite, .evidence, .changes, .noDebts: return nil
        }
    }

    /// Distinct people whose approval counts now.
    private func approvers(_ rule: ApprovalRule, _ key: GateKey, at now: Instant) -> Set<PersonName> {
        var people: Set<PersonName> = []
        for (decision, at) in zip(approvals[key] ?? [], approvedAt[key] ?? [])
        where decision.releaseDigest == releaseDigest && (rule.validFor.map { now <= at + $0 } ?? true) {
            if rule.notAuthor, decision.by == author { continue }
            people.insert(decision.by)
        }
        return people
    }
}

extension Event {
    /// The release whose book it belongs in.
    var book: ReleaseID? {
        switch self {
        case .gateDecided(let event): event.release
        case .voteCast(let event): event.release
        case .taskDone(let event): event.release
        case .checkConcluded(let event): event.release
        case .glassBroken(let event): event.release
        case .decisionsVoided(let event): event.release
        case .releaseRepinned(let event): event.release
        case .verdictReached(let event): event.release
        case .orderIssued(let event): event.release
        case .returnStarted(let event): event.release
        case .partReturning(let event): event.release
        case .releaseEnded(let event): event.release
        default: nil
        }
    }
}
