import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Watches every decision from outside, with books of its own, for what must never happen.
struct NeverEvents {
    private(set) var violations: [String] = []
    private var plans: [ReleaseID: Plan] = [:]
    private var healthyRegions: [ReleaseID: Set<RegionName>] = [:]
    private var generations: [TargetKey: UInt64] = [:]
    private var members: [WorkPlace: [HostName]] = [:]
    private var blessed: [TargetKey: Artifact] = [:]
    private var artifacts: [ReleaseID: [ServiceName: Artifact]] = [:]
    private var previous: [WorkPlace: [ServiceName: Artifact]] = [:]
    private var busy: [HostKey: [OrderIssued]] = [:]
    /// Services that hosts have lost, by their receipts.
    private var down: [HostKey: Set<ServiceName>] = [:]
    private var ran: [HostKey: Set<ServiceName>] = [:]
    private var ended: Set<ReleaseID> = []
    private var paused: Set<ReleaseID> = []
    private var returning: Set<ReleaseID> = []
    private var revoked: Set<HostKey> = []
    /// Ways back that leave the rest of a release where it is.
    private var parts: [WorkPlace: PartReturning] = [:]
    /// What went back and nobody has released.
    private var pinned: Set<TargetKey> = []
    /// Services that a release has brought to its hosts, on the way in hand.
    private var inPlace: [WorkPlace: [HostName: Set<ServiceName>]] = [:]
    /// Restarts ordered on the way in hand, but for those that are given again.
    private var restarts: [WorkPlace: [HostName: [ServiceName]]] = [:]
    /// Regions of a release that are not back yet, and whether it had ended before.
    private var onWayBack: [ReleaseID: (regions: Set<RegionName>, hadEnded: Bool)] = [:]

    /// Hosts that may have served when the newest batch of a way back took them, and that can answer.
    private var batchBack: [WorkPlace: (batch: Int, hosts: Set<HostName>)] = [:]

    /// Bundles that no host can fetch any more.
    private var removed: Set<Digest> = []

    private struct WorkPlace: Hashable {
        let release: ReleaseID
        let region: RegionName
    }

    /// `hosts`: the hosts as they really were when the decision was made.
    mutating func watch(_ event: Event, at now: Instant, hosts: Fleet) {
        switch event {
        case .hostEnrolled(let event): revoked.remove(event.host)
        case .hostRevoked(let event): revoke(event.host)
        case .releaseStarted(let event):
            plans[event.release] = event.plan
            artifacts[event.release] = event.artifacts
        case .artifactPushed(let event): removed.remove(event.artifact.digest)
        case .bundlesRemoved(let event): removed.formUnion(event.digests)
        case .regionStarted(let event): start(event)
        case .verdictReached(let event): judge(event)
        case .orderIssued(let event): issue(event, at: now, hosts: hosts)
        case .orderRenewed(let event): renew(event)
        case .receiptReceived(let event): settle(event.receipt)
        case .regionsPinned(let event): pinned.formUnion(event.targets)
        case .regionsUnpinned(let event): pinned.subtract(event.targets)
        case .partReturning(let event):
            turn(event.release, event.region, event)
            if event.hosts.isEmpty { bless(event.goal, event.generations, in: event.region) }
        case .regionReturning(let event):
            turn(event.release, event.region, nil)
            let place = WorkPlace(release: event.release, region: event.region)
            bless(previous[place] ?? [:], event.generations, in: event.region)
        case .regionReturned(let event): endReturn(event)
        case .releasePaused(let event): paused.insert(event.release)
        case .releaseResumed(let event): paused.remove(event.release)
        case .releaseEnded(let event):
            ended.insert(event.release)
            returning.remove(event.release)
        case .returnStarted(let event):
            let hadEnded = ended.remove(event.release) != nil && event.isPart == true
            onWayBack[event.release] = (Set(event.regions), hadEnded)
            returning.insert(event.release)
        default: break
        }
    }

    /// Never-event 7: what was aborted or paused sends nothing any more.
    mutating func watchDelivery(_ order: OrderID, of release: ReleaseID, _ train: Train) {
        if let sent = train.order(order, of: release), sent.action != .restart, removed.contains(sent.artifact.digest) {
            violations.append("\(order) was sent when the bundle of \(sent.artifact) was gone")
        }
        if ended.contains(release) { violations.append("\(order) was sent after the end of its release") }
        if paused.contains(release), !returning.contains(release) {
            violations.append("\(order) was sent while its release is paused")
        }
    }

    /// Its link is gone, or its clock is off: no way back waits for it.
    mutating func lose(_ host: HostKey) {
        for place in batchBack.keys where place.region == host.region { batchBack[place]?.hosts.remove(host.host) }
    }

    private mutating func turn(_ release: ReleaseID, _ region: RegionName, _ part: PartReturning?) {
        let place = WorkPlace(release: release, region: region)
        parts[place] = part
        restarts[place] = nil
        inPlace[place] = nil
        batchBack[place] = nil
    }

    /// A way back leads to what was judged healthy, so that is what the next one leads to.
    private mutating func bless(
        _ goal: [ServiceName: Artifact],
        _ generations: [ServiceName: UInt64],
        in region: RegionName
    ) {
        for service in generations.keys { blessed[TargetKey(region: region, service: service)] = goal[service] }
    }

    private mutating func endReturn(_ event: RegionReturned) {
        onWayBack[event.release]?.regions.remove(event.region)
        guard onWayBack[event.release]?.regions.isEmpty == true else { return }
        if onWayBack[event.release]?.hadEnded == true, event.stuck.isEmpty { ended.insert(event.release) }
    }

    private mutating func revoke(_ host: HostKey) {
        lose(host)
        revoked.insert(host)
        busy[host] = nil
        ran[host] = nil
        down[host] = nil
        for place in members.keys where place.region == host.region { members[place]?.removeAll { $0 == host.host } }
    }

    /// Never-event 1: no region starts before every earlier wave is healthy.
    private mutating func start(_ event: RegionStarted) {
        let place = WorkPlace(release: event.release, region: event.region)
        members[place] = event.hosts
        previous[place] = event.previous
        for service in event.generations.keys where pinned.contains(TargetKey(region: event.region, service: service)) {
            violations.append("\(event.region) started with \(service), which went back and must stay")
        }
        if event.hosts.isEmpty { violations.append("\(event.region) started without hosts") }
        for (service, artifact) in event.previous
        where blessed[TargetKey(region: event.region, service: service)] != artifact {
            violations.append("\(artifact) is the way back of \(event.region), but was not judged healthy last")
        }
        for wave in plans[event.release]?.stages.flatMap(\.waves) ?? [] {
            if wave.regions.contains(event.region) { return }
            for region in wave.regions where healthyRegions[event.release]?.contains(region) != true {
                violations.append("\(event.region) started before \(region) was healthy")
            }
        }
    }

    private mutating func judge(_ event: VerdictReached) {
        let place = WorkPlace(release: event.release, region: event.region)
        let isHealthy = event.verdict == .healthy
        if isHealthy {
            healthyRegions[event.release, default: []].insert(event.region)
            if members[place]?.isEmpty != false { violations.append("\(event.region) is healthy without hosts") }
        } else {
            healthyRegions[event.release]?.remove(event.region)
        }
        for (service, artifact) in artifacts[event.release] ?? [:] {
            let target = TargetKey(region: event.region, service: service)
            blessed[target] = isHealthy ? artifact : previous[place]?[service]
        }
    }

    private mutating func settle(_ receipt: Receipt) {
        if receipt.outcome == .applied {
            let place = WorkPlace(release: receipt.release, region: receipt.host.region)
            inPlace[place, default: [:]][receipt.host.host, default: []].insert(receipt.service)
        }
        busy[receipt.host]?.removeAll {
            $0.service == receipt.service && $0.generation <= receipt.generation
                && ($0.generation < receipt.generation || $0.order == receipt.order)
        }
        if receipt.running != nil {
            down[receipt.host]?.remove(receipt.service)
            ran[receipt.host, default: []].insert(receipt.service)
        } else if ran[receipt.host]?.contains(receipt.service) == true {
            down[receipt.host, default: []].insert(receipt.service)
        }
    }

    private mutating func renew(_ event: OrderRenewed) {
        for host in busy.keys {
            guard let place = busy[host]?.firstIndex(where: { $0.order == event.order }) else { continue }
            busy[host]?[place].expires = event.expires
        }
    }

    private mutating func issue(_ event: OrderIssued, at now: Instant, hosts: Fleet) {
        let target = TargetKey(region: event.region, service: event.service)
        // Never-event 2.
        if event.generation < generations[target] ?? 0 {
            violations.append("\(event.order) is older than what was ordered")
        }
        generations[target] = event.generation
        if event.action != .restart, removed.contains(event.artifact.digest) {
            violations.append("\(event.order) needs the bundle of \(event.artifact), which is gone")
        }
        // Never-event 7.
        if ended.contains(event.release) { violations.append("\(event.order) left after the end of its release") }
        if event.action == .deploy, returning.contains(event.release) {
            violations.append("\(event.order) deploys on the way back")
        }
        let place = WorkPlace(release: event.release, region: event.region)
        switch event.action {
        case .deploy:
            if pinned.contains(target) { violations.append("\(event.order) changes what went back and must stay") }
            checkLayers(event, at: place)
        case .rollBack:
            let goal = parts[place]?.goal ?? previous[place]
            if goal?[event.service] != event.artifact { violations.append("\(event.order) is no way back") }
        case .restart: checkRestart(event, at: place)
        }
        for host in event.hosts where revoked.contains(HostKey(region: event.region, host: host)) {
            violations.append("\(event.order) is for \(host), which has been revoked")
        }
        checkAvailability(event, at: now, hosts: hosts)
        for host in event.hosts { busy[HostKey(region: event.region, host: host), default: []].append(event) }
    }

    /// A service comes when those it is after are in place on every host of the region.
    private mutating func checkLayers(_ event: OrderIssued, at place: WorkPlace) {
        guard let plan = plans[event.release],
            let services = plan.stages.flatMap(\.waves).first(where: { $0.regions.contains(event.region) })?.services
        else { return }
        let needed = plan.services.first { $0.name == event.service }?.after.filter(services.contains) ?? []
        for host in members[place] ?? []
        where !(inPlace[place]?[host] ?? []).isSuperset(of: needed) {
            violations.append("\(event.order) came before \(needed) were in place on \(host)")
        }
    }

    /// Exactly what is named is restarted, once.
    private mutating func checkRestart(_ event: OrderIssued, at place: WorkPlace) {
        let named = plans[event.release]?.services.flatMap(\.restarts) ?? []
        if !named.contains(event.service) { violations.append("\(event.order) restarts what nobody named") }
        guard event.attempt == 1 else { return }
        for host in event.hosts {
            if restarts[place]?[host]?.contains(event.service) == true {
                violations.append("\(event.order) restarts \(host) a second time")
            }
            restarts[place, default: [:]][host, default: []].append(event.service)
        }
    }

    /// Hosts are changed in batches, each when the one before has answered. On the way back this is said of hosts that may
    /// serve, and nobody waits for those that cannot answer.
    private mutating func checkBatch(
        _ event: OrderIssued,
        of rollout: Rollout,
        serving: [HostName],
        among names: [HostName],
        hosts: Fleet
    ) {
        guard event.attempt == 1 else { return }
        let place = WorkPlace(release: event.release, region: event.region)
        let batch_max = rollout.batch.hosts(of: names.count)
        func isAwaited(_ host: HostName, before batch: Int) -> Bool {
            busy[HostKey(region: event.region, host: host)]?.contains {
                $0.release == event.release && $0.batch < batch
            } == true
        }
        guard returning.contains(event.release) else {
            let canary_max = rollout.canary.map { $0.hosts(of: names.count) } ?? batch_max
            if event.hosts.count > max(batch_max, canary_max) || (event.batch == 0 && event.hosts.count > canary_max) {
                violations.append("\(event.order) goes to \(event.hosts.count) hosts at once")
            }
            for host in names where isAwaited(host, before: event.batch) {
                violations.append("\(event.order) left before \(host) had answered")
            }
            return
        }
        let reachable = serving.filter {
            let host = HostKey(region: event.region, host: $0)
            return hosts.connected.contains(host) && !hosts.clocksOff.contains(host)
        }
        if batchBack[place]?.batch != event.batch {
            guard !serving.isEmpty else { return }
            for host in batchBack[place]?.hosts ?? [] where isAwaited(host, before: event.batch) {
                violations.append("\(event.order) goes back before \(host) is back")
            }
            batchBack[place] = (event.batch, [])
        }
        batchBack[place]?.hosts.formUnion(reachable)
        if let hosts = batchBack[place]?.hosts, hosts.count > batch_max {
            violations.append("\(event.order) makes it \(hosts.count) hosts that go back at once")
        }
    }

    /// Never-event 4: a host that may serve is taken out only while few enough are out, or may be.
    private mutating func checkAvailability(_ event: OrderIssued, at now: Instant, hosts: Fleet) {
        let place = WorkPlace(release: event.release, region: event.region)
        let waves = plans[event.release]?.stages.flatMap(\.waves) ?? []
        let services = Set(plans[event.release]?.services.flatMap { [$0.name] + $0.restarts } ?? [])
        guard let wave = waves.first(where: { $0.regions.contains(event.region) }), let names = members[place] else {
            return
        }
        func isBusy(_ host: HostKey, with isMeant: (ServiceName) -> Bool = { _ in true }) -> Bool {
            // An unanswered order may be at work until its expiry and the plan's time limit have gone by.
            busy[host]?.contains { $0.expires + wave.rollout.timeout > now && isMeant($0.service) } == true
        }
        func mayServe(_ host: HostKey) -> Bool {
            guard hosts.connected.contains(host) else { return true }
            guard !isBusy(host, with: services.contains) else { return false }
            return services.allSatisfy { service in
                hosts.said[host]?[service] != .unhealthy && down[host]?.contains(service) != true
            }
        }
        func mayBeOut(_ host: HostKey) -> Bool {
            isBusy(host) || !hosts.connected.contains(host) || down[host]?.isEmpty == false
                || hosts.said[host]?.values.contains(.unhealthy) == true
                || hosts.watched[host]?.contains { hosts.said[host]?[$0] == nil } == true
                || hosts.clocksOff.contains(host)
        }
        let serving = event.hosts.filter { mayServe(HostKey(region: event.region, host: $0)) }
        checkBatch(event, of: wave.rollout, serving: serving, among: names, hosts: hosts)
        let taken = Set(event.hosts)
        guard taken.contains(where: { mayServe(HostKey(region: event.region, host: $0)) }) else { return }
        let out = names.count { taken.contains($0) || mayBeOut(HostKey(region: event.region, host: $0)) }
        if out > wave.rollout.unavailable_max.hosts(of: names.count) {
            violations.append("\(event.order) takes \(out) of \(names.count) hosts out of service")
        }
    }
}
