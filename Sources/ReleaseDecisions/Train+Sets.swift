import OrderedCollections
import TimeAndChance
import TrainModel

/// Services that depend on each other go back together: to the last set that ended their stage well before what runs now.
extension Train {
    mutating func rollBackSet(
        _ stage: StageKey,
        reason: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        let places = places(of: stage)
        guard !places.isEmpty else {
            throw Refusal(.notFound, "nothing of \(stage) runs anywhere; `wavetrain find` names what does")
        }
        let goal = try blessedSet(of: stage, places)
        let returns = try partsByRelease(places, goal)
        guard !returns.isEmpty else { return .alreadyDone }
        let cause = (reason.isEmpty ? "\(actor.name) asked for it" : reason) + "; back to \(goal.words)"
        for (id, parts) in returns {
            startReturn(of: parts, in: id, cause: cause, by: actor.name, isPart: true, at: now)
        }
        return .done
    }

    /// Where releases of the plan have put the stage's services, in the order of the newest release's plan.
    private func places(of stage: StageKey) -> [TargetKey] {
        guard let plan = state.releases.values.last(where: { $0.plan.name == stage.plan && $0.adHocUntil == nil })?.plan
        else { return [] }
        return plan.stages.filter { $0.name == stage.stage }.flatMap(\.waves).flatMap { wave in
            wave.regions.flatMap { region in wave.services.map { TargetKey(region: region, service: $0) } }
        }.filter { state.targets[$0]?.desired != nil }
    }

    /// What each service was in the newest set that ended the stage well and is not what runs now.
    private func blessedSet(of stage: StageKey, _ places: [TargetKey]) throws(Refusal) -> [ServiceName: Artifact] {
        let goal = setBefore(stage, places)
        let services = OrderedSet(places.map(\.service))
        guard !goal.isEmpty else {
            throw Refusal(.conflict, "no other set of \(services.elements.listed) has ended \(stage) well before")
        }
        if let first = services.first(where: { goal[$0] == nil }) {
            throw Refusal(.conflict, "the set before has no \(first) that ended \(stage) well; roll back by release")
        }
        return goal
    }

    /// The newest set that ended the stage well and is not what runs now; empty: there is none.
    func setBefore(_ stage: StageKey) -> [ServiceName: Artifact] { setBefore(stage, places(of: stage)) }

    private func setBefore(_ stage: StageKey, _ places: [TargetKey]) -> [ServiceName: Artifact] {
        // A release of some of the services leaves the others as they were.
        var set: [ServiceName: Artifact] = [:]
        var sets: [[ServiceName: Artifact]] = []
        for completion in completions(of: stage) {
            set.merge(completion.artifacts) { $1 }
            sets.append(set)
        }
        return sets.last { set in
            places.contains { place in set[place.service].map { $0 != state.targets[place]?.desired } ?? false }
        } ?? [:]
    }

    /// Every release returns what it has put there, with the care of its own plan.
    private func partsByRelease(
        _ places: [TargetKey],
        _ goal: [ServiceName: Artifact]
    ) throws(Refusal) -> OrderedDictionary<ReleaseID, [ReturnPart]> {
        var changed: OrderedDictionary<ReleaseID, OrderedDictionary<RegionName, [ServiceName]>> = [:]
        for place in places {
            guard let target = state.targets[place], target.desired != goal[place.service] else { continue }
            changed[target.release, default: [:]][place.region, default: []].append(place.service)
        }
        var returns: OrderedDictionary<ReleaseID, [ReturnPart]> = [:]
        for (id, regions) in changed {
            guard let release = state.releases[id] else {
                throw Refusal(.conflict, "\(id), which put it there, is not known any more; start a release instead")
            }
            guard release.phase != .returning else {
                throw Refusal(.conflict, "\(id) is on its way back already; wait until it has returned")
            }
            for (region, services) in regions {
                let part = ReturnPart(region: region, services: services, goal: goal)
                try requireReturnable(part, of: release)
                returns[id, default: []].append(part)
            }
        }
        return returns
    }
}

extension [ServiceName: Artifact] {
    /// `db 1.1, web 1.4`
    fileprivate var words: String {
        keys.sorted().map { "\($0) \(self[$0].map { "\($0.version)" } ?? "")" }.listed
    }
}
