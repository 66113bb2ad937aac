extension ComparisonTrial {
    /// The trials whose outcomes stand in `docs/comparison.md`: rates that are equal, rises of the least size that
    /// matters, and rises to twice, five times and ten times the rate; then errors that come in bursts.
    public static let documented: [ComparisonTrial] = {
        let rates = [(rate_ppm: 1_000, perLook: 1_000), (4_000, 100), (20_000, 100), (20_000, 20)]
        let rises = rates.flatMap { rate_ppm, perLook in
            [1, 1.5, 2, 5, 10].map { factor in
                ComparisonTrial(baselineRate_ppm: rate_ppm, factor: factor, perLook: perLook)
            }
        }
        let before = [1, 2, 5, 10].map { factor in
            ComparisonTrial(
                against: .timeBefore(total: 50_000),
                baselineRate_ppm: 4_000,
                factor: factor,
                perLook: 100
            )
        }
        let rare = [1, 10, 100].map { factor in
            ComparisonTrial(
                against: .timeBefore(total: 50_000),
                baselineRate_ppm: 20,
                factor: factor,
                perLook: 100
            )
        }
        let bursts = [2, 5, 10].map { burst in
            ComparisonTrial(baselineRate_ppm: 20_000, factor: 1, perLook: 100, burst: burst)
        }
        let expectedBursts = [1, 2, 5].compactMap { factor in
            Comparison(errorsAtOnce: 5).map {
                ComparisonTrial($0, baselineRate_ppm: 20_000, factor: factor, perLook: 100, burst: 5)
            }
        }
        return rises + before + rare + bursts + expectedBursts
    }()

    public static let tableHead = """
        | baseline | its rate | counted at a look | true rise | called worse | median look (9 of 10) | called not worse | median look |
        |---|---|---|---|---|---|---|---|
        """

    /// A row of the table with what was found in so many bakes.
    public func tableRow(bakes: Int, using generator: inout some RandomNumberGenerator) -> String {
        let outcome = run(bakes: bakes, using: &generator)
        let cells = [
            baselineWords,
            Words.percent(Double(baselineRate_ppm) / 1_000_000),
            Words.grouped(perLook) + burstWords,
            factor == 1 ? "none" : "x\(factor == factor.rounded() ? String(Int(factor)) : String(factor))",
            Words.percent(Double(outcome.worse) / Double(bakes)),
            Self.looks(outcome.looksUntilWorse, withNineOfTen: true),
            Words.percent(Double(outcome.notWorse) / Double(bakes)),
            Self.looks(outcome.looksUntilNotWorse, withNineOfTen: false),
        ]
        return "| " + cells.joined(separator: " | ") + " |"
    }

    private var baselineWords: String {
        switch baseline {
        case .otherHosts: "other hosts"
        case .timeBefore(let total): "\(Words.grouped(total)) before"
        }
    }

    private var burstWords: String {
        guard burst > 1 else { return "" }
        return ", \(burst) errors at once" + (comparison.errorsAtOnce == burst ? ", as expected" : "")
    }

    private static func looks(_ looks: [Int], withNineOfTen: Bool) -> String {
        guard !looks.isEmpty else { return "" }
        return "\(looks[looks.count / 2])" + (withNineOfTen ? " (\(looks[looks.count * 9 / 10]))" : "")
    }
}
