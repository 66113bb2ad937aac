import OrderedCollections
import TimeAndChance
import TrainModel

/// Stages and waves: what starts next, and when a wave has its verdict.
extension Train {
    // No copy of a release is held while events change it: the change would copy all its regions.

    /// Starts whatever of the wave in hand may start. Harmless when nothing may.
    mutating func advance(_ id: ReleaseID, at now: Instant) {
        while state.releases[id]?.phase == .running, state.releases[id]?.paused == nil {
            guard let (stage, wave) = state.releases[id]?.current else {
                return end(id, .completed, by: nil, reason: "", at: now)
            }
            if state.releases[id]?.waveStarted == false {
                guard state.releases[id].map({ gatesPassed(wave.gates, before: nil, of: $0) }) == true else { return }
                emit(.waveStarted(WaveStarted(release: id, stage: stage.name, wave: wave.name)), at: now)
            }
            startRegions(of: wave, in: id, at: now)
            guard isHealthy(wave, of: id) else { return }
            emit(.wavePromoted(WavePromoted(release: id, stage: stage.name, wave: wave.name)), at: now)
        }
    }

    private mutating func startRegions(of wave: Wave, in id: ReleaseID, at now: Instant) {
        // Those that went one by one and are healthy come first.
        let done = wave.oneByOne ? state.releases[id]?.regionsHealthyInWave ?? 0 : 0
        for region in wave.regions.dropFirst(done) {
            guard state.releases[id]?.phase == .running else { return }
            if let opening = opening(of: region, of: wave, in: id) {
                emit(.regionStarted(opening), at: now)
                look(at: region, of: id, at: now)
            }
            if wave.oneByOne, state.releases[id]?.regions[region]?.phase != .healthy { return }
        }
    }

    /// A wave without a healthy verdict for each of its regions is never promoted; `regionsHealthyInWave` counts them.
    private func isHealthy(_ wave: Wave, of id: ReleaseID) -> Bool {
        guard let release = state.releases[id], release.phase == .running,
            release.regionsHealthyInWave == wave.regions.count
        else { return false }
        precondition(
            wave.regions.allSatisfy { release.regions[$0]?.phase == .healthy },
            "a wave was about to be promoted with a region that is not healthy"
        )
        return true
    }

    /// Called when one region became healthy: the wave may be done, or the next region of a wave that goes one by one
    /// may start.
    mutating func regionBecameHealthy(_ id: ReleaseID, at now: Instant) {
        guard let wave = state.releases[id]?.current?.wave else { return }
        if wave.oneByOne || state.releases[id]?.regionsHealthyInWave == wave.regions.count { advance(id, at: now) }
    }

    /// How a region that has not started would start; nil: it may not yet, or it has no hosts.
    private func opening(of region: RegionName, of wave: Wave, in id: ReleaseID) -> RegionStarted? {
        guard let release = state.releases[id], release.regions[region] == nil,
            gatesPassed(wave.regionGates, before: region, of: release)
        else { return nil }
        let members = state.fleet.members(of: region)
        guard !members.isEmpty else { return nil }
        var generations: [ServiceName: UInt64] = [:]
        var previous: [ServiceName: Artifact] = [:]
        for service in release.plan.services {
            let target = state.targets[TargetKey(region: region, service: service.name)]
            generations[service.name] = (target?.generation ?? 0) + 1
            previous[service.name] = target?.blessed
        }
        return RegionStarted(
            release: id,
            region: region,
            hosts: members,
            generations: generations,
            previous: previous
        )
    }

    mutating func end(
        _ id: ReleaseID,
        _ outcome: ReleaseOutcome,
        by person: PersonName?,
        reason: String,
        at now: Instant
    ) {
        guard let (regions, hosts) = leftBehind(by: id) else { return }
        emit(.releaseEnded(ReleaseEnded(release: id, outcome: outcome, by: person, reason: reason)), at: now)
        for region in regions { observed.close(WorkKey(release: id, region: region)) }
        // What they have still in hand counts only for as long as they may be at it.
        for host in hosts { judgeStanding(of: host, at: now) }
        revisions.forget { state.releases[$0] == nil }
    }

    /// The regions of a release and the hosts that have not answered it; by its end the state may have forgotten it.
    private func leftBehind(by id: ReleaseID) -> (regions: [RegionName], hosts: [HostKey])? {
        guard let release = state.releases[id] else { return nil }
        let unanswered = release.orders.values.filter { $0.awaitedCount > 0 }
        return (Array(release.regions.keys), unanswered.flatMap(state.awaited))
    }
}
