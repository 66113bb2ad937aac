/// Many made-up bakes with known rates, to measure how often and how soon a comparison is right.
public struct ComparisonTrial: Sendable {
    /// What there is to compare with.
    public enum Baseline: Hashable, Sendable {
        /// Hosts that are not updated yet count as much at every look as the updated ones.
        case otherHosts
        /// So many were counted before the bake began.
        case timeBefore(total: Int)
    }

    public let comparison: Comparison
    public let baseline: Baseline
    /// Parts of a million.
    public let baselineRate_ppm: Int
    /// The true rate after, relative to the baseline's.
    public let factor: Double
    public let perLook: Int
    public let looks: Int
    /// How many errors one cause brings at once in truth, whatever the comparison expects.
    public let burst: Int

    public struct Outcome: Hashable, Sendable {
        public var bakes = 0
        /// How many bakes were ever called worse, and how many ever not worse.
        public var worse = 0
        public var notWorse = 0
        /// The look of the first such verdict in the bakes that had it, ascending.
        public var looksUntilWorse: [Int] = []
        public var looksUntilNotWorse: [Int] = []
    }

    /// `burst` divides `perLook`.
    public init(
        _ comparison: Comparison = .standard,
        against baseline: Baseline = .otherHosts,
        baselineRate_ppm: Int,
        factor: Double,
        perLook: Int,
        looks: Int = 240,
        burst: Int = 1
    ) {
        precondition(perLook > 0 && looks > 0 && burst > 0 && perLook % burst == 0, "a look must count whole bursts")
        precondition(0...1_000_000 ~= baselineRate_ppm && factor >= 0, "a rate cannot be negative")
        self.comparison = comparison
        self.baseline = baseline
        self.baselineRate_ppm = baselineRate_ppm
        self.factor = factor
        self.perLook = perLook
        self.looks = looks
        self.burst = burst
    }

    /// Runs whole bakes; the same generator gives the same outcome on every machine.
    public func run(bakes: Int, using generator: inout some RandomNumberGenerator) -> Outcome {
        let rate = Double(baselineRate_ppm) / 1_000_000
        let tables = Tables(
            after: BinomialTable(count: perLook / burst, rate: min(rate * factor, 1)),
            baseline: BinomialTable(count: perLook / burst, rate: rate),
            before: BinomialTable(count: beforeTotal / burst, rate: rate)
        )
        var outcome = Outcome(bakes: bakes)
        for _ in 0..<bakes { bake(tables, &outcome, using: &generator) }
        outcome.worse = outcome.looksUntilWorse.count
        outcome.notWorse = outcome.looksUntilNotWorse.count
        outcome.looksUntilWorse.sort()
        outcome.looksUntilNotWorse.sort()
        return outcome
    }

    private struct Tables {
        let after: BinomialTable
        let baseline: BinomialTable
        let before: BinomialTable
    }

    private var beforeTotal: Int {
        if case .timeBefore(let total) = baseline { total } else { 0 }
    }

    private func bake(_ tables: Tables, _ outcome: inout Outcome, using generator: inout some RandomNumberGenerator) {
        var after = ErrorCount.none
        var other = count(tables.before, of: beforeTotal, using: &generator)
        var verdicts: Set<ComparisonVerdict> = []
        for look in 1...looks {
            after += count(tables.after, of: perLook, using: &generator)
            if baseline == .otherHosts { other += count(tables.baseline, of: perLook, using: &generator) }
            let verdict = comparison.judge(after, against: other).verdict
            guard verdicts.insert(verdict).inserted else { continue }
            switch verdict {
            case .worse: outcome.looksUntilWorse.append(look)
            case .notWorse: outcome.looksUntilNotWorse.append(look)
            case .inconclusive: break
            }
            if verdicts.count == ComparisonVerdict.allCases.count { return }
        }
    }

    private func count(_ table: BinomialTable, of total: Int, using generator: inout some RandomNumberGenerator)
        -> ErrorCount
    {
        guard total > 0 else { return .none }
        return ErrorCount(errors: table.draw(using: &generator) * burst, total: total / burst * burst) ?? .none
    }
}
