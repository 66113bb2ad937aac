import OrderedCollections
import TimeAndChance
import TrainModel

/// Health after the verdict: what turns out unhealthy later is condemned all the same, for as long as the plan watches,
/// also when the release has ended.
extension Train {
    func isWatched(_ region: RegionName, of release: ReleaseState, at now: Instant) -> Bool {
        guard case .ended(.completed) = release.phase, let progress = release.regions[region],
            progress.phase == .healthy, let verdict = progress.verdictReached, let bake = release.wave(of: region)?.bake
        else { return false }
        return bake.watchAfter > .zero && now <= verdict + bake.watchAfter
    }

    mutating func startWatch(_ region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let bake = state.releases[id]?.wave(of: region)?.bake, bake.watchAfter > .zero else { return }
        observed.look(at: now + bake.watchAfter + .milliseconds(1), id, region)
    }

    /// What was counted is not needed any more.
    mutating func endWatch(_ region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], !isWatched(region, of: release, at: now) else { return }
        observed.samples[WorkKey(release: id, region: region)] = nil
    }
}

extension Bake {
    /// Of samples that are judged together after the verdict, so that a long good time hides no outage.
    var window: Interval { max(duration, .minutes(10)) }
}
