import OrderedCollections
import TimeAndChance
import TrainModel

/// What people see of gates: instructions and checklists of those that wait, and every word that was ever said.
extension Train {
    func gateViews(of release: ReleaseState, at now: Instant) -> [GateView] {
        let open = openGates(of: release, at: now)
        var keys = OrderedSet(release.spokenAt)
        for gate in open { keys.append(gate.key) }
        let waiting = Set(open.map(\.key))
        let closed = Set(open.filter { isClosed($0, of: release, at: now) }.map(\.key))
        return keys.compactMap { key in
            guard let gate = release.gate(at: key) else { return nil }
            let isBroken = release.gates.glass[key] != nil
            return GateView(
                subject: key.description,
                kind: gate.holdKind,
                name: gate.name(at: key, of: release, now),
                state: isBroken ? .broken : closed.contains(key) ? .closed : waiting.contains(key) ? .waiting : .passed,
                instructions: gate.instructions,
                checklist: gate.checklist,
                roles: roleViews(of: gate, in: release.plan, at: now),
                words: release.words(at: key)
            )
        }
    }

    private func isClosed(_ gate: OpenGate, of release: ReleaseState, at now: Instant) -> Bool {
        gate.gate.isDecision && !asking(at: gate.key, gate.gate, of: release, at: now).isNow(now)
    }

    func waiverViews(of release: ReleaseState) -> [WaiverView] {
        (state.evidence.waivers[release.id] ?? []).map {
            WaiverView(subject: $0.subject, by: $0.by, reason: $0.reason, at: $0.at)
        }
    }

    private func roleViews(of gate: Gate, in plan: Plan, at now: Instant) -> [RoleView] {
        guard case .vote(let rule) = gate else { return [] }
        return rule.roles.map { role in
            RoleView(
                name: role.name,
                by: words(for: role.by, in: plan, at: now),
                mayVeto: role.mayVeto,
                checklist: role.checklist
            )
        }
    }
}

extension ReleaseState {
    /// Gates at which somebody has said or done something, in the order they were first spoken at, kind by kind.
    fileprivate var spokenAt: [GateKey] {
        Array(gateDecisions.keys) + Array(gates.votes.keys) + Array(gates.tasks.keys) + Array(gates.glass.keys)
    }

    /// Nil for one that stands for the plan's freezes.
    fileprivate func gate(at key: GateKey) -> Gate? {
        let wave = plan.stages.first { $0.name == key.stage }?.waves.first { $0.name == key.wave }
        let gates = key.region == nil ? wave?.gates : wave?.regionGates
        return gates.flatMap { $0.indices.contains(key.index) ? $0[key.index] : nil }
    }

    /// Oldest first.
    fileprivate func words(at key: GateKey) -> [WordView] {
        let decisions = (gateDecisions[key] ?? []).map {
            WordView(
                act: $0.decision.rawValue,
                role: "",
                by: $0.by,
                reason: $0.reason,
                ticked: $0.ticked,
                took: $0.took,
                at: $0.at,
                voided: $0.voided ?? ""
            )
        }
        let votes = (gates.votes[key] ?? []).map {
            WordView(
                act: $0.isGo ? "go" : ($0.isVeto ? "veto" : "no_go"),
                role: $0.role,
                by: $0.by,
                reason: $0.reason,
                ticked: $0.ticked,
                took: $0.took,
                at: $0.at,
                voided: $0.voided ?? ""
            )
        }
        let task = gates.tasks[key].map {
            WordView(
                act: "done",
                role: "",
                by: $0.by,
                reason: $0.note,
                ticked: $0.ticked,
                took: $0.took,
                at: $0.at,
                voided: ""
            )
        }
        let glass = gates.glass[key].map {
            WordView(
                act: "broke_glass",
                role: "",
                by: $0.by,
                reason: $0.reason,
                ticked: [],
                took: nil,
                at: $0.at,
                voided: ""
            )
        }
        return decisions + votes + [task, glass].compactMap(\.self)
    }
}

extension Gate {
    fileprivate func name(at key: GateKey, of release: ReleaseState, _ now: Instant) -> String {
        switch self {
        case .task(let rule): rule.name
        case .check(let rule): release.asked(rule, at: key, now).name
        case .evidence(let rule): rule.predicate.text
        case .changes(let rule): rule.predicate.text
        default: ""
        }
    }

    fileprivate var instructions: String {
        switch self {
        case .approval(let rule): rule.instructions
        case .task(let rule): rule.instructions
        default: ""
        }
    }

    fileprivate var checklist: [String] {
        switch self {
        case .approval(let rule): rule.checklist
        case .task(let rule): rule.checklist
        default: []
        }
    }
}
