import OrderedCollections
import TimeAndChance
import TrainModel

/// What was returned on purpose stays as it is until a person releases it: nothing goes back and forth by itself.
extension Train {
    /// A return that the plan had foreseen, at the end of an ad hoc release, leaves nothing to think about.
    mutating func pin(_ targets: [TargetKey], for id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], release.outcomeOfReturn != .expired else { return }
        let new = targets.filter { state.deployments.pins[$0]?.release != id }
        guard !new.isEmpty else { return }
        emit(.regionsPinned(RegionsPinned(release: id, targets: new)), at: now)
    }

    /// What of a region may not be changed by this release's wave.
    func pins(in region: RegionName, of wave: Wave, _ id: ReleaseID) -> [(target: TargetKey, pin: Pin)] {
        guard !state.deployments.pins.isEmpty, let release = state.releases[id] else { return [] }
        return release.services(of: wave).compactMap { service in
            let target = TargetKey(region: region, service: service)
            return state.deployments.pins[target].map { (target, $0) }
        }
    }

    /// Another release on its way back, that does something in the region to what this release's wave would take.
    func returning(in region: RegionName, before wave: Wave, _ id: ReleaseID) -> ReleaseID? {
        guard let release = state.releases[id] else { return nil }
        let services = release.services(of: wave)
        let taken = services + release.plan.services.filter { services.contains($0.name) }.flatMap(\.restarts)
        return observed.releases[region]?.first { other in
            guard other != id, let known = state.releases[other], known.regions[region]?.phase == .returning else {
                return false
            }
            return !Set(known.taken(in: region)).isDisjoint(with: taken)
        }
    }

    /// Another release that is at work in a region on what this one takes there, and whose turn it is: who restarts what
    /// somebody else deploys there comes after or before, so that no order is overtaken by another's.
    func worksBefore(_ id: ReleaseID, in region: RegionName) -> ReleaseID? {
        guard let all = observed.releases[region], all.count > 1, let own = all.firstIndex(of: id),
            let taken = state.releases[id].map({ Set($0.taken(in: region)) })
        else { return nil }
        return all.enumerated().first { index, other in
            guard other != id, let release = state.releases[other], let progress = release.regions[region],
                release.isWorking(in: progress), !taken.isDisjoint(with: release.taken(in: region))
            else { return false }
            return progress.receiptsAwaited > 0 || (index < own && !(progress.isWorkDone && progress.isSettled))
        }?.element
    }

    /// Whoever waited for what this release did anywhere looks again.
    mutating func wakeOthers(than id: ReleaseID, at now: Instant) {
        for region in state.releases[id]?.regions.keys ?? [] { wakeOthers(than: id, in: region, at: now) }
    }

    mutating func wakeOthers(than id: ReleaseID, in region: RegionName, at now: Instant) {
        for other in observed.releases[region] ?? [] where other != id { observed.look(at: now, other, region) }
    }

    /// A release that could begin nowhere is not started.
    func requireUnpinned(
        _ plan: Plan,
        _ services: [ServiceName],
        _ lane: LaneRule?
    ) throws(Refusal) {
        guard !state.deployments.pins.isEmpty, let stage = plan.stages.first(where: { plan.runs($0.name, lane: lane) })
        else { return }
        for wave in stage.waves {
            for region in wave.regions {
                for service in services where wave.services.contains(service) {
                    guard let pin = state.deployments.pins[TargetKey(region: region, service: service)] else {
                        continue
                    }
                    throw Refusal(
                        .conflict,
                        "\(service) in \(region) went back with \(pin.release) and stays as it is; release it with `wavetrain release unpin \(pin.release) --reason …`"
                    )
                }
            }
        }
    }

    func pinHolds(of release: ReleaseState) -> [Hold] {
        guard release.phase == .running, release.waveStarted, let (stage, wave) = release.current else { return [] }
        return release.startable.flatMap { region in
            let subject = "\(stage.name)/\(wave.name)/\(region)"
            let other = returning(in: region, before: wave, release.id).map { other in
                Hold(
                    kind: .pinned,
                    subject: subject,
                    unmet: "\(other) is on its way back in \(region)",
                    canAct: "the hosts there, by returning",
                    since: state.releases[other]?.returnStarted,
                    nextChange: nil
                )
            }
            return [other].compactMap(\.self)
                + pins(in: region, of: wave, release.id).map { target, pin in
                    Hold(
                        kind: .pinned,
                        subject: subject,
                        unmet: "\(target.service) in \(region) went back with \(pin.release) and stays as it is",
                        canAct: "an operator: `wavetrain release unpin \(pin.release) --reason …`",
                        since: pin.since,
                        nextChange: nil
                    )
                }
        }
    }

    mutating func unpin(_ id: ReleaseID, reason: String, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        let targets = state.deployments.pins.filter { $0.value.release == id }.keys.elements
        guard !targets.isEmpty else {
            throw Refusal(.nothingWaits, "nothing went back with \(id) that would still have to stay as it is")
        }
        guard !reason.isBlank else {
            throw Refusal(.invalid, "say why what went back with \(id) may be changed again")
        }
        if let release = state.releases[id], release.phase == .returning {
            throw Refusal(.conflict, "\(id) is still on its way back; wait until it has returned")
        }
        emit(.regionsUnpinned(RegionsUnpinned(targets: targets, by: actor.name, reason: reason)), at: now)
        let released = Set(targets)
        for other in state.releases.values where other.isActive && !other.targets.isDisjoint(with: released) {
            revisions.changed(other.id)
            advance(other.id, at: now)
        }
        return .done
    }
}

extension ReleaseState {
    /// Orders are given there without anybody's doing.
    fileprivate func isWorking(in progress: RegionState) -> Bool {
        switch (phase, progress.phase) {
        case (.running, .deploying): paused == nil
        case (.returning, .returning): true
        default: false
        }
    }
}
