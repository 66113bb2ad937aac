import OrderedCollections
import TimeAndChance
import TrainModel

/// One region on its way out: batches, bake, verdict.
extension Train {
    /// Does whatever is due in one region of one release. Harmless when nothing is.
    mutating func look(at region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let phase = state.releases[id]?.phase, let here = state.releases[id]?.regions[region]?.phase else {
            return
        }
        // What goes wrong while a release is paused still goes back: a pause holds new things only.
        guard phase == .returning || state.releases[id]?.paused == nil else { return }
        switch (phase, here) {
        case (.running, .deploying): issueBatch(region, of: id, at: now)
        case (.running, .baking(let until)): endBake(region, of: id, until: until, at: now)
        case (.returning, .returning): continueReturn(of: region, in: id, at: now)
        default: break
        }
    }

    private mutating func issueBatch(_ region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let left = state.releases[id]?.regions[region]?.hostsLeft,
            state.releases[id]?.regions[region]?.receiptsAwaited == 0
        else { return }
        guard left > 0 else { return startBake(region, of: id, at: now) }
        // A batch that has not been sent is something new: a freeze holds it.
        guard state.releases[id].map({ isFrozen($0, at: now) }) == false else { return }
        let batch = takeNext(in: region, of: id, outFirst: false)
        issue(.deploy, state.releases[id]?.artifacts ?? [:], to: batch, in: region, of: id, at: now)
    }

    /// Chooses the hosts that get their order now, as many as the plan's limits leave room for; they must get it.
    mutating func takeNext(in region: RegionName, of id: ReleaseID, outFirst: Bool) -> [HostName] {
        guard let rollout = state.releases[id]?.wave(of: region)?.rollout,
            let count = state.releases[id]?.regions[region]?.hostCount
        else { return [] }
        let places = observed.withRoom(WorkKey(release: id, region: region)) { room in
            room.takeNext(
                batch_max: rollout.batch.hosts(of: count),
                unavailable_max: rollout.unavailable_max.hosts(of: count),
                outFirst: outFirst
            )
        }
        return places?.sorted().compactMap { state.releases[id]?.regions[region]?.hosts.keys[$0] } ?? []
    }

    /// One order for each service of the release.
    mutating func issue(
        _ action: Order.Action,
        _ artifacts: [ServiceName: Artifact],
        to hosts: [HostName],
        in region: RegionName,
        of id: ReleaseID,
        at now: Instant
    ) {
        guard !hosts.isEmpty, let services = state.releases[id]?.services(in: region),
            let batch = state.releases[id]?.regions[region]?.batches
        else { return }
        for service in services {
            guard let artifact = artifacts[service] else { continue }
            issue(action, artifact, of: service, to: hosts, batch: batch, in: region, of: id, at: now)
        }
    }

    private mutating func issue(
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
        observed.deadlines.wish(at: times.expires, .order(order, of: id))
        perform(.deliver(order, of: id, to: hosts.map { HostKey(region: region, host: $0) }))
    }

    /// An order that has expired before every host answered is given a later expiry and sent again, as long as it may be
    /// delivered at all. The host's journal keeps the effect single.
    mutating func renewIfExpired(_ order: OrderID, of id: ReleaseID, at now: Instant) {
        guard let known = state.releases[id]?.orders[order], known.awaitedCount > 0, known.issued.expires <= now,
            mayDeliver(order, of: id),
            let region = state.releases[id]?.regions[known.issued.region], region.isAtWork,
            region.generations[known.issued.service] == known.issued.generation
        else { return }
        let times = OrderTimes(from: now)
        emit(
            .orderRenewed(
                OrderRenewed(
                    release: id,
                    order: order,
                    sequence: state.sequence + 1,
                    notBefore: times.notBefore,
                    expires: times.expires
                )
            ),
            at: now
        )
        observed.deadlines.wish(at: times.expires, .order(order, of: id))
        perform(.deliver(order, of: id, to: state.awaited(known)))
    }

    /// A region whose hosts have all been revoked has nothing that could be healthy: it stays where it is, and holds.
    private mutating func startBake(_ region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let bake = state.releases[id]?.wave(of: region)?.bake,
            state.releases[id]?.regions[region]?.hostCount != 0
        else { return }
        let until = now + bake.duration
        emit(.bakeStarted(BakeStarted(release: id, region: region, until: until)), at: now)
        observed.deadlines.wish(at: until, .region(region, of: id))
        endBake(region, of: id, until: until, at: now)
    }

    /// Healthy needs the whole time, data enough from every host and service, and every host present. Without them the
    /// bake goes on and a hold says what is missing.
    private mutating func endBake(_ region: RegionName, of id: ReleaseID, until: Instant, at now: Instant) {
        guard now >= until, isHealthyThroughout(region, of: id, at: now) else { return }
        let samples = observed.samples[WorkKey(release: id, region: region)]
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

    private mutating func isHealthyThroughout(_ region: RegionName, of id: ReleaseID, at now: Instant) -> Bool {
        guard let bake = state.releases[id]?.wave(of: region)?.bake,
            let hosts = state.releases[id]?.regions[region]?.hostCount, hosts > 0,
            let services = state.releases[id]?.services(in: region).count
        else { return false }
        guard bake.duration > .zero else { return true }
        let key = WorkKey(release: id, region: region)
        guard observed.samples[key]?.pairsWithEnough == hosts * services else { return false }
        guard let doubted = doubtfulPlace(in: region, of: id, bake, at: now) else { return true }
        observed.samples[key]?.doubted = doubted
        return false
    }

    /// Asks first the host that gave cause for doubt the last time, so that a region that waits for one host asks one.
    private func doubtfulPlace(in region: RegionName, of id: ReleaseID, _ bake: Bake, at now: Instant) -> Int? {
        guard let release = state.releases[id], let progress = release.regions[region],
            let samples = observed.samples[WorkKey(release: id, region: region)]
        else { return nil }
        let doubt = Doubt(release, in: region, bake, samples, observed, at: now)
        let (first, count) = (samples.doubted, progress.hosts.count)
        return (first..<first + count).lazy.map { $0 % count }.first { place in
            let (name, host) = progress.hosts.elements[place]
            return host.phase != .revoked && doubt.falls(on: HostKey(region: region, host: name))
        }
    }

    /// Hosts of which nobody can say that they are healthy now. Costs the region's hosts; for people only.
    func doubtfulHosts(
        of progress: RegionState,
        in region: RegionName,
        _ release: ReleaseState,
        _ bake: Bake,
        at now: Instant
    ) -> [HostName] {
        let samples = observed.samples[WorkKey(release: release.id, region: region)] ?? RegionSamples()
        let doubt = Doubt(release, in: region, bake, samples, observed, at: now)
        return progress.hosts.filter { name, host in
            host.phase != .revoked && doubt.falls(on: HostKey(region: region, host: name))
        }.keys.elements
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
        let samples = observed.samples[WorkKey(release: id, region: region)]
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

/// Whether a host gives cause for doubt at the end of a bake: no link, last said to be unhealthy, too few samples, or none
/// of late.
private struct Doubt {
    private let services: [ServiceName]
    private let samples: RegionSamples
    private let samples_min: Int
    private let recent: Instant
    private let observed: Observations

    init(
        _ release: ReleaseState,
        in region: RegionName,
        _ bake: Bake,
        _ samples: RegionSamples,
        _ observed: Observations,
        at now: Instant
    ) {
        services = release.services(in: region)
        self.samples = samples
        samples_min = bake.samples_min
        recent = now - max(bake.every * 4, .seconds(5))
        self.observed = observed
    }

    func falls(on host: HostKey) -> Bool {
        guard observed.connected.contains(host),
            observed.health[host]?.values.contains(.unhealthy) != true
        else { return true }
        return services.contains { service in
            guard let last = samples.last(of: service, on: host.host) else { return true }
            return last < recent || samples.total(of: service, on: host.host) < samples_min
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
