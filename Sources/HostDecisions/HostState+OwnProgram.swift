import OrderedCollections
import TrainModel

extension DeclaredHooks {
    /// Try the program, run it in the place of this one, look which one runs. Each may be done again: where it has
    /// happened already, it sees so.
    public static let ofOwnProgram = DeclaredHooks(install: .repeatable, start: .repeatable, verify: .repeatable)
}

extension HostState {
    /// The agent is not replaced while it works, and begins no work while it is being replaced. A replacement that waits
    /// goes before all that has not begun: on a busy host it would wait for ever.
    func mayBegin(_ name: ServiceName, _ turn: Turn) -> Bool {
        if name == .agent { return memory.services.values.allSatisfy { $0.attempt == nil } }
        guard let own = memory.services[.agent] else { return true }
        return own.attempt == nil && (own.waiting.map { $0.order.notBefore > turn.now } ?? true)
    }

    /// The end of one attempt may let any service's begin; the agent's own is asked first.
    mutating func beginAllWaiting(_ turn: inout Turn) {
        beginWaiting(.agent, &turn)
        for name in memory.services.keys where name != .agent { beginWaiting(name, &turn) }
    }
}
