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
        guard let lifetime = request.adHocFor else {
            guard request.adHocStages.isEmpty else {
                throw Refusal(.invalid, "only an ad hoc release chooses its stages; say for how long it may stand")
            }
            return plan
        }
        guard request.lane == nil else {
            throw Refusal(.invalid, "an ad hoc release goes by no lane; leave one of the two out")
        }
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
                other.awaitsExpiry, other.regions[target.region].map({ $0.phase != .returned }) ?? false
            else { continue }
            throw Refusal(
                .conflict,
                "\(id) stands in \(target.region) ad hoc until \(words(until, of: plan, at: now)); roll it back first"
            )
        }
    }

    mutating func watchAdHoc(_ release: ReleaseState, at now: Instant) {
        guard let until = release.adHocUntil, release.awaitsExpiry else { return }
        observed.look(at: max(until, now), .adHoc(release.id))
    }

    /// Its time is over: regions that still have what it put there return.
    mutating func endAdHoc(_ id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], let until = release.adHocUntil, until <= now, release.awaitsExpiry,
            release.phase != .returning
        else { return }
        var reason = "its time was over at \(words(until, of: release.plan, at: now))"
        let standing = regionsStanding(of: release)
        let stranded = standing.filter { !release.hasWayBack($0) }
        if !stranded.isEmpty { reason += "; \(stranded.listed) ran nothing before and stays as it is" }
        guard stranded.count < standing.count else { return end(id, .expired, by: nil, reason: reason, at: now) }
        do throws(Refusal) {
            try requireFree(release.targets, except: [id])
        } catch {
            return observed.look(at: now + Self.adHocRetry, .adHoc(id))
        }
        let back = standing.filter(release.hasWayBack)
        startReturn(of: back, in: id, cause: reason, by: nil, at: now)
    }

    /// Where what the release put there is still meant to run.
    private func regionsStanding(of release: ReleaseState) -> [RegionName] {
        release.regions.keys.filter { region in
            release.regions[region]?.phase != .returned
                && release.services(in: region).contains { service in
                    state.targets[TargetKey(region: region, service: service)]?.release == release.id
                }
        }
    }
}

extension ReleaseState {
    /// An ad hoc release whose end has not come; it is not forgotten before.
    var awaitsExpiry: Bool {
        guard adHocUntil != nil else { return false }
        return switch phase {
        case .running, .returning, .stopped, .ended(.completed), .ended(.aborted): true
        case .ended(.rolledBack), .ended(.rejected), .ended(.superseded), .ended(.expired): false
        }
    }

    /// What a return that has ended well comes to.
    var outcomeOfReturn: ReleaseOutcome {
        guard let adHocUntil, let returnStarted, returnStarted >= adHocUntil else { return .rolledBack }
        return .expired
    }
}
