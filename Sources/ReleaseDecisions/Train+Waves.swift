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
                guard pass(before: nil, of: id, at: now) else { return askBefore(wave, of: id, at: now) }
                emit(.waveStarted(WaveStarted(release: id, stage: stage.name, wave: wave.name)), at: now)
            }
            startRegions(of: wave, in: id, at: now)
            askBefore(wave, of: id, at: now)
            guard isHealthy(wave, of: id) else { return }
            emit(.wavePromoted(WavePromoted(release: id, stage: stage.name, wave: wave.name)), at: now)
        }
    }

    /// What stands before the wave stands before each of its regions too.
    private mutating func startRegions(of wave: Wave, in id: ReleaseID, at now: Instant) {
        guard state.releases[id]?.hasUntouched(wave) == true else { return }
        guard pass(before: nil, of: id, at: now) else { return putOffChecks(of: id, at: now) }
        for region in state.releases[id].map({ Array($0.startable) }) ?? [] {
            start(region, of: wave, in: id, at: now)
        }
    }

    private mutating func start(_ region: RegionName, of wave: Wave, in id: ReleaseID, at now: Instant) {
        guard state.releases[id]?.phase == .running, let opening = opening(of: region, of: wave, in: id, at: now)
        else { return }
        emit(.regionStarted(opening), at: now)
        look(at: region, of: id, at: now)
    }

    /// Whatever stood before this one region alone is gone: releases whose turn has come there start, and the other
    /// regions of their waves are not asked.
    mutating func advanceWaiting(for region: RegionName, at now: Instant) {
        for id in state.releases.keys where state.releases[id]?.waits(for: region) == true {
            guard let wave = state.releases[id]?.current?.wave else { continue }
            if pass(before: nil, of: id, at: now) {
                start(region, of: wave, in: id, at: now)
            } else {
                putOffChecks(of: id, at: now)
            }
            askBefore(wave, of: id, at: now)
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
        if wave.regionsAtOnce != nil || state.releases[id]?.regionsHealthyInWave == wave.regions.count {
            advance(id, at: now)
        }
    }

    /// How a region that has not started would start; nil: it may not yet, or it has no hosts.
    private mutating func opening(
        of region: RegionName,
        of wave: Wave,
        in id: ReleaseID,
        at now: Instant
    ) -> RegionStarted? {
        guard state.releases[id]?.regions[region] == nil else { return nil }
        let members = state.fleet.members(of: region)
        guard !members.isEmpty, pins(in: region, of: wave, id).isEmpty, returning(in: region, before: wave, id) == nil,
            pass(before: region, of: id, at: now),
            let release = state.releases[id]
        else {
            return nil
        }
        precondition(
            release.waveStarted && !isFrozen(release, at: now),
            "a region was about to start before its turn"
        )
        var generations: [ServiceName: UInt64] = [:]
        var previous: [ServiceName: Artifact] = [:]
        for service in release.services(of: wave) {
            let target = TargetKey(region: region, service: service)
            generations[service] = state.nextGeneration(target)
            previous[service] = state.targets[target]?.blessed
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
        guard let left = leftBehind(by: id) else { return }
        emit(.releaseEnded(ReleaseEnded(release: id, outcome: outcome, by: person, reason: reason)), at: now)
        observed.looks = observed.looks.filter { $0.key.release != id }
        observed.frozen.remove(id)
        forget(left, by: id, at: now)
        revisions.forget { state.releases[$0] == nil }
    }

    /// A release that had ended does nothing any more.
    mutating func leave(_ id: ReleaseID, at now: Instant) {
        guard let left = leftBehind(by: id) else { return }
        forget(left, by: id, at: now)
    }

    private mutating func forget(_ left: LeftBehind, by id: ReleaseID, at now: Instant) {
        for region in left.regions {
            let isWatched = state.releases[id].map { self.isWatched(region, of: $0, at: now) } ?? false
            observed.close(WorkKey(release: id, region: region), isWatched: isWatched)
        }
        // What they have still in hand counts only for as long as they may be at it.
        for host in left.hosts { judgeStanding(of: host, at: now) }
    }

    private typealias LeftBehind = (regions: [RegionName], hosts: [HostKey])

    /// The regions of a release and the hosts that have not answered it; by its end the state may have forgotten it.
    private func leftBehind(by id: ReleaseID) -> LeftBehind? {
        guard let release = state.releases[id] else { return nil }
        let unanswered = release.orders.values.filter { $0.awaitedCount > 0 }
        return (Array(release.regions.keys), unanswered.flatMap(state.awaited))
    }
}
