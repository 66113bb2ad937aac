import OrderedCollections
import TimeAndChance
import TrainModel

/// Debts: what is owed for a short cut. Until they are paid nothing departs but through a lane.
extension Train {
    /// Of the plan's train, or of the plan where it has none; oldest first.
    public func openDebts(of plan: Plan) -> [Debt] {
        state.schedule.debts.values.filter { debt in
            debt.plan == plan.name || (debt.train != nil && debt.train == plan.train?.name)
        }
    }

    mutating func openLaneDebt(of event: ReleaseStarted, at now: Instant) {
        guard let lane = event.plan.lanes.first(where: { $0.name == event.lane }) else { return }
        openDebt(lane.debt, of: event.plan, event.release, by: event.author, at: now)
    }

    mutating func openGlassDebt(of event: GlassBroken, at now: Instant) {
        guard let plan = state.releases[event.release]?.plan, let rule = plan.breakGlass else { return }
        openDebt(rule.debt, of: plan, event.release, by: event.by, at: now)
    }

    /// A release owes the same thing once; an empty sentence is no debt.
    private mutating func openDebt(
        _ sentence: String,
        of plan: Plan,
        _ release: ReleaseID,
        by person: PersonName,
        at now: Instant
    ) {
        guard !sentence.isEmpty,
            !state.schedule.debts.values.contains(where: { $0.release == release && $0.sentence == sentence })
        else { return }
        let number = (state.schedule.debtCounts[release] ?? 0) + 1
        let debt = Debt(
            id: "\(release)/\(number)",
            train: plan.train?.name,
            plan: plan.name,
            release: release,
            sentence: sentence,
            by: person,
            since: now
        )
        emit(.debtOpened(DebtOpened(debt: debt)), at: now)
    }

    mutating func payDebt(_ id: String, note: String, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        guard state.schedule.debts[id] != nil else {
            let open = state.schedule.debts.keys
            throw Refusal(
                .notFound,
                "there is no open debt \(id); " + (open.isEmpty ? "none is" : "open: \(open.listed)")
            )
        }
        guard !note.isBlank else {
            throw Refusal(.invalid, "say in a note how \(id) was paid, such as the change that did it")
        }
        emit(.debtPaid(DebtPaid(id: id, by: actor.name, note: note)), at: now)
        // What came while it was open may go now.
        for plan in state.schedule.plans.keys { startArrival(of: plan, at: now) }
        return .done
    }
}
