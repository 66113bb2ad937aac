import Testing
import TimeAndChance

@Suite struct IntervalTests {
    @Test(
        arguments: [
            ("250ms", 250), ("5s", 5_000), ("1h30m", 5_400_000), ("2d", 172_800_000), ("0s", 0),
            ("1d1h1m1s1ms", 90_061_001),
        ] as [(String, Int64)]
    )
    func `an interval is written as it is read`(text: String, ms: Int64) throws {
        let interval = try #require(Interval(text))
        #expect(interval.ms == ms)
        #expect(interval.description == text)
    }

    @Test(arguments: ["", "5", "s", "5 s", "-5s", "5s5s", "5s1h", "1.5h", "999999999999d", "٣s", "5S", "5s "])
    func `what is no interval is refused`(text: String) {
        #expect(Interval(text) == nil)
    }

    @Test func `arithmetic at the edges saturates instead of trapping`() {
        #expect(Instant.distantFuture + .seconds(1) == .distantFuture)
        #expect(Instant(unix_ms: .min) - .seconds(1) == Instant(unix_ms: .min))
        #expect(Instant.distantFuture - Instant(unix_ms: .min) == Interval(ms: .max))
        #expect(Interval.days(.max) == Interval(ms: .max))
    }
}

@Suite struct SeededGeneratorTests {
    @Test func `the same seed gives the same numbers, another seed others`() {
        func numbers(_ seed: UInt64) -> [UInt64] {
            var generator = SeededGenerator(seed: seed)
            return (0..<100).map { _ in generator.next() }
        }
        #expect(numbers(7) == numbers(7))
        #expect(numbers(7) != numbers(8))
    }

    @Test func `the first numbers of seed 1234567 are SplitMix64's published ones`() {
        var generator = SeededGenerator(seed: 1_234_567)
        #expect(generator.next() == 6_457_827_717_110_365_317)
        #expect(generator.next() == 3_203_168_211_198_807_973)
    }
}
