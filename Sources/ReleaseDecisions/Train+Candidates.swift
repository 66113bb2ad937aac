import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// Candidates: named points at which everything merged is collected, with the list of its changes.
extension Train {
    /// A branch that was not read is asked again after so long.
    static let changesRetry = Interval.minutes(5)
    /// A candidate that cannot be cut for so long is an alarm.
    static let candidateWait_max = Interval.hours(1)

    mutating func cutWhenDue(_ name: PlanName, at now: Instant) {
        guard let registered = state.schedule.plans[name], let rule = registered.plan.train?.candidates else { return }
        if let cut = rule.cut {
            let due = cut.occurrences(from: registered.lastCut + .milliseconds(1), to: now + .milliseconds(1))
            // After a pause one candidate holds what all of them would have.
            if let last = due.last { seekScheduled(registered.plan, rule, at: last, now) }
            if let next = cut.next(after: now) { observed.look(at: next, .plan(name)) }
        }
        lookForSought(of: name, at: now)
    }

    private mutating func seekScheduled(_ plan: Plan, _ rule: CandidateRule, at instant: Instant, _ now: Instant) {
        let tag = CandidateTag(date: rule.zone.local(at: instant).date)
        guard let version = tag.version, !isTaken(version, of: plan.name) else { return }
        if let sought = state.schedule.soughtCandidates[plan.name] {
            drop(sought.tag, of: plan.name, reason: "\(tag) takes its place", at: now)
        }
        seek(version, of: plan.name, at: instant, by: nil, now)
    }

    private mutating func seek(
        _ tag: Version,
        of plan: PlanName,
        at instant: Instant,
        by person: PersonName?,
        _ now: Instant
    ) {
        emit(
            .candidateSought(CandidateSought(plan: plan, tag: tag, at: instant, by: person, found: nil)),
            at: now
        )
        observed.trains.askedForChanges[plan] = nil
        lookForSought(of: plan, at: now)
    }

    private mutating func drop(_ tag: Version, of plan: PlanName, reason: String, at now: Instant) {
        emit(.candidateDropped(CandidateDropped(plan: plan, tag: tag, reason: reason)), at: now)
        clearAlarm(.candidateWaits, plan.text, at: now)
    }

    private func isTaken(_ tag: Version, of plan: PlanName) -> Bool {
        state.schedule.soughtCandidates[plan]?.tag == tag
            || state.schedule.candidates[plan]?.contains { $0.candidate.tag == tag } == true
    }

    // MARK: - Reading the branch

    /// Asks for the changes of the candidate that is being cut, now and then again, and raises the alarm when it takes
    /// too long.
    private mutating func lookForSought(of name: PlanName, at now: Instant) {
        guard let sought = state.schedule.soughtCandidates[name],
            let rule = state.schedule.plans[name]?.plan.train?.candidates
        else { return }
        if sought.found == nil {
            var next = observed.trains.askedForChanges[name].map { $0 + Self.changesRetry } ?? now
            if next <= now {
                observed.trains.askedForChanges[name] = now
                next = now + Self.changesRetry
                let last = state.schedule.candidates[name]?.last?.commit ?? ""
                perform(.findChanges(name, rule, since: last))
            }
            observed.look(at: next, .plan(name))
        }
        let late = max(sought.since, lastCleared(.candidateWaits, name.text)) + Self.candidateWait_max
        guard late <= now else { return observed.look(at: late, .plan(name)) }
        let missing =
            sought.found.map { "no build of \($0.commit.prefix(12)) has been pushed" }
            ?? "the changes of \(rule.branch) in \(rule.repository) are not known"
        raiseAlarm(.candidateWaits, name.text, "candidate \(sought.tag) of \(name) waits: \(missing)", at: now)
    }

    /// What the branch holds, or why nobody knows; in the latter case it is asked again.
    mutating func take(_ result: Result<FoundChanges, ChangesUnknown>, of name: PlanName, at now: Instant) {
        guard case .success(let found) = result, var sought = state.schedule.soughtCandidates[name],
            sought.found == nil
        else { return }
        let last = state.schedule.candidates[name]?.last
        guard !found.changes.isEmpty, found.commit != last?.commit else {
            let since = last.map { " since \($0.candidate.tag)" } ?? ""
            return drop(sought.tag, of: name, reason: "nothing was merged\(since)", at: now)
        }
        let bounded = FoundChanges(commit: found.commit, changes: Array(found.changes.prefix(Self.changes_max)))
        if cut(sought, bounded, of: name, at: now) { return }
        sought = SoughtCandidate(tag: sought.tag, by: sought.by, since: sought.since, found: bounded)
        emit(
            .candidateSought(
                CandidateSought(plan: name, tag: sought.tag, at: sought.since, by: sought.by, found: bounded)
            ),
            at: now
        )
        lookForSought(of: name, at: now)
    }

    /// As many as an artifact's source may name.
    static let changes_max = 2_000

    /// A build has come: a candidate may have waited for it.
    mutating func cutWaiting(for artifact: ArtifactName, at now: Instant) {
        for (name, registered) in state.schedule.plans
        where registered.plan.services.contains(where: { $0.artifact == artifact }) {
            guard let sought = state.schedule.soughtCandidates[name], let found = sought.found else { continue }
            _ = cut(sought, found, of: name, at: now)
        }
    }

    /// False while no build of the commit is there.
    private mutating func cut(
        _ sought: SoughtCandidate,
        _ found: FoundChanges,
        of name: PlanName,
        at now: Instant
    ) -> Bool {
        guard let plan = state.schedule.plans[name]?.plan, let train = plan.train,
            let version = version(of: found.commit, plan)
        else { return false }
        let candidate = Candidate(tag: sought.tag, version: version, changes: found.changes)
        emit(
            .candidateCut(
                CandidateCut(
                    train: train.name,
                    plan: name,
                    candidate: candidate,
                    commit: found.commit,
                    by: sought.by
                )
            ),
            at: now
        )
        clearAlarm(.candidateWaits, name.text, at: now)
        return true
    }

    /// The version that every artifact of the plan has of this commit: the one whose source names it, or that is the
    /// beginning of it.
    private func version(of commit: String, _ plan: Plan) -> Version? {
        let names = Set(plan.services.map(\.artifact))
        let built = state.artifacts.values.reversed().first {
            names.contains($0.artifact.name) && $0.isBuild(of: commit)
        }
        guard let version = built?.artifact.version,
            names.allSatisfy({ state.artifacts[ArtifactKey(name: $0, version: version)] != nil })
        else { return nil }
        return version
    }

    // MARK: - By hand

    mutating func cutCandidate(
        of name: PlanName,
        _ wanted: Version?,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        let plan = try registered(name).plan
        guard let rule = plan.train?.candidates else {
            throw Refusal(.conflict, "plan \(name) cuts no candidates; its `train` would have to say how")
        }
        if let sought = state.schedule.soughtCandidates[name] {
            throw Refusal(.conflict, "candidate \(sought.tag) of \(name) is still being cut; wait for it")
        }
        let today = rule.zone.local(at: now).date
        let tag = try wanted.map { text throws(Refusal) in try handTag(text, today) } ?? nextTag(of: name, on: today)
        guard let version = tag.version, !isTaken(version, of: name) else {
            throw Refusal(.conflict, "\(name) has a candidate \(tag) already; leave the tag out to get the next one")
        }
        seek(version, of: name, at: now, by: actor.name, now)
        return .done
    }

    private func handTag(_ text: Version, _ today: CivilDate) throws(Refusal) -> CandidateTag {
        let example = CandidateTag(date: today, number: 1)
        guard let tag = CandidateTag(text.text), tag.number != nil else {
            throw Refusal(
                .invalid,
                "\"\(text)\" is no tag for a candidate made by hand: \(CandidateTag.rule), such as \(example)"
            )
        }
        guard tag.date <= today else {
            throw Refusal(.invalid, "\(tag) is dated later than today, \(today); take \(example)")
        }
        return tag
    }

    private func nextTag(of plan: PlanName, on date: CivilDate) -> CandidateTag {
        let taken = (state.schedule.candidates[plan] ?? []).compactMap { CandidateTag($0.candidate.tag.text) }
        let last = taken.filter { $0.date == date }.compactMap(\.number).max() ?? 0
        return CandidateTag(date: date, number: last + 1)
    }
}

extension ArtifactRecord {
    /// Digits of a commit that suffice to name it.
    private static let commitDigits_min = 7

    fileprivate func isBuild(of commit: String) -> Bool {
        if !source.commit.isEmpty { return source.commit == commit }
        let version = artifact.version.text
        return version.utf8.count >= Self.commitDigits_min && commit.hasPrefix(version)
    }
}
