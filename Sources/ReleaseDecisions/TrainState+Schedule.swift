import OrderedCollections
import TimeAndChance
import TrainModel

extension TrainState {
    /// Folds in what trains, people on call and debts have come to.
    mutating func applyToSchedule(_ event: Event, at now: Instant) {
        switch event {
        case .freezeDeclared, .freezeLifted, .oncallOverridden: schedule.applyToPeople(event, at: now)
        case .planRegistered, .planWithdrawn, .trainDeparted: schedule.applyToPlans(event, at: now)
        case .candidateSought, .candidateCut, .candidateDropped: schedule.applyToCandidates(event, at: now)
        case .arrivalsBegan(let event): schedule.tagsAtFirst[event.plan] = Set(event.known)
        case .tagArrived(let event): schedule.add(event, at: now)
        case .alarmRaised(let event):
            schedule.alarms[AlarmKey(kind: event.alarm.kind, subject: event.alarm.subject)] = event.alarm
        case .alarmCleared(let event):
            schedule.clear(AlarmKey(kind: event.kind, subject: event.subject), byHand: event.by != nil, at: now)
        case .debtOpened(let event):
            schedule.debts[event.debt.id] = event.debt
            schedule.debtCounts[event.debt.release, default: 0] += 1
        case .debtPaid(let event): schedule.debts.removeValue(forKey: event.id)
        case .noticeQueued(let event): add(event.notice)
        case .noticeFailed(let event): schedule.noticeFailures[event.id] = NoticeFailures(event, at: now)
        case .noticeSettled(let event):
            schedule.notices.removeValue(forKey: event.id)
            schedule.noticeFailures.removeValue(forKey: event.id)
        default: break
        }
    }

    /// What releases and people's acts mean for the trains. Sees the state as it was before the event.
    mutating func noteForTrains(_ event: Event, at now: Instant) {
        if let act = manualAct(of: event, at: now) { schedule.acts.add(act) }
        switch event {
        case .releaseStarted(let event):
            for artifact in event.artifacts.values {
                schedule.noteArrival(artifact, of: event.plan.name) { $0.release = event.release }
            }
        case .releaseEnded(let event):
            schedule.told[event.release] = nil
            guard event.outcome == .completed, let release = releases[event.release], release.adHocUntil == nil else {
                return
            }
            schedule.plans[release.plan.name]?.lastCompleted = now
            for artifact in release.artifacts.values {
                schedule.settleArrivals(upTo: artifact, of: release.plan.name, at: now)
            }
        default: break
        }
    }

    private mutating func add(_ notice: Notice) {
        schedule.notices[notice.id] = notice
        schedule.noticeCount = notice.id
        guard let release = notice.release, releases[release]?.isActive == true else { return }
        schedule.told[release, default: []].insert(NoticeKey(kind: notice.kind, subject: notice.subject))
    }

    private func manualAct(of event: Event, at now: Instant) -> ManualAct? {
        func act(
            _ kind: ManualActView.Kind,
            _ release: ReleaseID,
            _ subject: String,
            _ by: PersonName,
            _ took: Interval
        ) -> ManualAct? {
            releases[release].map {
                ManualAct(
                    plan: $0.plan.name,
                    release: release,
                    kind: kind,
                    subject: subject,
                    by: by,
                    at: now,
                    took: took
                )
            }
        }
        switch event {
        case .gateDecided(let event):
            return act(.decision, event.release, event.gate.description, event.by, event.took)
        case .voteCast(let event):
            return act(.vote, event.release, "\(event.gate) \(event.role)", event.by, event.took)
        case .taskDone(let event): return act(.task, event.release, event.gate.description, event.by, event.took)
        case .debtPaid(let event):
            guard let debt = schedule.debts[event.id] else { return nil }
            return ManualAct(
                plan: debt.plan,
                release: debt.release,
                kind: .debt,
                subject: debt.sentence,
                by: event.by,
                at: now,
                took: now - debt.since
            )
        default: return nil
        }
    }
}

extension ScheduleState {
    fileprivate mutating func applyToPeople(_ event: Event, at now: Instant) {
        switch event {
        case .freezeDeclared(let event):
            freezes.removeAll { $0.plan == event.plan }
            freezes.append(
                FreezeState(plan: event.plan, by: event.by, reason: event.reason, since: now, until: event.until)
            )
        case .freezeLifted(let event):
            for index in freezes.indices where freezes[index].plan == event.plan { freezes[index].end(at: now) }
        case .oncallOverridden(let event):
            oncallOverrides[event.rotation, default: []].removeAll { $0.to <= now }
            oncallOverrides[event.rotation, default: []].append(
                OncallOverride(
                    person: event.person,
                    from: event.from,
                    to: event.to,
                    by: event.by,
                    reason: event.reason
                )
            )
        default: break
        }
    }

    fileprivate mutating func applyToPlans(_ event: Event, at now: Instant) {
        switch event {
        case .planRegistered(let event): register(event, at: now)
        case .planWithdrawn(let event):
            plans.removeValue(forKey: event.plan)
            soughtCandidates[event.plan] = nil
            tagsAtFirst[event.plan] = nil
            arrivals[event.plan] = nil
        case .trainDeparted(let event):
            // A departure by hand does not stand for the schedule's.
            if let plan = plans[event.plan], event.by == nil {
                plans[event.plan]?.lastDeparture = max(event.at, plan.lastDeparture)
            }
            departures[event.plan, default: []].append(
                DepartureState(at: event.at, release: event.release, reason: event.reason)
            )
            departures[event.plan]?.keepLast(Self.departures_max)
        default: break
        }
    }

    /// A new registration goes on where the one before was, but for a schedule that it changes.
    private mutating func register(_ event: PlanRegistered, at now: Instant) {
        let before = plans[event.plan.name]
        let (train, trainBefore) = (event.plan.train, before?.plan.train)
        let keepsDepartures = before != nil && train?.departs == trainBefore?.departs
        let keepsCuts = before != nil && train?.candidates?.cut == trainBefore?.candidates?.cut
        plans[event.plan.name] = RegisteredPlan(
            plan: event.plan,
            digest: event.planDigest,
            sourceDigest: event.planSourceDigest,
            by: event.by,
            since: now,
            lastDeparture: keepsDepartures ? before?.lastDeparture ?? now : now,
            lastCompleted: before?.lastCompleted ?? now,
            lastCut: keepsCuts ? before?.lastCut ?? now : now
        )
        if train?.arrivals?.isSameSource(as: trainBefore?.arrivals) != true {
            tagsAtFirst[event.plan.name] = nil
            arrivals[event.plan.name] = nil
        }
        if train?.candidates == nil { soughtCandidates[event.plan.name] = nil }
    }

    fileprivate mutating func applyToCandidates(_ event: Event, at now: Instant) {
        switch event {
        case .candidateSought(let event):
            soughtCandidates[event.plan] = SoughtCandidate(
                tag: event.tag,
                by: event.by,
                since: event.at,
                found: event.found
            )
            if event.by == nil { plans[event.plan]?.lastCut = event.at }
        case .candidateCut(let event):
            soughtCandidates[event.plan] = nil
            candidates[event.plan, default: []].append(
                CandidateState(candidate: event.candidate, commit: event.commit, by: event.by, at: now)
            )
            candidates[event.plan]?.keepLast(Self.candidates_max)
        case .candidateDropped(let event): soughtCandidates[event.plan] = nil
        default: break
        }
    }

    fileprivate mutating func add(_ event: TagArrived, at now: Instant) {
        arrivals[event.plan, default: [:]][event.artifact.version] = ArrivalState(artifact: event.artifact, at: now)
        let surplus = (arrivals[event.plan]?.count ?? 0) - Self.arrivals_max
        guard surplus > 0, let oldest = arrivals[event.plan]?.keys.prefix(surplus) else { return }
        // A tag that still stands in the registry must not arrive again.
        tagsAtFirst[event.plan, default: []].formUnion(oldest)
        arrivals[event.plan]?.removeFirst(surplus)
    }

    fileprivate mutating func clear(_ key: AlarmKey, byHand: Bool, at now: Instant) {
        alarms.removeValue(forKey: key)
        clearedByHand.removeValue(forKey: key)
        guard byHand else { return }
        clearedByHand[key] = now
        if clearedByHand.count > Self.clearedByHand_max { clearedByHand.removeFirst() }
    }

    fileprivate mutating func noteArrival(
        _ artifact: Artifact,
        of plan: PlanName,
        _ change: (inout ArrivalState) -> Void
    ) {
        guard var arrival = arrivals[plan]?[artifact.version], arrival.artifact == artifact else { return }
        change(&arrival)
        arrivals[plan]?[artifact.version] = arrival
    }

    fileprivate mutating func settleArrivals(upTo artifact: Artifact, of plan: PlanName, at now: Instant) {
        guard let last = arrivals[plan]?.index(forKey: artifact.version) else { return }
        for index in 0...last where arrivals[plan]?.values[index].settled == nil {
            arrivals[plan]?.values[index].settled = now
        }
    }
}

extension ArrivalRule {
    /// Whether what is known of one's tags is known of the other's.
    fileprivate func isSameSource(as other: ArrivalRule?) -> Bool {
        guard let other else { return false }
        return registry == other.registry && repository == other.repository && artifact == other.artifact
            && tagPattern == other.tagPattern
    }
}

extension Array {
    fileprivate mutating func keepLast(_ count_max: Int) {
        if count > count_max { removeFirst(count - count_max) }
    }
}
