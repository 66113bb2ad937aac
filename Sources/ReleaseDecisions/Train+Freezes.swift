import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// Freezes: nothing starts and no order of the way out leaves, in the plan's times or since a person said so. The way
/// back is never frozen.
extension Train {
    /// One that is in force.
    struct FreezeInForce {
        let sentence: String
        let canAct: String
        /// By a person, not by the plan.
        let isDeclared: Bool
        let since: Instant
        /// Nil: until somebody lifts it.
        let until: Instant?
    }

    /// A lane that ignores windows goes on in the plan's own freezes, as does a release whose freeze was opened in need;
    /// one that a person has declared stops everybody until a person lifts it.
    func freezes(over release: ReleaseState, at now: Instant) -> [FreezeInForce] {
        var found: [FreezeInForce] = []
        for freeze in state.schedule.freezes where freeze.plan == nil || freeze.plan == release.plan.name {
            guard freeze.until.map({ now < $0 }) ?? true else { continue }
            let scope = freeze.plan.map { " of \($0)" } ?? ""
            let command = "wavetrain freeze lift" + (freeze.plan.map { " --plan \($0)" } ?? "")
            found.append(
                FreezeInForce(
                    sentence: "\(freeze.by) declared a freeze\(scope): \(freeze.reason)",
                    canAct: "an operator: `\(command)`",
                    isDeclared: true,
                    since: freeze.since,
                    until: freeze.until
                )
            )
        }
        guard !release.ignoresCalendar else { return found }
        for freeze in release.plan.freezes where freeze.isActive(at: now) {
            found.append(
                FreezeInForce(
                    sentence: "the plan's freeze \(freeze)",
                    canAct: "",
                    isDeclared: false,
                    since: freeze.begins,
                    until: freeze.ends
                )
            )
        }
        return found
    }

    func isFrozen(_ release: ReleaseState, at now: Instant) -> Bool {
        if state.schedule.freezes.isEmpty, release.plan.freezes.isEmpty { return false }
        return !freezes(over: release, at: now).isEmpty
    }

    func freezeHolds(of release: ReleaseState, at now: Instant) -> [Hold] {
        guard release.phase == .running, release.current != nil else { return [] }
        return freezes(over: release, at: now).map { freeze in
            Hold(
                kind: .freeze,
                subject: release.id.text,
                unmet: freeze.sentence,
                canAct: freeze.canAct,
                since: freeze.since,
                nextChange: freeze.until
            )
        }
    }

    /// Every edge of every freeze that is still to come is looked at; after a start once for each release.
    mutating func watchFreezes(of id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id] else { return }
        let planned = release.plan.freezes.flatMap { [$0.begins, $0.ends] }
        let declared = state.schedule.freezes.filter { $0.plan == nil || $0.plan == release.plan.name }
        for edge in planned + declared.compactMap(\.until) where edge > now { observed.look(at: edge, id, nil) }
        noteFrozen(id, at: now)
    }

    /// Called when something about the release's gates may have changed by time.
    mutating func lookAtGates(of id: ReleaseID, at now: Instant) {
        noteFrozen(id, at: now)
        observed.trains.mayWait.append(id)
        guard let release = state.releases[id], !isFrozen(release, at: now), observed.frozen.remove(id) != nil,
            release.isActive, release.paused == nil
        else { return advance(id, at: now) }
        goOn(id, at: now)
    }

    private mutating func noteFrozen(_ id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], isFrozen(release, at: now) else { return }
        observed.frozen.insert(id)
    }

    // MARK: - Declaring and lifting

    mutating func freeze(
        _ plan: PlanName?,
        until: Instant?,
        reason: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        guard !reason.isBlank else {
            throw Refusal(.invalid, "a freeze needs a reason, which everybody it holds can read")
        }
        if let until, until <= now {
            throw Refusal(.invalid, "the freeze would be over before it began; give a later end")
        }
        emit(.freezeDeclared(FreezeDeclared(plan: plan, by: actor.name, reason: reason, until: until)), at: now)
        for release in state.releases.values where release.isActive && (plan == nil || release.plan.name == plan) {
            revisions.changed(release.id)
            watchFreezes(of: release.id, at: now)
            lookAtGates(of: release.id, at: now)
        }
        return .done
    }

    mutating func liftFreeze(_ plan: PlanName?, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        guard state.schedule.freezes.contains(where: { $0.plan == plan && ($0.until.map { now < $0 } ?? true) }) else {
            let scope = plan.map { "of \($0)" } ?? "of everything"
            throw Refusal(.notFound, "nobody has declared a freeze \(scope) that is still in force")
        }
        emit(.freezeLifted(FreezeLifted(plan: plan, by: actor.name)), at: now)
        for release in state.releases.values where release.isActive && (plan == nil || release.plan.name == plan) {
            revisions.changed(release.id)
            lookAtGates(of: release.id, at: now)
        }
        return .done
    }
}

extension ReleaseState {
    /// Windows, planned freezes and debts do not hold it.
    var ignoresWindows: Bool { laneRule?.ignoresWindows == true }

    var ignoresCalendar: Bool {
        ignoresWindows || gates.glass.keys.contains { $0.index == GateKey.freezeIndex }
    }

    var laneRule: LaneRule? {
        guard let lane else { return nil }
        return plan.lanes.first { $0.name == lane }
    }
}

extension String {
    /// Nothing but spaces, or nothing.
    var isBlank: Bool { allSatisfy(\.isWhitespace) }
}
