import OrderedCollections
import TimeAndChance
import TrainModel

/// Why a region is unhealthy, and what a failure rule says of it.
struct RegionFailure {
    var reason: String
    /// Nil: nowhere in particular.
    var place: FailurePlace?
    /// Nil: none matched, and the wave's policy decides.
    var rule: FailureRule?
}

/// The region is unhealthy: the release does what its plan says.
extension Train {
    /// A controller's look-up of a failure takes no longer.
    static let lookUpTimeout = Interval.seconds(30)

    mutating func condemn(_ region: RegionName, of id: ReleaseID, _ failure: RegionFailure, at now: Instant) {
        guard mayCondemn(region, of: id, at: now) else { return }
        let samples = observed.samples[WorkKey(release: id, region: region)]
        emit(
            .verdictReached(
                VerdictReached(
                    release: id,
                    region: region,
                    verdict: .unhealthy,
                    reason: failure.reason,
                    healthySamples: samples?.healthy ?? 0,
                    unhealthySamples: samples?.unhealthy ?? 0,
                    firstUnhealthy: samples?.firstUnhealthy ?? now,
                    failedAt: failure.place
                )
            ),
            at: now
        )
        callPeople(about: failure, in: region, of: id, at: now)
        lookUp(failure, in: region, of: id, at: now)
        takeConsequences(of: failure, in: region, of: id, at: now)
    }

    /// While the release goes on, and after it for as long as the plan watches.
    private func mayCondemn(_ region: RegionName, of id: ReleaseID, at now: Instant) -> Bool {
        guard let release = state.releases[id], release.regions[region] != nil else { return false }
        switch release.phase {
        case .running: return true
        case .ended(.completed): return isWatched(region, of: release, at: now)
        case .returning, .stopped, .ended: return false
        }
    }

    private mutating func takeConsequences(
        of failure: RegionFailure,
        in region: RegionName,
        of id: ReleaseID,
        at now: Instant
    ) {
        guard let release = state.releases[id], let position = release.regions[region]?.position else { return }
        let cause = "\(region) is unhealthy: \(failure.reason)"
        switch failure.rule?.policy ?? release.wave(at: position).wave.onUnhealthy {
        case .stop: emit(.releaseStopped(ReleaseStopped(release: id, reason: cause)), at: now)
        case .rollBack(.host):
            guard let host = failure.place?.host else {
                return startReturn(of: [region], in: id, cause: cause, by: nil, at: now)
            }
            startReturn(ofHost: host, in: region, of: id, cause: cause, at: now)
        case .rollBack(.region): startReturn(of: [region], in: id, cause: cause, by: nil, at: now)
        case .rollBack(.wave):
            let wave = standing(id).filter { release.regions[$0]?.position == position }
            startReturn(of: wave, in: id, cause: cause, by: nil, at: now)
        case .rollBack(.release): startReturn(of: standing(id), in: id, cause: cause, by: nil, at: now)
        }
    }

    /// Regions where what the release put there is still meant to run, in the order it touched them.
    func standing(_ id: ReleaseID) -> [RegionName] {
        guard let release = state.releases[id] else { return [] }
        return release.regions.filter { region, progress in
            progress.phase != .returned
                && release.services(in: region).allSatisfy { service in
                    state.targets[TargetKey(region: region, service: service)]?.release == id
                }
        }.keys.elements
    }

    // MARK: - People and look-ups

    private mutating func callPeople(
        about failure: RegionFailure,
        in region: RegionName,
        of id: ReleaseID,
        at now: Instant
    ) {
        guard let rule = failure.rule, let release = state.releases[id] else { return }
        page(rule.page, "\(region) \(rule.name)", "\(id): \(failure.reason)", of: release, at: now)
    }

    /// Asks what the rule wants to be known; the host has looked up its own part.
    private mutating func lookUp(_ failure: RegionFailure, in region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let place = failure.place, let release = state.releases[id] else { return }
        for diagnosis in failure.rule?.diagnose ?? [] {
            guard case .probe(let kind) = diagnosis.kind else { continue }
            let key = ProbeKey.diagnosis(id, HostKey(region: region, host: place.host), name: diagnosis.name)
            observed.lookUps.insert(key)
            perform(.probe(key, release.asked(kind, in: region, of: place.service, now), timeout: Self.lookUpTimeout))
        }
    }

    mutating func note(_ answer: ProbeAnswer, to key: ProbeKey, at now: Instant) {
        guard case .diagnosis(let id, let host, let name) = key, observed.lookUps.remove(key) != nil,
            state.releases[id]?.regions[host.region]?.hosts[host.host] != nil
        else { return }
        let text = answer.failure.isEmpty ? answer.value : "no answer: \(answer.failure)"
        let findings = [Finding(name: name, text: text)]
        emit(.failureDiagnosed(FailureDiagnosed(release: id, host: host, findings: findings)), at: now)
    }
}

extension FailureRule {
    /// Nil: as the wave says.
    fileprivate var policy: UnhealthyPolicy? {
        switch action {
        case .rollBack(let scope): .rollBack(scope)
        case .stop: .stop
        // What passes by itself has not; what might be none is one.
        case .retry, .verify, .asUsual: nil
        }
    }
}
