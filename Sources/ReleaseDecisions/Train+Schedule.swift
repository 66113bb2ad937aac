import OrderedCollections
import TimeAndChance
import TrainModel

/// What happens by the clock or because the outside has spoken, for each registered plan.
extension Train {
    /// Acts on trains, plans and debts.
    mutating func runTrain(_ command: Command, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        switch command {
        case .registerPlan(let request): try register(request, by: actor, at: now)
        case .withdrawPlan(let plan): try withdraw(plan, by: actor, at: now)
        case .departNow(let plan): try departNow(plan, by: actor, at: now)
        case .cutCandidate(let plan, let tag): try cutCandidate(of: plan, tag, by: actor, at: now)
        case .payDebt(let id, let note): try payDebt(id, note: note, by: actor, at: now)
        case .clearAlarm(let kind, let subject): try clearAlarm(kind, subject, by: actor, at: now)
        case .overrideOncall(let rotation, let person, let from, let to, let reason):
            try overrideOncall(rotation, person, from: from, to: to, reason: reason, by: actor, at: now)
        default: throw Refusal(.invalid, "this act is none of a train's")
        }
    }

    /// Takes what registries, repositories and channels answered.
    mutating func hear(_ input: Input, at now: Instant) {
        switch input {
        case .tagsSeen(let plan, let tags): take(tags, of: plan, at: now)
        case .tagsUnseen(let plan, let reason, let isAbsent):
            noteUnseenTags(of: plan, reason: reason, isAbsent: isAbsent, at: now)
        case .changesFound(let plan, let result): take(result, of: plan, at: now)
        case .noticeAnswered(let id, let failure): noteAnswer(to: id, failure: failure, at: now)
        default: break
        }
    }

    /// After a start: asks again what nobody may have answered, and waits again for what is due.
    mutating func takeUpTrains(at now: Instant) {
        for plan in state.schedule.plans.keys { keepSchedule(of: plan, at: now) }
        for release in state.releases.values {
            watchStage(of: release, at: now)
            watchAdHoc(release, at: now)
        }
        for notice in state.schedule.notices.values { takeUp(notice, at: now) }
    }

    /// Does whatever is due for a plan, and plans the next look. Harmless when nothing is.
    mutating func keepSchedule(of plan: PlanName, at now: Instant) {
        guard state.schedule.plans[plan]?.plan.train != nil else { return }
        departWhenDue(plan, at: now)
        cutWhenDue(plan, at: now)
        lookForArrivals(of: plan, at: now)
        lookForAbsence(of: plan, at: now)
    }

    /// What a fact means for debts, alarms and notices, and for whoever waits for it.
    mutating func heed(_ event: Event, at now: Instant) {
        followTrains(event, at: now)
        tell(of: event, at: now)
    }

    private mutating func followTrains(_ event: Event, at now: Instant) {
        switch event {
        case .releaseStarted(let event):
            openLaneDebt(of: event, at: now)
            state.releases[event.release].map { watchAdHoc($0, at: now) }
        case .glassBroken(let event):
            openGlassDebt(of: event, at: now)
            raiseAlarm(
                .glassBroken,
                "\(event.release) \(event.gate)",
                "\(event.by) opened \(event.gate) of \(event.release) in need: \(event.reason)",
                at: now
            )
        case .regionStarted(let event): state.releases[event.release].map { watchStage(of: $0, at: now) }
        case .wavePromoted(let event): clearOverdue(event.release, at: now)
        case .releaseEnded(let event):
            clearOverdue(event.release, at: now)
            guard let plan = state.releases[event.release]?.plan.name else { return }
            if event.outcome == .completed { clearAbsence(of: plan, at: now) }
            startArrival(of: plan, at: now)
        case .artifactPushed(let event): cutWaiting(for: event.artifact.name, at: now)
        default: break
        }
    }
}
