import Glibc
import Testing
import TimeAndChance

@testable import Comparisons

@Suite struct MathematicsTests {
    /// The C library stands on the other side.
    @Test func `logarithms, gamma and powers agree with the C library's`() {
        var generator = SeededGenerator(seed: 4)
        for _ in 0..<2_000 {
            let number = Glibc.exp(Double.random(in: -25...28, using: &generator))
            #expect(isClose(Logarithms.log(number), Glibc.log(number)))
            #expect(isClose(Logarithms.gamma(number), Glibc.lgamma(number)))
            let power = Double.random(in: -650...650, using: &generator)
            #expect(abs(Logarithms.exp(power) / Glibc.exp(power) - 1) < 1e-12)
        }
        #expect(Logarithms.exp(-1_000) == 0 && Logarithms.exp(1_000) == .infinity && Logarithms.log(1) == 0)
        #expect(Logarithms.times(0, log: 0) == 0 && Logarithms.times(1, log: 0) == -.infinity)
    }

    private func isClose(_ left: Double, _ right: Double) -> Bool {
        abs(left - right) <= 1e-12 * max(1, abs(right))
    }

    /// What makes the evidence an honest one: were it a stake, nobody could expect to win from chance with it.
    @Test(arguments: [Boundary.equality, .init(relative: 0.5, absolute: 0.05), .init(relative: 0, absolute: 0.2)])
    func `under every pair of rates on a boundary the evidence is 1 or less on average`(boundary: Boundary) throws {
        let (total, baselineTotal) = (12, 20)
        for baselineRate in [0.0, 0.01, 0.1, 0.3, 0.6] {
            let rate = boundary.rate(over: baselineRate)
            var average = 0.0
            for errors in 0...total {
                for baselineErrors in 0...baselineTotal {
                    let after = try #require(ErrorCount(errors: errors, total: total))
                    let baseline = try #require(ErrorCount(errors: baselineErrors, total: baselineTotal))
                    let evidence = Evidence(PairOfCounts(after, baseline)).log(against: boundary)
                    average +=
                        Glibc.exp(evidence) * binomial(errors, total, rate)
                        * binomial(baselineErrors, baselineTotal, baselineRate)
                }
            }
            #expect(average > 0 && average <= 1)
        }
    }

    @Test(
        arguments: [
            Boundary.equality, .init(relative: 0.5, absolute: 0.001), .init(relative: 2, absolute: 0),
            .init(relative: 0, absolute: 0.01), .init(relative: 0.1, absolute: 0.3), .init(relative: 1, absolute: 0.9),
        ]
    )
    func `no pair of rates on a boundary is likelier than the one that is found`(boundary: Boundary) throws {
        for (errors, total, baselineErrors, baselineTotal) in [
            (0, 100, 0, 1_000), (5, 100, 0, 1_000), (0, 100, 7, 1_000), (30, 100, 250, 1_000), (100, 100, 1_000, 1_000),
            (99, 100, 2, 1_000), (3, 100_000, 2, 50_000),
        ] {
            let counts = PairOfCounts(
                try #require(ErrorCount(errors: errors, total: total)),
                try #require(ErrorCount(errors: baselineErrors, total: baselineTotal))
            )
            let found = boundary.logLikelihood_max(counts)
            var best = -Double.infinity
            // Where the line leaves the rates that there are.
            let end = min(1 / (1 + boundary.relative), 1 - boundary.absolute)
            for step in 0...2_000 {
                let baselineRate = Glibc.pow(Double(step) / 2_000, 3) * end
                let rate = min(boundary.rate(over: baselineRate), 1)
                best = max(
                    best,
                    likelihood(errors, total, rate) + likelihood(baselineErrors, baselineTotal, baselineRate)
                )
            }
            #expect(found >= best - 1e-9, "\(errors) of \(total), \(baselineErrors) of \(baselineTotal)")
            #expect(found <= best + 0.1, "\(errors) of \(total), \(baselineErrors) of \(baselineTotal)")
        }
    }

    private func likelihood(_ errors: Int, _ total: Int, _ rate: Double) -> Double {
        (errors > 0 ? Double(errors) * Glibc.log(rate) : 0)
            + (errors < total ? Double(total - errors) * Glibc.log1p(-rate) : 0)
    }

    private func binomial(_ errors: Int, _ total: Int, _ rate: Double) -> Double {
        let ways =
            Glibc.lgamma(Double(total) + 1) - Glibc.lgamma(Double(errors) + 1)
            - Glibc.lgamma(Double(total - errors) + 1)
        return Glibc.exp(ways + likelihood(errors, total, rate))
    }

    @Test(arguments: [(100, 0.02), (1_000, 0.5), (50_000, 0.004), (20, 0.0), (20, 1.0)] as [(Int, Double)])
    func `draws have the mean and the spread that they should`(count: Int, rate: Double) {
        let table = BinomialTable(count: count, rate: rate)
        var generator = SeededGenerator(seed: 6)
        let draws = (0..<4_000).map { _ in Double(table.draw(using: &generator)) }
        let mean = draws.reduce(0, +) / 4_000
        let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4_000
        let expected = Double(count) * rate
        let expectedVariance = expected * (1 - rate)
        // Five standard deviations of each estimate.
        #expect(abs(mean - expected) <= 5 * (expectedVariance / 4_000).squareRoot() + 1e-9)
        #expect(abs(variance - expectedVariance) <= 5 * expectedVariance * (2.5 / 4_000).squareRoot() + 1e-9)
    }

    @Test(
        arguments: [
            (0, "0%"), (1, "100%"), (0.5, "50%"), (0.021, "2.1%"), (0.004, "0.4%"), (0.099_99, "10%"),
            (0.000_34, "0.034%"),
            (0.000_000_012, "0.0000012%"), (0.9996, "100%"), (0.1239, "12%"),
        ] as [(Double, String)]
    )
    func `a share is written with two digits that count`(share: Double, written: String) {
        #expect(Words.percent(share) == written)
    }

    @Test func `numbers are written in groups of three, odds rounded down`() {
        #expect([0, 999, 1_000, 4_310, 1_234_567].map(Words.grouped) == ["0", "999", "1,000", "4,310", "1,234,567"])
        #expect(Words.odds(oneIn: 1_299) == "1 in 1,200" && Words.odds(oneIn: 99) == "1 in 99")
    }
}
