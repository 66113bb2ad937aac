/// What a comparison of error rates found.
public enum ComparisonVerdict: String, Hashable, Sendable, Codable, CaseIterable {
    /// There are more errors than by chance, and as many more as matter.
    case worse
    /// A rise that matters is as good as excluded.
    case notWorse
    /// Too little data, or data that could be either.
    case inconclusive
}

/// A verdict with the numbers that led to it.
public struct ComparisonResult: Hashable, Sendable {
    public let verdict: ComparisonVerdict
    public let after: ErrorCount
    public let baseline: ErrorCount
    /// How seldom chance alone shows as much at any look: once in so many bakes, 1 to `oneIn_max`. For `worse`, were
    /// the rates equal; for the others, were the rise one that just matters.
    public let chance_oneIn: Int

    let comparison: Comparison

    public static let oneIn_max = 1_000_000_000

    /// In words: `2.1% of 4,310 after, 0.4% of 3,980 before; odds 1 in 1,200 by chance`. The names of the groups follow
    /// their numbers: `on updated hosts`, `on the others`.
    public func sentence(after afterName: String = "after", baseline baselineName: String = "before") -> String {
        "\(after) \(afterName), \(baseline) \(baselineName); \(reason(afterName, baselineName))"
    }

    private func reason(_ afterName: String, _ baselineName: String) -> String {
        let odds = Words.odds(oneIn: chance_oneIn)
        switch verdict {
        case .worse: return "odds \(odds) by chance"
        case .notWorse: return "odds \(odds) for this by chance if it were worse"
        case .inconclusive:
            let wanted = comparison.total_min
            if after.total < wanted { return "needs \(Words.grouped(wanted)) \(afterName)" }
            if baseline.total < wanted { return "needs \(Words.grouped(wanted)) \(baselineName)" }
            return "odds \(odds) by chance, needs \(Words.odds(oneIn: comparison.asked_oneIn))"
        }
    }
}

extension ComparisonResult: CustomStringConvertible {
    public var description: String { sentence() }
}
