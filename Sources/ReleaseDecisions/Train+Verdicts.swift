import OrderedCollections
import TimeAndChance
import TrainModel

/// A region under bake, and its verdict.
extension Train {
    /// A region whose hosts have all been revoked has nothing that could be healthy: it stays where it is, and holds.
    mutating func startBake(_ region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let bake = state.releases[id]?.wave(of: region)?.bake,
            let hosts = state.releases[id]?.regions[region]?.hostCount, hosts > 0
        else { return }
        let until = now + bake.duration
        emit(.bakeStarted(BakeStarted(release: id, region: region, until: until)), at: now)
        observed.look(at: until, id, region)
        endBake(region, of: id, until: until, at: now)
    }

    /// Healthy needs the whole time, and no cause for doubt that the plan does not forgive. Where there is one, the bake
    /// goes on and a hold says what is missing.
    mutating func endBake(_ region: RegionName, of id: ReleaseID, until: Instant, at now: Instant) {
        compare(in: region, of: id, at: now)
        // A comparison may have ended it.
        guard now >= until, case .baking = state.releases[id]?.regions[region]?.phase,
            condemnSilent(region, of: id, until: until, at: now) == false,
            isHealthyThroughout(region, of: id, at: now), concludeComparisons(in: region, of: id, at: now)
        else { return }
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
        startWatch(region, of: id, at: now)
        regionBecameHealthy(id, at: now)
    }

    private mutating func isHealthyThroughout(_ region: RegionName, of id: ReleaseID, at now: Instant) -> Bool {
        guard let bake = state.releases[id]?.wave(of: region)?.bake,
            let hosts = state.releases[id]?.regions[region]?.hostCount, hosts > 0,
            let services = state.releases[id]?.services(in: region).count
        else { return false }
        guard bake.duration > .zero else { return true }
        let key = WorkKey(release: id, region: region)
        // Where hosts have nothing to say, their links are all that there is to doubt.
        let isSampled = state.releases[id]?.wave(of: region)?.isSampled == true
        let pairs = isSampled ? observed.samples[key]?.pairsWithEnough ?? 0 : hosts * services
        if bake.silence == .ignored {
            // More than half must speak; fewer pairs than that, and nobody need be asked.
            return pairs * 2 > hosts * services && mostSpeakWell(in: region, of: id, bake, at: now)
        }
        guard pairs == hosts * services else { return false }
        guard let doubted = doubtfulPlace(in: region, of: id, bake, at: now) else { return true }
        observed.samples[key]?.doubted = doubted
        return false
    }

    /// Asks first the host that gave cause for doubt the last time, so that a region that waits for one host asks one.
    private func doubtfulPlace(in region: RegionName, of id: ReleaseID, _ bake: Bake, at now: Instant) -> Int? {
        guard let release = state.releases[id], let progress = release.regions[region],
            case let samples = observed.samples[WorkKey(release: id, region: region)] ?? RegionSamples()
        else { return nil }
        let doubt = Doubt(release, in: region, bake, samples, observed, at: now)
        let (first, count) = (samples.doubted, progress.hosts.count)
        return (first..<first + count).lazy.map { $0 % count }.first { place in
            let (name, host) = progress.hosts.elements[place]
            return host.phase != .revoked && doubt.falls(on: HostKey(region: region, host: name))
        }
    }

    /// Nobody says that it is ill, and more than half of the hosts say that they are well.
    private func mostSpeakWell(in region: RegionName, of id: ReleaseID, _ bake: Bake, at now: Instant) -> Bool {
        guard let release = state.releases[id], let progress = release.regions[region] else { return false }
        let samples = observed.samples[WorkKey(release: id, region: region)] ?? RegionSamples()
        let doubt = Doubt(release, in: region, bake, samples, observed, at: now)
        var speaking = 0
        for (name, host) in progress.hosts where host.phase != .revoked {
            let key = HostKey(region: region, host: name)
            if doubt.isIll(key) { return false }
            if !doubt.isSilent(key) { speaking += 1 }
        }
        return speaking * 2 > progress.hostCount
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

    // MARK: - Silence

    /// Where the plan takes silence for illness: true if the region was condemned for it. After a start of the controller
    /// hosts are given the bake's time to speak again.
    private mutating func condemnSilent(
        _ region: RegionName,
        of id: ReleaseID,
        until: Instant,
        at now: Instant
    ) -> Bool {
        guard let release = state.releases[id], let bake = release.wave(of: region)?.bake, bake.silence == .unhealthy,
            bake.duration > .zero, let progress = release.regions[region]
        else { return false }
        let heard = max(until - bake.duration, observed.began) + max(bake.duration, Doubt.silence_max(bake))
        guard now >= heard else {
            observed.look(at: heard, id, region)
            return false
        }
        let samples = observed.samples[WorkKey(release: id, region: region)] ?? RegionSamples()
        let doubt = Doubt(release, in: region, bake, samples, observed, at: now)
        let silent = progress.hosts.filter { name, host in
            host.phase != .revoked && doubt.isSilent(HostKey(region: region, host: name))
        }.keys.elements
        guard let first = silent.first else { return false }
        let place = FailurePlace(host: first, service: release.services(in: region)[0], rule: "")
        let reason = "nothing is heard of \(silent.listed), and the plan takes silence for illness"
        condemn(region, of: id, RegionFailure(reason: reason, place: place), at: now)
        return true
    }
}

extension Wave {
    /// Without smoke tests hosts say nothing of their health; then counters that are compared give the verdict.
    fileprivate var isSampled: Bool { !checks.isEmpty || bake.comparisons.allSatisfy { $0.source == .samples } }
}

/// Whether a host gives cause for doubt at the end of a bake: no link, last said to be unhealthy, too few samples, or none
/// of late.
private struct Doubt {
    /// Those that speak; empty where no smoke test makes them.
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
        services = release.wave(of: region)?.isSampled == true ? release.services(in: region) : []
        self.samples = samples
        samples_min = bake.samples_min
        recent = now - Self.silence_max(bake)
        self.observed = observed
    }

    /// Who has not said anything for longer is silent.
    static func silence_max(_ bake: Bake) -> Interval { max(bake.every * 4, .seconds(5)) }

    func falls(on host: HostKey) -> Bool { isIll(host) || isSilent(host) }

    /// By its own word.
    func isIll(_ host: HostKey) -> Bool {
        observed.connected.contains(host) && observed.health[host]?.values.contains(.unhealthy) == true
    }

    func isSilent(_ host: HostKey) -> Bool {
        guard observed.connected.contains(host) else { return true }
        return services.contains { service in
            guard let last = samples.last(of: service, on: host.host) else { return true }
            return last < recent || samples.total(of: service, on: host.host) < samples_min
        }
    }
}
