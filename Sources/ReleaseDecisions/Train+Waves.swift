import OrderedCollections
import TimeAndChance
import TrainModel

/// Stages and waves: what starts next, and when a wave has its verdict.
extension Train {
    /// Starts whatever of the wave in hand may start. Harmless when nothing may.
    mutating func advance(_ id: ReleaseID, at now: Instant) {
        while let release = state.releases[id], release.phase == .running, release.paused == nil {
            guard let (stage, wave) = release.current else {
                return end(id, .completed, by: nil, reason: "", at: now)
            }
            if !release.waveStarted {
                guard pass(before: nil, of: id, at: now) else { return }
                emit(.waveStarted(WaveStarted(release: id, stage: stage.name, wave: wave.name)), at: now)
            }
            startRegions(of: wave, in: id, at: now)
            guard promoteIfHealthy(wave, of: stage, in: id, at: now) else { return }
        }
    }

    /// What stands before the wave stands before each of its regions too.
    private mutating func startRegions(of wave: Wave, in id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], wave.regions.contains(where: { release.regions[$0] == nil }) else {
            return
        }
        guard pass(before: nil, of: id, at: now) else { return putOffChecks(of: id, at: now) }
        var unfinished = 0
        for region in wave.regions {
            guard let release = state.releases[id], release.phase == .running else { return }
            if release.regions[region] == nil {
                startRegion(region, of: wave, in: id, at: now)
            }
            if state.releases[id]?.regions[region]?.phase != .healthy { unfinished += 1 }
            if let limit = wave.regionsAtOnce, unfinished >= limit { return }
        }
    }

    /// A wave without a healthy verdict for each of its regions is never promoted; `regionsHealthyInWave` counts them.
    private mutating func promoteIfHealthy(
        _ wave: Wave,
        of stage: Stage,
        in id: ReleaseID,
        at now: Instant
    ) -> Bool {
        guard let release = state.releases[id], release.phase == .running,
            release.regionsHealthyInWave == wave.regions.count
        else { return false }
        precondition(
            wave.regions.allSatisfy { release.regions[$0]?.phase == .healthy },
            "a wave was about to be promoted with a region that is not healthy"
        )
        emit(.wavePromoted(WavePromoted(release: id, stage: stage.name, wave: wave.name)), at: now)
        return true
    }

    /// Called when one region became healthy: the wave may be done, or the next region of a wave that goes one by one
    /// may start.
    mutating func regionBecameHealthy(_ id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], let (_, wave) = release.current else { return }
        if wave.regionsAtOnce != nil || release.regionsHealthyInWave == wave.regions.count { advance(id, at: now) }
    }

    private mutating func startRegion(_ region: RegionName, of wave: Wave, in id: ReleaseID, at now: Instant) {
        let members = state.fleet.members(of: region)
        guard !members.isEmpty, pass(before: region, of: id, at: now), let release = state.releases[id] else { return }
        precondition(
            release.waveStarted && wave.regions.contains(region) && !isFrozen(release, at: now),
            "a region was about to start before its turn"
        )
        var generations: [ServiceName: UInt64] = [:]
        var previous: [ServiceName: Artifact] = [:]
        for service in release.services(of: wave) {
            let target = state.targets[TargetKey(region: region, service: service)]
            generations[service] = (target?.generation ?? 0) + 1
            previous[service] = target?.blessed
        }
        emit(
            .regionStarted(
                RegionStarted(
                    release: id,
                    region: region,
                    hosts: members,
                    generations: generations,
                    previous: previous
                )
            ),
            at: now
        )
        look(at: region, of: id, at: now)
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
        observed.looks = observed.looks.filter { $0.key.release != id }
        observed.frozen.remove(id)
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
