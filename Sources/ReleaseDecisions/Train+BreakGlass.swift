import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// In need a person opens a gate alone, with a reason; everybody sees it, and it leaves a debt.
extension Train {
    mutating func breakGlass(
        _ id: ReleaseID,
        _ subject: String,
        reason: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        let release = try releaseToActOn(id, at: now)
        guard let rule = release.plan.breakGlass else {
            throw Refusal(.notAllowed, "plan \(release.plan.name) has no `break_glass`, so nobody may open its gates")
        }
        guard isOne(of: rule.by, actor, in: release.plan, at: now) else {
            throw mayNot(actor, rule.by, "break the glass", in: release.plan, at: now)
        }
        guard !reason.isBlank else {
            throw Refusal(.invalid, "breaking the glass needs a reason, which everybody who is called will read")
        }
        let held = openGates(of: release, at: now) + frozenGates(of: release, at: now)
        for gate in try named(subject, among: held, of: release, act: "anything") {
            emit(
                .glassBroken(GlassBroken(release: id, gate: gate.key, by: actor.name, reason: reason)),
                at: now
            )
        }
        lookAtGates(of: id, at: now)
        return .done
    }

    /// The plan's own freezes, as gates before what may start next. What a person has declared, a person lifts.
    private func frozenGates(of release: ReleaseState, at now: Instant) -> [OpenGate] {
        guard release.phase == .running, !release.ignoresCalendar, let (stage, wave) = release.current,
            let freeze = release.plan.freezes.first(where: { $0.isActive(at: now) })
        else { return [] }
        let key = GateKey(stage: stage.name, wave: wave.name, region: nil, index: GateKey.freezeIndex)
        let hold = Hold(
            kind: .freeze,
            subject: key.description,
            unmet: "the plan's freeze \(freeze)",
            canAct: "",
            since: freeze.begins,
            nextChange: freeze.ends
        )
        return [OpenGate(key: key, gate: .window(Window([], zone: .utc)), status: .unmet(hold, until: freeze.ends))]
    }
}
