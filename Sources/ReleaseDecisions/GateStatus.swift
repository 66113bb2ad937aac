import OrderedCollections
import TimeAndChance
import TrainModel

/// What a gate says now.
public enum GateStatus: Hashable, Sendable {
    /// `until`: when it may say otherwise by itself; nil: not by time alone.
    case passed(until: Instant?)
    /// `until`: when it may say otherwise by itself; nil: not by time alone.
    case unmet(Hold, until: Instant?)
    /// The release ends, for this reason.
    case rejects(String)
}

/// A gate that holds a wave or a region now.
struct OpenGate {
    let key: GateKey
    let gate: Gate
    let status: GateStatus

    /// What people see. A release whose time is over but that cannot end yet, because it is paused, says so.
    func hold(since: Instant) -> Hold? {
        switch status {
        case .passed: nil
        case .unmet(let hold, _): hold
        case .rejects(let reason):
            Hold(
                kind: gate.holdKind,
                subject: key.description,
                unmet: "\(reason); the release is rejected as soon as it goes on",
                canAct: "",
                since: since,
                nextChange: nil
            )
        }
    }
}

extension Gate {
    /// What a hold of this gate is called.
    var holdKind: Hold.Kind {
        switch self {
        case .approval(let rule): rule.act == .approval ? .approval : .validation
        case .vote: .vote
        case .window: .window
        case .prerequisite: .prerequisite
        case .evidence: .evidence
        case .changes: .changes
        case .check: .check
        case .task: .task
        case .noDebts: .debt
        }
    }

    /// A look at a moment, which says nothing about the time after it.
    var isMomentary: Bool {
        if case .check = self { true } else { false }
    }
}
