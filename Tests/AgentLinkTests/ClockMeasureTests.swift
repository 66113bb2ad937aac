import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

@Suite struct ClockMeasureTests {
    /// A heartbeat and its answer: the agent's clock is `ahead_ms` ahead, and the ways take so long.
    private func exchange(
        _ measure: inout ClockMeasure,
        _ number: UInt64,
        ahead_ms: Int64,
        out_ms: Int64,
        back_ms: Int64
    ) -> Bool {
        let real = Instant(unix_ms: 1_800_000_000_000) + .seconds(Int64(number) * 5)
        let ahead = Interval(ms: ahead_ms)
        let heard = real + Interval(ms: out_ms)
        let said = heard + .seconds(1)
        measure.asked(number, at: real + ahead)
        return measure.answered(number, heard: heard, said: said, at: said + Interval(ms: back_ms) + ahead)
    }

    @Test(arguments: [0, 250, -90_000, 3_600_000, -315_360_000_000])
    func `half of the round trip is how wrong a reading may be`(ahead_ms: Int64) throws {
        var measure = ClockMeasure()
        _ = exchange(&measure, 1, ahead_ms: ahead_ms, out_ms: 30, back_ms: 10)
        let best = try #require(measure.best)
        #expect(best.error == .milliseconds(21))
        #expect(abs(best.ahead.ms - ahead_ms) <= 21)
    }

    @Test func `the quickest answer of several counts`() throws {
        var measure = ClockMeasure()
        #expect(exchange(&measure, 1, ahead_ms: 40, out_ms: 900, back_ms: 10))
        #expect(exchange(&measure, 2, ahead_ms: 40, out_ms: 2, back_ms: 2))
        #expect(!exchange(&measure, 3, ahead_ms: 40, out_ms: 10, back_ms: 800))
        #expect(measure.best == ClockReading(ahead: .milliseconds(40), error: .milliseconds(3)))
    }

    @Test(arguments: [3_600_000, -3_600_000, 315_360_000_000])
    func `after a clock was set only what was measured since counts`(jump_ms: Int64) throws {
        var measure = ClockMeasure()
        for number in 1...9 { _ = exchange(&measure, UInt64(number), ahead_ms: 0, out_ms: 1, back_ms: 1) }
        #expect(exchange(&measure, 10, ahead_ms: jump_ms, out_ms: 50, back_ms: 50))
        #expect(measure.best?.ahead == Interval(ms: jump_ms))
    }

    @Test func `a clock that is set while the answer is on its way measures nothing`() {
        var measure = ClockMeasure()
        let start = Instant(unix_ms: 1_000_000_000)
        measure.asked(1, at: start)
        let isFirst = measure.answered(1, heard: start, said: start, at: start - .hours(1))
        #expect(!isFirst)
        #expect(measure.best == nil)
    }

    @Test func `an answer to nothing that was asked, or a second one, measures nothing`() {
        var measure = ClockMeasure()
        let start = Instant(unix_ms: 1_000_000_000)
        let isSecond = measure.answered(7, heard: start, said: start, at: start)
        #expect(!isSecond)
        measure.asked(8, at: start)
        let isThird = measure.answered(8, heard: start, said: start, at: start)
        #expect(isThird)
        let isFourth = measure.answered(8, heard: start, said: start, at: start + .hours(9))
        #expect(!isFourth)
    }

    @Test func `random answers never crash the measure`() {
        var generator = SeededGenerator(seed: 34)
        func instant() -> Instant { Instant(unix_ms: Int64(bitPattern: generator.next())) }
        var measure = ClockMeasure()
        for number in 0..<10_000 {
            measure.asked(UInt64(number), at: instant())
            _ = measure.answered(UInt64(number), heard: instant(), said: instant(), at: instant())
        }
    }
}
