import OrderedCollections
import TimeAndChance
import TrainModel

/// The way back: the same care as the way out, with the version each region had before.
extension Train {
    mutating func startReturn(
        of regions: [RegionName],
        in id: ReleaseID,
        cause: String,
        by person: PersonName?,
        at now: Instant
    ) {
        guard let release = state.releases[id] else { return }
        let stranded = regions.filter { !release.hasWayBack($0) }
        let regions = regions.filter(release.hasWayBack)
        var cause = cause
        if !stranded.isEmpty {
            cause += "; \(stranded.map(\.text).joined(separator: ", ")) ran nothing before that was judged healthy"
        }
        guard !regions.isEmpty else {
            return emit(.releaseStopped(ReleaseStopped(release: id, reason: cause)), at: now)
        }
        emit(.returnStarted(ReturnStarted(release: id, regions: regions, cause: cause, by: person)), at: now)
        for region in regions { turnBack(region, of: id, at: now) }
    }

    private mutating func turnBack(_ region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let turn = turn(of: region, in: id) else { return }
        emit(.regionReturning(turn), at: now)
        continueReturn(of: region, in: id, at: now)
    }

    private func turn(of region: RegionName, in id: ReleaseID) -> RegionReturning? {
        guard let release = state.releases[id], let progress = release.regions[region] else { return nil }
        var generations: [ServiceName: UInt64] = [:]
        for service in release.services(in: region) {
            let target = state.targets[TargetKey(region: region, service: service)]
            generations[service] = (target?.generation ?? 0) + 1
        }
        let back = progress.hosts.filter { isBack($0.key, $0.value, of: progress, in: region, release) }
        return RegionReturning(release: id, region: region, generations: generations, alreadyBack: Array(back.keys))
    }

    /// A host that failed and went back by itself, by its signed receipts and with nothing in hand.
    private func isBack(
        _ name: HostName,
        _ host: HostProgress,
        of progress: RegionState,
        in region: RegionName,
        _ release: ReleaseState
    ) -> Bool {
        guard host.phase == .failed || host.phase == .returned,
            let fleetHost = state.fleet.hosts[HostKey(region: region, host: name)], fleetHost.outstanding.isEmpty
        else { return false }
        return release.services(in: region).allSatisfy { service in
            fleetHost.running[service]?.digest == progress.previous[service]?.digest
        }
    }

    /// Issues as many returns as there is room for. Unlike the way out it need not wait for a whole batch: every host
    /// that is back makes room for the next. Those out of service already go first and all at once: it costs nobody
    /// anything.
    mutating func continueReturn(of region: RegionName, in id: ReleaseID, at now: Instant) {
        guard let left = state.releases[id]?.regions[region]?.hostsLeft,
            let awaited = state.releases[id]?.regions[region]?.receiptsAwaited
        else { return }
        guard left > 0 else { return awaited == 0 ? endReturn(of: region, in: id, at: now) : () }
        let next = takeNext(in: region, of: id, outFirst: true)
        issue(.rollBack, state.releases[id]?.regions[region]?.previous ?? [:], to: next, in: region, of: id, at: now)
    }

    /// Nobody of this region has a way back to go any more; where all its hosts have been revoked, nobody ever had.
    private mutating func endReturn(of region: RegionName, in id: ReleaseID, at now: Instant) {
        guard let progress = state.releases[id]?.regions[region], progress.phase == .returning else { return }
        let stuck = progress.hosts.filter { $0.value.phase == .stuck }.keys
        emit(.regionReturned(RegionReturned(release: id, region: region, stuck: Array(stuck))), at: now)
        guard let release = state.releases[id], release.regionsReturning == 0 else { return }
        let stuckHosts = release.regions.flatMap { region, progress in
            progress.hosts.filter { $0.value.phase == .stuck }.keys.map { "\(region)/\($0)" }
        }
        let unfinished = release.regions.filter {
            switch $0.value.phase {
            case .deploying, .baking, .unhealthy: true
            case .healthy, .returning, .returned: false
            }
        }.keys
        if !stuckHosts.isEmpty {
            let reason = "these hosts could not return: \(stuckHosts.joined(separator: ", "))"
            emit(.releaseStopped(ReleaseStopped(release: id, reason: reason)), at: now)
        } else if !unfinished.isEmpty {
            let names = unfinished.map(\.text).joined(separator: ", ")
            let reason = "\(release.returnCause); returned as planned, while \(names) did not"
            emit(.releaseStopped(ReleaseStopped(release: id, reason: reason)), at: now)
        } else {
            end(id, release.outcomeOfReturn, by: nil, reason: release.returnCause, at: now)
        }
    }
}
