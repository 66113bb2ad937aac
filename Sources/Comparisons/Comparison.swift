/// When more errors after a change than before it, or than on hosts without it, are too many.
///
/// The comparison may be made at every look at growing counts: a verdict that is wrong is ever given, during the whole
/// bake, with probability alpha at most (`docs/comparison.md`: the mathematics, its conditions and its measured error
/// rates). It works the same where the baseline has no errors at all.
public struct Comparison: Hashable, Sendable, Codable {
    /// Parts of a million: how often a wrong verdict is accepted. 1 to 500,000.
    public let alpha_ppm: Int
    /// Basis points: the least rise that matters relative to the baseline's rate; 5,000 is half as much again. 0 to
    /// 1,000,000.
    public let relative_min_bp: Int
    /// Parts of a million: the least rise that matters in itself; 1,000 is a tenth of a percentage point. 0 to 1,000,000.
    public let absolute_min_ppm: Int
    /// How many each group must have counted before any verdict.
    public let total_min: Int
    /// How many errors one cause brings at once, such as the requests that fail while one connection is away. Errors
    /// that come together prove less than as many that do not; with too small a number here they are false alarms.
    public let errorsAtOnce: Int

    /// A rise matters when it is at least as large as both say. Nil where a number is out of its range.
    public init?(
        alpha_ppm: Int = 10_000,
        relative_min_bp: Int = 5_000,
        absolute_min_ppm: Int = 1_000,
        total_min: Int = 100,
        errorsAtOnce: Int = 1
    ) {
        guard 1...500_000 ~= alpha_ppm, 0...1_000_000 ~= relative_min_bp, 0...1_000_000 ~= absolute_min_ppm,
            1...ErrorCount.total_max ~= total_min, 1...1_000_000 ~= errorsAtOnce
        else { return nil }
        self.init(valid: alpha_ppm, relative_min_bp, absolute_min_ppm, total_min, errorsAtOnce)
    }

    /// False alarms below 1 %; what matters is half as much again and a tenth of a percentage point; 100 on either side.
    public static let standard = Comparison(valid: 10_000, 5_000, 1_000, 100, 1)

    private init(
        valid alpha_ppm: Int,
        _ relative_min_bp: Int,
        _ absolute_min_ppm: Int,
        _ total_min: Int,
        _ errorsAtOnce: Int
    ) {
        self.alpha_ppm = alpha_ppm
        self.relative_min_bp = relative_min_bp
        self.absolute_min_ppm = absolute_min_ppm
        self.total_min = total_min
        self.errorsAtOnce = errorsAtOnce
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let comparison = Comparison(
            alpha_ppm: try container.decode(Int.self, forKey: .alpha_ppm),
            relative_min_bp: try container.decode(Int.self, forKey: .relative_min_bp),
            absolute_min_ppm: try container.decode(Int.self, forKey: .absolute_min_ppm),
            total_min: try container.decode(Int.self, forKey: .total_min),
            errorsAtOnce: try container.decode(Int.self, forKey: .errorsAtOnce)
        )
        guard let comparison else {
            throw DecodingError.dataCorruptedError(
                forKey: .alpha_ppm,
                in: container,
                debugDescription: "a number of the comparison is out of its range"
            )
        }
        self = comparison
    }

    /// Judges the counts so far. `after` is the group with the change.
    public func judge(_ after: ErrorCount, against baseline: ErrorCount) -> ComparisonResult {
        func result(_ verdict: ComparisonVerdict, _ chance_oneIn: Int = 1) -> ComparisonResult {
            ComparisonResult(
                verdict: verdict,
                after: after,
                baseline: baseline,
                chance_oneIn: chance_oneIn,
                comparison: self
            )
        }
        guard after.total >= total_min, baseline.total >= total_min else { return result(.inconclusive) }
        let evidence = Evidence(PairOfCounts(after, baseline, errorsAtOnce: errorsAtOnce))
        let isRise = after.share > baseline.share
        let matters = isRise && after.share >= whatMatters.rate(over: baseline.share)
        let chance_oneIn = Self.oneIn(evidence.log(against: matters ? .equality : whatMatters))
        guard chance_oneIn >= asked_oneIn else { return result(.inconclusive, chance_oneIn) }
        return result(matters ? .worse : .notWorse, chance_oneIn)
    }

    /// What `chance_oneIn` must reach for a verdict.
    var asked_oneIn: Int { (1_000_000 + alpha_ppm - 1) / alpha_ppm }

    private var whatMatters: Boundary {
        Boundary(relative: Double(relative_min_bp) / 10_000, absolute: Double(absolute_min_ppm) / 1_000_000)
    }

    private static func oneIn(_ log: Double) -> Int {
        Int(min(max(Logarithms.exp(log), 1), Double(ComparisonResult.oneIn_max)))
    }
}
