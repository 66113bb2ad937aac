import Synchronization

/// What was done to agents, and what was lost by it: nothing.
final class Tally: Sendable {
    struct Counts: Sendable {
        var orders = 0
        var kills = 0
        var powerCuts = 0
        var faults = 0
        /// Failures that an agent ended by, or told, at its start.
        var endings = 0
        var outcomes: [String: Int] = [:]
        var losses: [String] = []
    }

    private let state = Mutex(Counts())

    var counts: Counts { state.withLock { $0 } }

    func count(_ change: (inout Counts) -> Void) { state.withLock { change(&$0) } }

    func lose(_ sentence: String) { state.withLock { $0.losses.append(sentence) } }
}
