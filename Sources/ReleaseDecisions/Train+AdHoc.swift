import OrderedCollections
import TimeAndChance
import TrainModel

/// Ad hoc releases: something is tried where it harms nobody, for a reason and a while; then the stage returns to what
/// the plan last put there.
extension Train {
    /// Another release stands in the way of the return for so long before it is tried again.
    static let adHocRetry = Interval.minutes(1)

    /// The plan with nothing but the stages that the release goes to.
    func adHocPlan(for request: StartRelease, by actor: Actor, at now: Instant) throws(Refusal) -> Plan {
        var plan = request.plan
        guard let lifetime = request.adHocFor else { return plan }
        guard let rule = plan.adHoc else {
            throw Refusal(.notAllowed, "plan \(plan.name) allows no ad hoc releases; its `ad_hoc` would have to")
        }
        guard isOne(of: rule.by, actor, in: plan, at: now) else {
            let people = words(for: rule.by, in: plan, at: now)
            throw Refusal(
                .notAllowed,
                "\(actor.name) may not start ad hoc releases of \(plan.name); who may: \(people)"
            )
        }
        guard lifetime > .zero, lifetime <= rule.lifetime_max else {
            throw Refusal(
                .invalid,
                "an ad hoc release of \(plan.name) may stand for \(rule.lifetime_max), not \(lifetime)"
            )
        }
        guard !request.description.isBlank else {
            throw Refusal(.invalid, "an ad hoc release needs a reason; say in its description what is tried")
        }
        if let stranger = request.adHocStages.first(where: { !rule.stages.contains($0) }) {
            throw Refusal(
                .notAllowed,
                "plan \(plan.name) allows ad hoc releases into \(rule.stages.listed), not into \(stranger)"
            )
        }
        let stages = request.adHocStages.isEmpty ? rule.stages : request.adHocStages
        plan.stages = plan.stages.filter { stages.contains($0.name) }
        try requireNoAdHoc(in: plan, at: now)
        return plan
    }

    /// One on another would return to what nobody planned.
    private func requireNoAdHoc(in plan: Plan, at now: Instant) throws(Refusal) {
        for target in plan.targets(of: plan.services.map(\.name)).sorted() {
            guard let id = state.targets[target]?.release, let other = state.releases[id], let until = other.adHocUntil,
                other.regions[target.region].map({ $0.phase != .returned }) ?? false
            else { continue }
            throw Refusal(
                .conflict,
                "\(id) stands in \(target.region) ad hoc until \(words(until, of: plan, at: now)); roll it back first"
            )
        }
    }

    mutating func watchAdHoc(_ release: ReleaseState, at now: Instant) {
        guard let until = release.adHocUntil, !release.isExpired else { return }
        observed.look(at: max(until, now), .adHoc(release.id))
    }

    /// Its time is over: regions that still have what it put there return.
    mutating func endAdHoc(_ id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], let until = release.adHocUntil, until <= now, !release.isExpired,
            release.phase != .returning
        else { return }
        let reason = "its time was over at \(words(until, of: release.plan, at: now))"
        let standing = release.regions.filter { region, progress in
            progress.phase != .returned
                && release.services(in: region).contains { service in
                    state.targets[TargetKey(region: region, service: service)]?.release == id
                }
        }.keys
        guard !standing.isEmpty else {
            if release.isActive { end(id, .expired, by: nil, reason: reason, at: now) }
            return
        }
        do {
            try requireFree(release.targets, except: [id])
        } catch {
            return observed.look(at: now + Self.adHocRetry, .adHoc(id))
        }
        startReturn(of: Array(standing), in: id, cause: reason, by: nil, at: now)
    }
}

extension ReleaseState {
    var isExpired: Bool { phase == .ended(.expired) }

    /// What a return that has ended well comes to.
    var outcomeOfReturn: ReleaseOutcome {
        guard let adHocUntil, let returnStarted, returnStarted >= adHocUntil else { return .rolledBack }
        return .expired
    }
}
