import OrderedCollections
import TimeAndChance
import TrainModel

/// A log that was restored from an older copy, and hosts that have obeyed what it has forgotten.
extension Train {
    /// More than a controller can have been ahead of any copy of its log that is worth restoring. What a host says beyond
    /// is a lie or damage, and counts for nothing.
    static let outrun_max: UInt64 = 1 << 20

    /// Half of what questions to the outside can number.
    static let epoch_max: UInt64 = 1 << 31

    /// Leads on above whatever the host has obeyed: what is below, it refuses.
    mutating func catchUp(with host: HostKey, epoch: UInt64, _ running: [RunningService], at now: Instant) {
        let leads = epoch > state.epoch && epoch - state.epoch <= Self.outrun_max && epoch < Self.epoch_max
        let taken = generationsForgotten(by: host, running)
        guard leads || !taken.isEmpty else { return }
        emit(.logOutrun(LogOutrun(host: host, epoch: leads ? epoch + 1 : state.epoch, generations: taken)), at: now)
        let cause = "\(host) has obeyed what this log has forgotten: the database is an older copy"
        for release in state.releases.values
        where release.isActive && release.targets.contains(where: { $0.region == host.region }) {
            if case .stopped = release.phase { continue }
            emit(.releaseStopped(ReleaseStopped(release: release.id, reason: cause)), at: now)
        }
        raiseAlarm(
            .logOutrun,
            host.region.text,
            cause + "; put the newest copy back, or compare what hosts run with `wavetrain agent list`, abort what was "
                + "under way and release again",
            at: now
        )
    }

    /// Whether a host says to have obeyed what this log does not know: then it has to prove that.
    public func isOutrun(by host: HostKey, epoch: UInt64, _ running: [RunningService]) -> Bool {
        epoch > state.epoch
            || running.contains { service in
                let next = state.nextGeneration(TargetKey(region: host.region, service: service.service))
                return service.newestGeneration ?? 0 >= next
            }
    }

    private func generationsForgotten(by host: HostKey, _ running: [RunningService]) -> [ServiceName: UInt64] {
        var taken: [ServiceName: UInt64] = [:]
        for service in running {
            guard let newest = service.newestGeneration else { continue }
            let known = state.nextGeneration(TargetKey(region: host.region, service: service.service)) - 1
            if newest > known, newest - known <= Self.outrun_max { taken[service.service] = newest }
        }
        return taken
    }
}
