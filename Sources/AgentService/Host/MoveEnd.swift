import HostDecisions

/// How a move ended, with what the decisions may look at once and nobody keeps.
struct MoveEnd: Hashable, Sendable {
    var result: MoveResult
    var signs = FailureSigns()

    init(_ result: MoveResult, signs: FailureSigns = FailureSigns()) {
        self.result = result
        self.signs = signs
    }

    static let passed = MoveEnd(MoveResult(.passed))
}
