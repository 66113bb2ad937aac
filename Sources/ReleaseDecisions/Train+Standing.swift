import OrderedCollections
import TimeAndChance
import TrainModel

/// Who is in service, kept up to date with every event and every word of a host, so that no decision has to count hosts.
extension Train {
    /// What an event changes in what has been seen. Called once for each, after the state has taken it in.
    mutating func follow(_ event: Event, at now: Instant) {
        switch event {
        case .hostEnrolled(let event): judgeStanding(of: event.host, at: now)
        case .hostRevoked(let event):
            leaveOut(event.host)
            for release in observed.releases[event.host.region] ?? [] {
                observed.look(at: now, release, event.host.region)
            }
        case .regionStarted(let event):
            openRoom(in: event.region, of: event.release, at: now)
            openComparisons(in: event.region, of: event.release, at: now)
        case .orderIssued(let event):
            for host in event.hosts { judgeStanding(of: HostKey(region: event.region, host: host), at: now) }
        case .orderRefused(let event):
            observed.progress[event.host]?[event.refusal.order] = nil
            judgeStanding(of: event.host, at: now)
        case .receiptReceived(let event): follow(event.receipt, at: now)
        case .verdictReached(let event) where event.verdict == .unhealthy:
            judgeStandings(in: event.region, of: event.release, at: now)
            wakeOthers(than: event.release, in: event.region, at: now)
        // The rest of it stands still.
        case .returnStarted(let event): wakeOthers(than: event.release, at: now)
        case .regionReturning(let event): turnedBack(event.region, of: event.release, at: now)
        case .partReturning(let event): turnedBack(event.region, of: event.release, at: now)
        case .releaseStopped(let event): wakeOthers(than: event.release, at: now)
        case .releaseEnded(let event): wakeOthers(than: event.release, at: now)
        case .regionReturned(let event): wakeOthers(than: event.release, in: event.region, at: now)
        case .releasePaused(let event): wakeOthers(than: event.release, at: now)
        default: break
        }
    }

    private mutating func turnedBack(_ region: RegionName, of id: ReleaseID, at now: Instant) {
        openRoom(in: region, of: id, at: now)
        judgeStandings(in: region, of: id, at: now)
        wakeOthers(than: id, in: region, at: now)
    }

    /// Nobody stands behind the orders of the way out any more.
    private mutating func judgeStandings(in region: RegionName, of id: ReleaseID, at now: Instant) {
        for host in state.releases[id]?.regions[region]?.hosts.keys ?? [] {
            judgeStanding(of: HostKey(region: region, host: host), at: now)
        }
    }

    private mutating func follow(_ receipt: Receipt, at now: Instant) {
        observed.progress[receipt.host]?[receipt.order] = nil
        observed.arrived[receipt.host]?.remove(receipt.order)
        // What was unhealthy was another version. The new one has just passed its smoke tests; of one that a host went
        // back to nothing is known before its next sample.
        observed.health[receipt.host, default: [:]][receipt.service] = receipt.outcome == .applied ? .healthy : nil
        judgeStanding(of: receipt.host, at: now)
    }

    private mutating func leaveOut(_ host: HostKey) {
        for id in state.releases.keys {
            let key = WorkKey(release: id, region: host.region)
            guard let place = state.releases[id]?.regions[host.region]?.hosts.index(forKey: host.host) else { continue }
            observed.withRoom(key) { $0.remove(place) }
            if let enough = state.releases[id]?.wave(of: host.region)?.bake.samples_min {
                let awaited = state.releases[id]?.services(in: host.region) ?? []
                observed.samples[key]?.forget(host.host, enough: enough, awaited: awaited)
            }
        }
        observed.forget(host)
    }

    mutating func openRoom(in region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], let progress = release.regions[region] else { return }
        let hosts = progress.hosts.map { name, host in
            let standing = standing(of: HostKey(region: region, host: name), for: release.taken(in: region), at: now)
            return (standing: host.phase == .revoked ? nil : standing, waits: progress.waits(host))
        }
        observed.open(Room(hosts, stepNumber: progress.stepNumber), for: WorkKey(release: id, region: region))
    }

    // MARK: - One host

    /// Call after anything that could change whether a host serves. True if it did.
    @discardableResult
    mutating func judgeStanding(of host: HostKey, at now: Instant) -> Bool {
        wishToForgetOrders(of: host, at: now)
        var hasChanged = false
        for id in observed.releases[host.region] ?? [] {
            guard let services = state.releases[id]?.taken(in: host.region),
                let place = state.releases[id]?.regions[host.region]?.hosts.index(forKey: host.host)
            else { continue }
            let standing = standing(of: host, for: services, at: now)
            let key = WorkKey(release: id, region: host.region)
            if observed.withRoom(key, { $0.move(place, to: standing) }) == true { hasChanged = true }
        }
        if hasChanged { revisions.changed(host.region) }
        return hasChanged
    }

    /// `services`: what would be taken from the host. Where it is busy or in trouble with another one, these may serve
    /// well.
    private func standing(of host: HostKey, for services: [ServiceName], at now: Instant) -> Standing {
        guard let known = state.fleet.hosts[host], observed.connected.contains(host) else { return .unsure }
        let health = observed.health[host] ?? [:]
        // With its clock off it serves, but takes no orders: what goes wrong there could not be put right.
        var standing = observed.isReachable(host) ? Standing.inService : .unsure
        for order in known.outstanding {
            if mayBeAtWork(order, of: host, at: now) {
                if services.contains(order.service) { return .out }
                standing = .unsure
            } else if isStoodBehind(order, of: host) {
                // It has expired and does nothing, but may be sent again.
                standing = .unsure
            }
        }
        for (service, health) in health where health == .unhealthy {
            if services.contains(service) { return .out }
            standing = .unsure
        }
        for (service, installed) in known.services where health[service] == nil {
            if installed.running == nil, services.contains(service) { return .out }
            // Without checks there are no samples: what was applied counts as serving, or it would be out for ever.
            if installed.running == nil || installed.isWatched { standing = .unsure }
        }
        return standing
    }

    /// While the host has said that it is, and for as long as it could begin or end.
    private func mayBeAtWork(_ order: OutstandingOrder, of host: HostKey, at now: Instant) -> Bool {
        order.until > now || observed.arrived[host]?.contains(order.order) == true
    }

    private func isStoodBehind(_ order: OutstandingOrder, of host: HostKey) -> Bool {
        guard state.releases[order.release]?.isActive == true,
            state.releases[order.release]?.orders[order.order]?.isWithdrawn != true
        else { return false }
        // Where nobody works any more, what has expired is not sent again.
        guard let region = state.releases[order.release]?.regions[host.region], region.isAtWork else { return false }
        return region.generation(of: order.service, on: host.host) == order.generation
    }

    /// Looks again when an order that nobody stands behind any more stops counting. Others are renewed before.
    private mutating func wishToForgetOrders(of host: HostKey, at now: Instant) {
        for order in state.fleet.hosts[host]?.outstanding ?? []
        where order.until > now && !isStoodBehind(order, of: host) {
            observed.deadlines.wish(at: order.until, .host(host))
        }
    }

    /// The same for an order that expired while it could not be renewed.
    mutating func wishToForget(_ order: OrderID, of id: ReleaseID, at now: Instant) {
        guard let known = state.releases[id]?.orders[order], known.issued.expires <= now else { return }
        for host in state.awaited(known) {
            guard let until = state.outstanding(order, of: host)?.until, until > now else { continue }
            observed.deadlines.wish(at: until, .host(host))
        }
    }

    /// What a host says of itself as its link opens. A service that ran here by its last receipt, and that the host does
    /// not name any more, does not run.
    func health(of host: HostKey, _ running: [RunningService]) -> [ServiceName: Health] {
        var health: [ServiceName: Health] = [:]
        for (service, installed) in state.fleet.hosts[host]?.services ?? [:] where installed.running != nil {
            health[service] = .unhealthy
        }
        for service in running where state.targets[TargetKey(region: host.region, service: service.service)] != nil {
            health[service.service] = service.health
        }
        return health
    }
}
