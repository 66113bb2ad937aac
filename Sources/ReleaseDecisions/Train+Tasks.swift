import OrderedCollections
import TimeAndChance
import TrainModel

/// What people do by hand and say so; the time it took is kept. And what is owed.
extension Train {
    func taskStatus(_ rule: TaskRule, _ key: GateKey, of release: ReleaseState, at now: Instant) -> GateStatus {
        if release.gates.tasks[key] != nil { return .passed(until: nil) }
        let who = words(for: rule.by, in: release.plan, at: now)
        return .unmet(
            Hold(
                kind: .task,
                subject: key.description,
                unmet: "\(rule.name) by hand" + (rule.instructions.isEmpty ? "" : ": \(rule.instructions)"),
                canAct: "\(who): `wavetrain release done \(release.id) \(rule.name)`",
                since: openSince(key, of: release),
                nextChange: nil
            ),
            until: nextHandOver(of: rule.by, in: release.plan, at: now)
        )
    }

    mutating func doneTask(
        _ id: ReleaseID,
        _ subject: String,
        ticked: [String],
        note: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        let release = try releaseToActOn(id, at: now)
        let tasks = openGates(of: release, at: now).filter { $0.task != nil }
        let named = try named(subject, among: tasks, of: release, act: "a task") { gate in
            if case .task(let rule) = gate { rule.name } else { nil }
        }
        let permitted = named.filter { isOne(of: $0.task?.by ?? [], actor, in: release.plan, at: now) }
        guard !permitted.isEmpty else {
            throw mayNot(actor, named.flatMap { $0.task?.by ?? [] }, "do this", in: release.plan, at: now)
        }
        try requireTicked(permitted.flatMap { $0.task?.checklist ?? [] }, ticked)
        for gate in permitted {
            let took = now - openSince(gate.key, of: release)
            let done = TaskDone(release: id, gate: gate.key, by: actor.name, note: note, ticked: ticked, took: took)
            emit(.taskDone(done), at: now)
        }
        advance(id, at: now)
        return .done
    }

    // MARK: - Debts

    /// Debts of the plan and of its train, but for those that the release itself has made.
    func debts(of plan: Plan, except own: ReleaseID? = nil) -> [Debt] {
        state.schedule.debts.values.filter { debt in
            debt.release != own && (debt.plan == plan.name || (debt.train != nil && debt.train == plan.train?.name))
        }
    }

    func debtStatus(_ key: GateKey, of release: ReleaseState) -> GateStatus {
        let debts = debts(of: release.plan, except: release.id)
        guard !debts.isEmpty else { return .passed(until: nil) }
        return .unmet(
            Hold(
                kind: .debt,
                subject: key.description,
                unmet: "owed: " + Self.list(debts.map(\.words)),
                canAct: "whoever has done it: `wavetrain debt pay \(debts[0].id)`",
                since: reached(key, of: release),
                nextChange: nil
            ),
            until: nil
        )
    }
}

extension Debt {
    /// `shop-3/1 (put the reverted changes back) since shop-3 by bo`.
    var words: String { "\(id) (\(sentence)) since \(release) by \(by)" }
}

extension OpenGate {
    fileprivate var task: TaskRule? {
        if case .task(let rule) = gate { rule } else { nil }
    }
}
