import OrderedCollections
import TimeAndChance
import TrainModel

/// Alarms: raised once, cleared by what was missing or by a person.
extension Train {
    mutating func raiseAlarm(_ kind: Alarm.Kind, _ subject: String, _ sentence: String, at now: Instant) {
        guard state.schedule.alarms[AlarmKey(kind: kind, subject: subject)] == nil else { return }
        emit(
            .alarmRaised(AlarmRaised(alarm: Alarm(kind: kind, subject: subject, sentence: sentence, since: now))),
            at: now
        )
    }

    /// What was missing has come.
    mutating func clearAlarm(_ kind: Alarm.Kind, _ subject: String, at now: Instant) {
        guard state.schedule.alarms[AlarmKey(kind: kind, subject: subject)] != nil else { return }
        emit(.alarmCleared(AlarmCleared(kind: kind, subject: subject, by: nil)), at: now)
    }

    /// A person has seen to it. Where the cause goes on, the alarm comes again after the time it took at first.
    mutating func clearAlarm(
        _ kind: Alarm.Kind,
        _ subject: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        guard state.schedule.alarms[AlarmKey(kind: kind, subject: subject)] != nil else {
            let raised = state.schedule.alarms.keys.map { "\($0.kind.rawValue) \($0.subject)" }
            throw Refusal(
                .notFound,
                "there is no alarm \(kind.rawValue) \(subject); "
                    + (raised.isEmpty ? "there is none" : "raised: \(raised.listed)")
            )
        }
        emit(.alarmCleared(AlarmCleared(kind: kind, subject: subject, by: actor.name)), at: now)
        for plan in state.schedule.plans.keys { keepSchedule(of: plan, at: now) }
        return .done
    }

    /// When a person last said that an alarm is seen to; long ago where nobody has.
    func lastCleared(_ kind: Alarm.Kind, _ subject: String) -> Instant {
        state.schedule.clearedByHand[AlarmKey(kind: kind, subject: subject)] ?? Instant(unix_ms: .min)
    }

    // MARK: - No departure for too long

    mutating func lookForAbsence(of name: PlanName, at now: Instant) {
        guard let registered = state.schedule.plans[name], let train = registered.plan.train,
            let interval = train.atLeastEvery
        else { return }
        let due = max(registered.lastCompleted, lastCleared(.nothingDeparted, name.text)) + interval
        guard due <= now else { return observed.look(at: due, .plan(name)) }
        let since = words(registered.lastCompleted, of: registered.plan, at: now)
        raiseAlarm(
            .nothingDeparted,
            name.text,
            "no release of \(name) has ended well for \(interval), since \(since); `wavetrain train depart \(name)` lets one leave now",
            at: now
        )
    }

    /// A release has ended well.
    mutating func clearAbsence(of plan: PlanName, at now: Instant) {
        clearAlarm(.nothingDeparted, plan.text, at: now)
        keepSchedule(of: plan, at: now)
    }

    // MARK: - A stage that takes too long

    /// Looks again when the stage in hand should have ended.
    mutating func watchStage(of release: ReleaseState, at now: Instant) {
        guard release.isActive, let stage = release.current?.stage, let due = release.dueEnd(of: stage) else { return }
        observed.look(at: max(due, now), .stage(release.id, stage.name))
    }

    mutating func lookForOverdue(_ name: StageName, of id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], release.isActive, let stage = release.current?.stage,
            stage.name == name, let due = release.dueEnd(of: stage), let expected = stage.expectedWithin
        else { return }
        let subject = Self.overdueSubject(id, name)
        guard due <= now, lastCleared(.overdue, subject) < due else { return }
        let holds = self.holds(of: release, at: now).map(\.unmet)
        let why = holds.first.map { "; it waits: \($0)" } ?? ""
        raiseAlarm(
            .overdue,
            subject,
            "stage \(name) of \(id) was expected to take \(expected) and is still under way\(why); `wavetrain release show \(id)`",
            at: now
        )
    }

    /// Stages that the release has left behind are overdue no more.
    mutating func clearOverdue(_ id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id] else { return }
        for (index, stage) in release.plan.stages.enumerated()
        where index < release.position.stage || !release.isActive {
            clearAlarm(.overdue, Self.overdueSubject(id, stage.name), at: now)
        }
    }

    private static func overdueSubject(_ id: ReleaseID, _ stage: StageName) -> String { "\(id) \(stage)" }
}

extension ReleaseState {
    /// When the stage should have ended; nil: it has not begun, or nobody expects it by a time.
    fileprivate func dueEnd(of stage: Stage) -> Instant? {
        guard let expected = stage.expectedWithin else { return nil }
        let regions = stage.waves.flatMap(\.regions)
        return regions.compactMap { self.regions[$0]?.started }.min().map { $0 + expected }
    }
}
