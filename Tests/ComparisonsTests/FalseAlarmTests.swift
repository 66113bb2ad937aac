import Comparisons
import Testing
import TimeAndChance

@Suite struct FalseAlarmTests {
    /// A hard case for the promise: much is accepted, and every look counts, from the first on.
    private static let accepted = 0.2
    private static let histories = EveryHistory(
        Comparison(alpha_ppm: 200_000, relative_min_bp: 5_000, absolute_min_ppm: 100_000, total_min: 1) ?? .standard,
        looks: 40
    )

    private func probability(of verdict: ComparisonVerdict, _ rate: Double, against baselineRate: Double) -> Double {
        Self.histories.probability(of: verdict, rate: rate, baselineRate: baselineRate)
    }

    @Test(arguments: [0.02, 0.1, 0.3, 0.5, 0.7, 0.95])
    func `equal rates are ever called worse with less than the accepted probability`(rate: Double) {
        let found = probability(of: .worse, rate, against: rate)
        #expect(found < Self.accepted)
        #expect(probability(of: .worse, rate / 2, against: rate) <= found)
    }

    @Test(arguments: [0.02, 0.1, 0.3, 0.5])
    func `a rise that matters is ever called not worse with less than the accepted probability`(rate: Double) {
        let least = max(rate * 1.5, rate + 0.1)
        #expect(probability(of: .notWorse, least, against: rate) < Self.accepted)
        #expect(probability(of: .notWorse, 1, against: rate) < Self.accepted)
    }

    @Test func `what is there is found: the promise is not kept by saying nothing`() {
        #expect(probability(of: .worse, 0.9, against: 0.1) > 0.99)
        #expect(probability(of: .worse, 0.5, against: 0.05) > 0.9)
        #expect(probability(of: .notWorse, 0.1, against: 0.5) > 0.9)
        #expect(probability(of: .worse, 0.3, against: 0.3) > 0)
    }

    @Test(
        arguments: [
            ComparisonTrial(baselineRate_ppm: 4_000, factor: 1, perLook: 100),
            ComparisonTrial(against: .timeBefore(total: 20_000), baselineRate_ppm: 4_000, factor: 1, perLook: 100),
            ComparisonTrial(against: .timeBefore(total: 20_000), baselineRate_ppm: 20, factor: 1, perLook: 100),
        ]
    )
    func `of 60 bakes with 240 looks and no change none is called worse`(trial: ComparisonTrial) {
        let bakes = 60
        var generator = SeededGenerator(seed: 1)
        let outcome = trial.run(bakes: bakes, using: &generator)
        #expect(outcome.bakes == bakes && outcome.worse == 0)
    }

    @Test func `a rise to five times the rate is found in nearly all bakes, soon`() throws {
        let trial = ComparisonTrial(baselineRate_ppm: 4_000, factor: 5, perLook: 100, looks: 60)
        var generator = SeededGenerator(seed: 2)
        let outcome = trial.run(bakes: 100, using: &generator)
        #expect(outcome.worse >= 95 && outcome.notWorse == 0)
        #expect(try #require(outcome.looksUntilWorse.dropFirst(50).first) <= 25)
    }

    @Test func `errors that come in bursts are false alarms until the comparison expects them`() throws {
        let expecting = try #require(Comparison(errorsAtOnce: 5))
        func falseAlarms(_ comparison: Comparison) -> Int {
            var generator = SeededGenerator(seed: 3)
            return ComparisonTrial(comparison, baselineRate_ppm: 20_000, factor: 1, perLook: 100, looks: 60, burst: 5)
                .run(bakes: 60, using: &generator).worse
        }
        #expect(falseAlarms(.standard) > 3)
        #expect(falseAlarms(expecting) == 0)
    }

    @Test func `the same seed gives the same outcome`() {
        func outcome(_ seed: UInt64) -> ComparisonTrial.Outcome {
            var generator = SeededGenerator(seed: seed)
            return ComparisonTrial(baselineRate_ppm: 20_000, factor: 2, perLook: 20, looks: 50)
                .run(bakes: 50, using: &generator)
        }
        #expect(outcome(1) == outcome(1) && outcome(1) != outcome(2))
    }
}
