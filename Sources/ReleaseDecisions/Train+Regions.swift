import OrderedCollections
import TimeAndChance
import TrainModel

/// One region on its way out: batches, bake, verdict.
extension Train {
    /// Does whatever is due in one region of one release. Harmless when nothing is.
    mutating func look(at region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], let progress = release.regions[region] else { return }
        // What goes wrong while a release is paused still goes back: a pause holds new things only.
        guard release.paused == nil || release.phase == .returning else { return }
        switch (release.phase, progress.phase) {
        case (.running, .deploying):
            renewExpired(in: region, of: id, at: now)
            issueBatch(region, of: id, at: now)
        case (.running, .baking(let until)): endBake(region, of: id, until: until, at: now)
        case (.returning, .returning):
            renewExpired(in: region, of: id, at: now)
            continueReturn(of: region, in: id, at: now)
        case (.stopped, .deploying), (.stopped, .returning): renewExpired(in: region, of: id, at: now)
        default: break
        }
    }

    private mutating func issueBatch(_ region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], let progress = release.regions[region], progress.receiptsAwaited == 0
        else { return }
        guard progress.hostsLeft > 0 else { return startBake(region, of: id, at: now) }
        let rollout = release.wave(at: progress.position).wave.rollout
        let pending = progress.hosts.filter { $0.value.phase == .pending }.keys
        let batch = nextHosts(
            Array(pending),
            in: region,
            of: id,
            progress,
            batch_max: rollout.batch.hosts(of: progress.hosts.count),
            unavailable_max: rollout.unavailable_max.hosts(of: progress.hosts.count),
            at: now
        )
        guard !batch.isEmpty else { return }
        for service in release.services(in: region) {
            guard let artifact = release.artifacts[service] else { continue }
            issue(.deploy, artifact, of: service, to: batch, batch: progress.batches, in: region, of: id, at: now)
        }
    }

    /// Chooses hosts so that never more are out of service than the plan allows: one that is out already costs nothing,
    /// any other needs room. Sorted, and empty when there is no room.
    mutating func nextHosts(
        _ candidates: [HostName],
        in region: RegionName,
        of id: ReleaseID,
        _ progress: RegionState,
        batch_max: Int,
        unavailable_max: Int,
        at now: Instant
    ) -> [HostName] {
        let out = unavailable(of: progress, in: region, at: now)
        var room = unavailable_max - out.count
        var chosen: [HostName] = []
        for host in candidates where chosen.count < batch_max {
            if !out.contains(host) {
                guard room > 0 else { continue }
                room -= 1
            }
            chosen.append(host)
        }
        if chosen.isEmpty, !candidates.isEmpty { lookWhenFree(out.sorted(), in: region, of: id, at: now) }
        return chosen
    }

    /// Hosts that serve nobody now or must be taken for it: without a link, with an unhealthy service, or with an order in
    /// hand.
    func unavailable(of progress: RegionState, in region: RegionName, at now: Instant) -> Set<HostName> {
        Set(
            progress.hosts.keys.filter { name in
                let host = HostKey(region: region, host: name)
                return !observed.connected.contains(host)
                    || observed.unhealthy[host]?.isEmpty == false
                    || isBusy(host, at: now)
            }
        )
    }

    /// Has, or may have, an order in hand. One that its release no longer stands behind counts while the host has said
    /// that it is at work on it, and until it cannot begin any more.
    private func isBusy(_ host: HostKey, at now: Instant) -> Bool {
        state.fleet.hosts[host]?.outstanding.contains { order in
            guard let release = state.releases[order.release], release.isActive,
                release.regions[host.region]?.generations[order.service] == order.generation
            else { return order.until > now || observed.arrived[host]?.contains(order.order) == true }
            return true
        } ?? false
    }

    /// Looks again when an order that nobody stands behind any more stops counting.
    private mutating func lookWhenFree(
        _ hosts: some Sequence<HostName>,
        in region: RegionName,
        of id: ReleaseID,
        at now: Instant
    ) {
        for host in hosts {
            let key = HostKey(region: region, host: host)
            for order in state.fleet.hosts[key]?.outstanding ?? [] where order.until > now {
                observed.look(at: order.until, id, region)
            }
        }
    }

    mutating func issue(
        _ action: Order.Action,
        _ artifact: Artifact,
        of service: ServiceName,
        to hosts: [HostName],
        batch: Int,
        in region: RegionName,
        of id: ReleaseID,
        at now: Instant
    ) {
        guard let generation = state.releases[id]?.regions[region]?.generations[service] else { return }
        let order = OrderID(
            release: id,
            region: region,
            service: service,
            generation: generation,
            batch: batch,
            attempt: 1
        )
        let times = OrderTimes(from: now)
        emit(
            .orderIssued(
                OrderIssued(
                    release: id,
                    order: order,
                    region: region,
                    service: service,
                    action: action,
                    artifact: artifact,
                    generation: generation,
                    batch: batch,
                    attempt: 1,
                    hosts: hosts,
                    sequence: state.sequence + 1,
                    notBefore: times.notBefore,
                    expires: times.expires
                )
            ),
            at: now
        )
        observed.look(at: times.expires, id, region)
        perform(.deliver(order, of: id, to: hosts.map { HostKey(region: region, host: $0) }))
    }

    /// An order that has expired before every host answered is given a later expiry and sent again. The host's journal
    /// keeps the effect single.
    private mutating func renewExpired(in region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], let progress = release.regions[region] else { return }
        for open in progress.openOrders {
            guard let order = release.orders[open], order.issued.expires <= now else { continue }
            let times = OrderTimes(from: now)
            emit(
                .orderRenewed(
                    OrderRenewed(
                        release: id,
                        order: order.issued.order,
                        sequence: state.sequence + 1,
                        notBefore: times.notBefore,
                        expires: times.expires
                    )
                ),
                at: now
            )
            observed.look(at: times.expires, id, region)
            perform(
                .deliver(order.issued.order, of: id, to: order.awaited.map { HostKey(region: region, host: $0) })
            )
        }
    }

    private mutating func startBake(_ region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], let progress = release.regions[region] else { return }
        let until = now + release.wave(at: progress.position).wave.bake.duration
        emit(.bakeStarted(BakeStarted(release: id, region: region, until: until)), at: now)
        observed.look(at: until, id, region)
        endBake(region, of: id, until: until, at: now)
    }

    /// Healthy needs the whole time, data enough from every host and service, and every host present. Without them the
    /// bake goes on and a hold says what is missing.
    private mutating func endBake(_ region: RegionName, of id: ReleaseID, until: Instant, at now: Instant) {
        guard now >= until else { return }
        guard let release = state.releases[id], let progress = release.regions[region] else { return }
        let bake = release.wave(at: progress.position).wave.bake
        let samples = observed.samples[SampleKey(release: id, region: region)]
        if bake.duration > .zero {
            let pairs = progress.hosts.count * release.services(in: region).count
            guard samples?.pairsWithEnough == pairs,
                doubtfulHosts(of: progress, in: region, release, bake, at: now).isEmpty
            else { return }
        }
        emit(
            .verdictReached(
                VerdictReached(
                    release: id,
                    region: region,
                    verdict: .healthy,
                    reason: "",
                    healthySamples: samples?.healthy ?? 0,
                    unhealthySamples: samples?.unhealthy ?? 0,
                    firstUnhealthy: samples?.firstUnhealthy
                )
            ),
            at: now
        )
        regionBecameHealthy(id, at: now)
    }

    /// Hosts of which nobody can say that they are healthy now: without a link, last seen unhealthy, with too few
    /// samples, or with none of late.
    func doubtfulHosts(
        of progress: RegionState,
        in region: RegionName,
        _ release: ReleaseState,
        _ bake: Bake,
        at now: Instant
    ) -> [HostName] {
        let samples = observed.samples[SampleKey(release: release.id, region: region)]
        let recent = now - max(bake.every * 4, .seconds(5))
        return progress.hosts.keys.filter { name in
            let host = HostKey(region: region, host: name)
            guard observed.connected.contains(host), observed.unhealthy[host]?.isEmpty != false else { return true }
            return release.services(in: region).contains { service in
                guard let samples, let last = samples.last(of: service, on: name) else { return true }
                return last < recent || samples.total(of: service, on: name) < bake.samples_min
            }
        }
    }

    /// The region is unhealthy: the release does what its plan says.
    mutating func condemn(
        _ region: RegionName,
        of id: ReleaseID,
        reason: String,
        at now: Instant
    ) {
        guard let release = state.releases[id], release.phase == .running, let progress = release.regions[region] else {
            return
        }
        let samples = observed.samples[SampleKey(release: id, region: region)]
        emit(
            .verdictReached(
                VerdictReached(
                    release: id,
                    region: region,
                    verdict: .unhealthy,
                    reason: reason,
                    healthySamples: samples?.healthy ?? 0,
                    unhealthySamples: samples?.unhealthy ?? 0,
                    firstUnhealthy: samples?.firstUnhealthy ?? now
                )
            ),
            at: now
        )
        let cause = "\(region) is unhealthy: \(reason)"
        let touched = release.regions
        switch release.wave(at: progress.position).wave.onUnhealthy {
        case .stop: emit(.releaseStopped(ReleaseStopped(release: id, reason: cause)), at: now)
        case .rollBack(.region), .rollBack(.host):
            startReturn(of: [region], in: id, cause: cause, by: nil, at: now)
        case .rollBack(.wave):
            let wave = touched.filter { $0.value.position == progress.position }.keys
            startReturn(of: Array(wave), in: id, cause: cause, by: nil, at: now)
        case .rollBack(.release): startReturn(of: Array(touched.keys), in: id, cause: cause, by: nil, at: now)
        }
    }
}

/// When an order may be obeyed. Before `notBefore` lies room for clocks that differ.
private struct OrderTimes {
    static let clockSkew_max = Interval.minutes(2)
    static let lifetime = Interval.minutes(10)

    let notBefore: Instant
    let expires: Instant

    init(from now: Instant) {
        notBefore = now - Self.clockSkew_max
        expires = now + Self.lifetime
    }
}
