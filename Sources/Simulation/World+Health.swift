import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// A region whose hosts' health a release looks at.
struct HealthWatch: Sendable {
    /// Pause between two samples.
    var every: Interval
    /// Until when everything has been told.
    var told: Instant
    /// Releases that look at it; those of several plans may share a region.
    var releases: Set<ReleaseID> = []
    /// Until when the releases that have their verdict go on looking.
    var lookedAtUntil: Instant?
    /// Nil: until the region's verdict.
    var until: Instant?
    /// When it tells next because something in it is ill; nil: nothing is.
    var illNext: Instant?
}

/// Hosts' health. Samples are told in spans, as late as decisions can tell no difference: just before anything else
/// happens, and the moment a service turns.
extension World {
    /// Begins and ends watches, and counts endings.
    mutating func follow(_ event: Event) {
        switch event {
        case .regionStarted(let event):
            guard let wave = train.state.releases[event.release]?.plan.wave(of: event.region) else { return }
            beginWatch(of: event.region, for: event.release, every: max(wave.bake.every, .milliseconds(100)))
        case .verdictReached(let event) where event.verdict == .healthy:
            let wave = train.state.releases[event.release]?.plan.wave(of: event.region)
            endWatch(of: event.region, for: event.release, at: now + (wave?.bake.watchAfter ?? .zero))
        case .regionReturned(let event): endWatch(of: event.region, for: event.release, at: now)
        case .releaseEnded: endings += 1
        default: break
        }
    }

    private mutating func beginWatch(of region: RegionName, for release: ReleaseID, every: Interval) {
        var watch = HealthWatch(every: every, told: now)
        if let known = watches[region], !known.releases.isEmpty {
            watch = known
            watch.every = min(known.every, every)
        }
        watch.releases.insert(release)
        watches[region] = watch
    }

    private mutating func endWatch(of region: RegionName, for release: ReleaseID, at end: Instant) {
        guard var watch = watches[region] else { return }
        watch.releases.remove(release)
        watch.lookedAtUntil = max(watch.lookedAtUntil ?? end, end)
        watch.until = watch.releases.isEmpty ? watch.lookedAtUntil : nil
        watches[region] = watch
    }

    /// Tells what the watched hosts would have told by `instant`, at the last moment before it. Returns whether anything
    /// was told.
    mutating func tellHealth(before instant: Instant) -> Bool {
        let moment = instant - .milliseconds(1)
        watches.removeAll { _, watch in watch.until.map { $0 < now } ?? false }
        let due = watches.filter { moment >= $0.value.told + $0.value.every }.keys
        guard moment > now, !due.isEmpty else { return false }
        now = moment
        for region in due { tell(from: region) }
        return true
    }

    private mutating func tell(from region: RegionName) {
        watches[region]?.told = now
        for key in hostKeys(of: region) { tell(from: key) }
    }

    mutating func tell(from key: HostKey) {
        guard let host = hosts[key], host.isConnected else { return }
        for service in host.running.keys.sorted() where host.inHand[service] == nil {
            guard let deployment = hosts[key]?.running[service], let every = deployment.every, now > deployment.told
            else { continue }
            let count = Int(max(1, (now - deployment.told).ms / max(1, every.ms)))
            let bad = unhealthyCount(of: count, deployment, service, at: key)
            hosts[key]?.running[service]?.told = now
            if bad.count > 0 {
                hosts[key]?.unhealthy.insert(service)
            } else {
                hosts[key]?.unhealthy.remove(service)
            }
            give(
                .samples(
                    key,
                    HealthSamples(
                        service: service,
                        generation: deployment.generation,
                        digest: deployment.artifact.digest,
                        healthy: count - bad.count,
                        unhealthy: bad.count,
                        reason: bad.reason,
                        from: deployment.told,
                        to: now
                    )
                )
            )
        }
    }

    func hostKeys(of region: RegionName) -> [HostKey] { hostsByRegion[region] ?? [] }

    // MARK: - Illness

    /// Of so many samples up to now, those that are bad.
    private func unhealthyCount(
        of count: Int,
        _ deployment: SimulatedHost.Deployment,
        _ service: ServiceName,
        at key: HostKey
    ) -> (count: Int, reason: String) {
        guard let illness = illness(of: deployment, service, at: key) else { return (0, "") }
        let sick = min(now - deployment.told, now - (deployment.since + illness.after))
        let every = max(1, deployment.every?.ms ?? 1)
        let during = min(count, max(1, Int(sick.ms / every)))
        return (max(1, during * illness.percent / 100), illness.reason)
    }

    private func illness(
        of deployment: SimulatedHost.Deployment,
        _ service: ServiceName,
        at key: HostKey
    ) -> Illness? {
        guard deployment.isNew else { return nil }
        return options.illnesses.first { illness in
            let begin = deployment.since + illness.after
            return illness.place.holds(key, service, deployment.artifact.version) && now >= begin
                && illness.lasts.map { now < begin + $0 } ?? true
        }
    }

    /// The host speaks up when a service turns ill, and when it is well again.
    mutating func planIllness(of deployment: SimulatedHost.Deployment, _ service: ServiceName, at key: HostKey) {
        guard deployment.isNew, let every = deployment.every else { return }
        for illness in options.illnesses where illness.place.holds(key, service, deployment.artifact.version) {
            agenda.add(.told(key.region), at: now + max(illness.after, every))
            if let lasts = illness.lasts { agenda.add(.told(key.region), at: now + illness.after + lasts + every) }
        }
    }

    /// While anything in a watched region is ill its hosts speak at every sample.
    mutating func tellOfIllness(in region: RegionName) {
        tell(from: region)
        guard let watch = watches[region], watch.illNext.map({ $0 <= now }) ?? true else { return }
        let isIll = hostKeys(of: region).contains { hosts[$0]?.unhealthy.isEmpty == false }
        let goesOn = isIll && watch.until.map { now < $0 } ?? true
        watches[region]?.illNext = goesOn ? now + watch.every : nil
        if goesOn { agenda.add(.told(region), at: now + watch.every) }
    }
}

extension Plan {
    /// The wave that a region stands in; nil: the plan does not name it.
    func wave(of region: RegionName) -> Wave? {
        stages.lazy.flatMap(\.waves).first { $0.regions.contains(region) }
    }

    /// `stage/wave/region`, as holds call it.
    func subject(of region: RegionName) -> String {
        for stage in stages {
            for wave in stage.waves where wave.regions.contains(region) {
                return "\(stage.name)/\(wave.name)/\(region)"
            }
        }
        return region.text
    }
}
