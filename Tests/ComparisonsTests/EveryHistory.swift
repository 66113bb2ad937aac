import Comparisons

/// All bakes of so many looks, one more thing counted on either side at each: what a comparison says at every pair of
/// counts, and from that, exactly and not by chance, how probable it is that a verdict is ever given.
struct EveryHistory {
    private let looks: Int
    /// By look, errors after and errors of the baseline.
    private let verdicts: [[[ComparisonVerdict]]]

    init(_ comparison: Comparison, looks: Int) {
        func verdict(_ look: Int, _ errors: Int, _ baselineErrors: Int) -> ComparisonVerdict {
            guard let after = ErrorCount(errors: errors, total: look),
                let baseline = ErrorCount(errors: baselineErrors, total: look)
            else { return .inconclusive }
            return comparison.judge(after, against: baseline).verdict
        }
        self.looks = looks
        verdicts = (0...looks).map { look in
            (0...look).map { errors in (0...look).map { verdict(look, errors, $0) } }
        }
    }

    func probability(of verdict: ComparisonVerdict, rate: Double, baselineRate: Double) -> Double {
        // Of each pair of error counts, how likely it is to be reached without the verdict before.
        var open = [[1.0]]
        var found = 0.0
        for look in 1...looks {
            var next = [[Double]](repeating: [Double](repeating: 0, count: look + 1), count: look + 1)
            for (errors, row) in open.enumerated() {
                for (baselineErrors, share) in row.enumerated() where share > 0 {
                    next[errors][baselineErrors] += share * (1 - rate) * (1 - baselineRate)
                    next[errors + 1][baselineErrors] += share * rate * (1 - baselineRate)
                    next[errors][baselineErrors + 1] += share * (1 - rate) * baselineRate
                    next[errors + 1][baselineErrors + 1] += share * rate * baselineRate
                }
            }
            for errors in 0...look {
                for baselineErrors in 0...look where verdicts[look][errors][baselineErrors] == verdict {
                    found += next[errors][baselineErrors]
                    next[errors][baselineErrors] = 0
                }
            }
            open = next
        }
        return found
    }
}
