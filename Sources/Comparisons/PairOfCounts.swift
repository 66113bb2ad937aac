/// Both groups' counts as numbers to compute with.
struct PairOfCounts {
    let errors: Double
    let successes: Double
    let baselineErrors: Double
    let baselineSuccesses: Double

    /// `errorsAtOnce` errors with one cause are one error, and as many things counted are one thing.
    init(_ after: ErrorCount, _ baseline: ErrorCount, errorsAtOnce: Int = 1) {
        let unit = Double(errorsAtOnce)
        errors = Double(after.errors) / unit
        successes = Double(after.total - after.errors) / unit
        baselineErrors = Double(baseline.errors) / unit
        baselineSuccesses = Double(baseline.total - baseline.errors) / unit
    }

    private func logLikelihood(_ rate: Double, _ baselineRate: Double) -> Double {
        Logarithms.times(errors, log: rate) + Logarithms.times(successes, log: 1 - rate)
            + Logarithms.times(baselineErrors, log: baselineRate)
            + Logarithms.times(baselineSuccesses, log: 1 - baselineRate)
    }

    /// Along rate = factor × baseline rate. Where the slope is 0, the baseline rate solves a quadratic equation.
    func likelihood_max(multiplied factor: Double, from lowest: Double) -> Double {
        let allErrors = errors + baselineErrors
        let square = factor * (allErrors + successes + baselineSuccesses)
        let linear = allErrors * (1 + factor) + factor * successes + baselineSuccesses
        let root = (linear * linear - 4 * square * allErrors).squareRoot()
        // The smaller solution, in the form that loses no digits where it is near 0.
        let best = root.isNaN || linear + root == 0 ? 0 : 2 * allErrors / (linear + root)
        let rate = min(max(best, lowest), 1 / factor)
        return logLikelihood(min(rate * factor, 1), rate)
    }

    /// Along rate = baseline rate + difference. The slope falls all the way, so halving finds where it is 0; to
    /// 1e-12, since the likelihood is flat there.
    func likelihood_max(raised difference: Double, upTo highest: Double) -> Double {
        guard difference > 0 else {
            let pooled = (errors + baselineErrors) / (errors + successes + baselineErrors + baselineSuccesses)
            return logLikelihood(pooled, pooled)
        }
        var (low, high) = (0.0, min(highest, 1 - difference))
        for _ in 0..<40 {
            let middle = (low + high) / 2
            if slope(middle, difference) > 0 { low = middle } else { high = middle }
        }
        let rate = (low + high) / 2
        return logLikelihood(min(rate + difference, 1), rate)
    }

    private func slope(_ baselineRate: Double, _ difference: Double) -> Double {
        let rate = baselineRate + difference
        return errors / rate - successes / (1 - rate) + baselineErrors / baselineRate
            - baselineSuccesses / (1 - baselineRate)
    }
}
