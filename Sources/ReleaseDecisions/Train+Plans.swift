import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// Plans that trains run by: registered once, used by every departure, arrival and candidate until a newer one comes.
extension Train {
    mutating func register(_ request: RegisterPlan, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        let plan = request.plan
        if let known = state.schedule.plans[plan.name], known.digest == request.planDigest { return .alreadyDone }
        if let rule = plan.train { try requireSameTrain(rule, as: plan) }
        emit(
            .planRegistered(
                PlanRegistered(
                    plan: plan,
                    planDigest: request.planDigest,
                    planSourceDigest: request.planSourceDigest,
                    by: actor.name
                )
            ),
            at: now
        )
        clearMeaningless(of: plan.name, plan.train, at: now)
        keepSchedule(of: plan.name, at: now)
        return .done
    }

    /// Joining a train must not change it for the others; who wants that registers all of its plans anew.
    private func requireSameTrain(_ rule: TrainRule, as plan: Plan) throws(Refusal) {
        for other in state.schedule.plans.values
        where other.plan.name != plan.name && other.plan.train?.name == rule.name {
            guard let theirs = other.plan.train, let difference = rule.difference(from: theirs) else { continue }
            throw Refusal(
                .conflict,
                "plan \(plan.name) joins train \(rule.name), which plan \(other.plan.name) describes otherwise: \(difference); write both the same, or withdraw \(other.plan.name) first"
            )
        }
    }

    mutating func withdraw(_ name: PlanName, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        _ = try registered(name)
        emit(.planWithdrawn(PlanWithdrawn(plan: name, by: actor.name)), at: now)
        clearMeaningless(of: name, nil, at: now)
        return .done
    }

    /// Alarms whose rule is there no more.
    private mutating func clearMeaningless(of plan: PlanName, _ rule: TrainRule?, at now: Instant) {
        if rule?.atLeastEvery == nil { clearAlarm(.nothingDeparted, plan.text, at: now) }
        if rule?.departs == nil { clearAlarm(.departureMissed, plan.text, at: now) }
        if rule?.candidates == nil { clearAlarm(.candidateWaits, plan.text, at: now) }
        guard rule?.arrivals == nil else { return }
        clearAlarm(.nothingArrived, plan.text, at: now)
        clearAlarm(.nothingArrived, Self.registrySubject(of: plan), at: now)
    }

    func registered(_ name: PlanName) throws(Refusal) -> RegisteredPlan {
        guard let plan = state.schedule.plans[name] else {
            let names = state.schedule.plans.keys
            throw Refusal(
                .notFound,
                "no plan \(name) is registered; " + (names.isEmpty ? "none is" : "registered: \(names.listed)")
            )
        }
        return plan
    }
}

extension TrainRule {
    /// What is said otherwise, in the words of both; nil: nothing.
    fileprivate func difference(from other: TrainRule) -> String? {
        func words(_ what: String, _ mine: String?, _ theirs: String?) -> String {
            "\(what) \(mine ?? "is not said") here and \(theirs ?? "is not said") there"
        }
        if departs != other.departs {
            return words("departs", departs?.description, other.departs?.description)
        }
        if load != other.load { return words("load", load.rawValue, other.load.rawValue) }
        if atLeastEvery != other.atLeastEvery {
            return words("at_least_every", atLeastEvery?.description, other.atLeastEvery?.description)
        }
        if candidates != other.candidates {
            return words("candidates", candidates?.words, other.candidates?.words)
        }
        if arrivals != other.arrivals { return words("arrivals", arrivals?.words, other.arrivals?.words) }
        return nil
    }
}

extension CandidateRule {
    fileprivate var words: String {
        "of \(repository) \(branch), cut \(cut?.description ?? "by hand"), dated in \(zone.name)"
    }
}

extension ArrivalRule {
    fileprivate var words: String {
        "of \(artifact) as `\(tagPattern)` in \(registry)/\(repository) every \(every), deployed within \(deployedWithin)"
    }
}
