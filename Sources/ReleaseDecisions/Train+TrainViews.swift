import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// What people see of trains. Reads only.
extension Train {
    public func scheduleView(at now: Instant) -> ScheduleView {
        let plans = state.schedule.plans.values.map(\.plan)
        return ScheduleView(
            trains: state.schedule.plans.values.map { view(of: $0, at: now) },
            alarms: Array(state.schedule.alarms.values),
            debts: Array(state.schedule.debts.values),
            freezes: declaredFreezes(at: now) + plans.flatMap { plannedFreezes(of: $0, at: now) },
            notices: Array(state.schedule.notices.values),
            at: now
        )
    }

    /// Nil: no such plan is registered.
    public func trainView(of plan: PlanName, at now: Instant) -> TrainView? {
        state.schedule.plans[plan].map { view(of: $0, at: now) }
    }

    private func view(of registered: RegisteredPlan, at now: Instant) -> TrainView {
        let plan = registered.plan
        let schedule = state.schedule
        return TrainView(
            plan: plan.name,
            team: plan.team,
            train: plan.train?.name,
            planDigest: registered.digest,
            registeredBy: registered.by,
            registered: registered.since,
            departs: plan.train?.departs?.description ?? "",
            nextDeparture: plan.train?.departs?.next(after: now),
            blocked: blocked(plan, at: now),
            departures: (schedule.departures[plan.name] ?? []).reversed().map {
                DepartureView(at: $0.at, release: $0.release, reason: $0.reason)
            },
            nextCandidate: plan.train?.candidates?.cut?.next(after: now),
            candidateSought: schedule.soughtCandidates[plan.name]?.tag,
            candidates: (schedule.candidates[plan.name] ?? []).reversed().map {
                CandidateView(candidate: $0.candidate, by: $0.by, at: $0.at)
            },
            arrivals: (schedule.arrivals[plan.name]?.values.reversed() ?? []).map {
                ArrivalView(artifact: $0.artifact, at: $0.at, release: $0.release, settled: $0.settled)
            },
            registry: plan.train?.arrivals.map { "\($0.registry)/\($0.repository)" },
            tagsKnown: schedule.tagsAtFirst[plan.name]?.count,
            lastCompleted: registered.lastCompleted,
            oncall: plan.rotations.keys.sorted().map { oncallView($0, of: plan, at: now) }
        )
    }
}
