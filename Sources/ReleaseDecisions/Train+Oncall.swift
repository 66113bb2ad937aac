import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// Who is on call, resolved at the moment somebody asks: the plan's rotation with the overrides that people declared.
extension Train {
    /// Nil: nobody, or the plan has no such rotation.
    public func oncall(_ name: RotationName, of plan: Plan, at now: Instant) -> PersonName? {
        rotation(name, of: plan, saidBy: now)?.person(at: now)
    }

    /// Who is on call now, until when, and who follows.
    public func oncallView(_ name: RotationName, of plan: Plan, at now: Instant) -> OncallView {
        guard let rotation = rotation(name, of: plan) else {
            return OncallView(rotation: name, person: nil, until: nil, next: nil)
        }
        let until = rotation.nextHandOver(after: now)
        return OncallView(
            rotation: name,
            person: rotation.person(at: now),
            until: until,
            next: until.flatMap { rotation.person(at: $0) }
        )
    }

    /// The plan's rotation with every override that has been declared, or had been by an instant.
    func rotation(
        _ name: RotationName,
        of plan: Plan,
        saidBy instant: Instant = .distantFuture
    ) -> Rotation<PersonName>? {
        var rotation = plan.rotations[name]
        for override in state.schedule.oncallOverrides[name] ?? [] where override.said.map({ $0 <= instant }) ?? true {
            rotation?.overrides.append(.init(person: override.person, from: override.from, to: override.to))
        }
        return rotation
    }

    // MARK: - Hand-over and override

    mutating func overrideOncall(
        _ rotation: RotationName,
        _ person: PersonName,
        from: Instant,
        to: Instant,
        reason: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        let known = knownRotations
        guard known.contains(rotation) else {
            let names = known.isEmpty ? "no registered plan has one" : "known: \(known.listed)"
            throw Refusal(.notFound, "there is no rotation \(rotation); \(names)")
        }
        guard from < to, now < to else {
            throw Refusal(.invalid, "an override ends after it begins, and later than now; give other times")
        }
        guard !reason.isBlank else {
            throw Refusal(.invalid, "an override needs a reason, which everybody sees; say why \(person) stands in")
        }
        emit(
            .oncallOverridden(
                OncallOverridden(
                    rotation: rotation,
                    person: person,
                    from: from,
                    to: to,
                    by: actor.name,
                    reason: reason
                )
            ),
            at: now
        )
        return .done
    }

    /// Of registered plans and of releases under way, sorted.
    private var knownRotations: [RotationName] {
        let registered = state.schedule.plans.values.flatMap(\.plan.rotations.keys)
        let running = state.releases.values.filter(\.isActive).flatMap(\.plan.rotations.keys)
        return Set(registered + running).sorted()
    }
}

extension Sequence where Element: CustomStringConvertible {
    /// `a, b, c`
    var listed: String { map(\.description).joined(separator: ", ") }
}
