/// What two counts say against a boundary between their rates, as a likelihood ratio that stays valid however often and
/// whenever it is looked at (an e-process). `docs/comparison.md` has the mathematics.
struct Evidence {
    private let counts: PairOfCounts

    /// Of the Beta distribution over which rates are averaged. Nearly as much weight lies between 0.01 % and 0.1 % as
    /// between 1 % and 10 %, so that rare errors are told apart with as few of them as frequent ones; of 0.02 to 0.5
    /// this number found rises soonest in the trials of `docs/comparison.md`.
    static let priorErrors = 0.2
    static let priorSuccesses = 1.0
    private static let logPrior = Logarithms.beta(priorErrors, priorSuccesses)

    init(_ counts: PairOfCounts) {
        self.counts = counts
    }

    /// The logarithm of the evidence against every pair of rates on the boundary. If the rates are on it or on the side
    /// that the counts do not show, this ever reaches log(1/alpha) with probability alpha at most.
    func log(against boundary: Boundary) -> Double {
        Self.logAverage(counts.errors, counts.successes)
            + Self.logAverage(counts.baselineErrors, counts.baselineSuccesses)
            - boundary.logLikelihood_max(counts)
    }

    /// The logarithm of the likelihood of a count, averaged over the prior.
    private static func logAverage(_ errors: Double, _ successes: Double) -> Double {
        Logarithms.beta(priorErrors + errors, priorSuccesses + successes) - logPrior
    }
}
