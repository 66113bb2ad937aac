import Testing
import TimeAndChance

@testable import AgentLink

struct BackoffTests {
    @Test func `the first retry is quick and later ones stay between their bounds`() {
        for seed in 0..<200 as Range<UInt64> {
            var chance = SeededGenerator(seed: seed)
            var backoff = Backoff()
            #expect((Interval.zero...Backoff.first_max).contains(backoff.next(using: &chance)))
            for failure in 1...40 {
                let pause = backoff.next(using: &chance)
                let bound = failure < 7 ? Backoff.first_max * (1 << Int64(failure)) : Backoff.delay_max
                #expect((Backoff.first_max...bound).contains(pause))
            }
        }
    }

    @Test func `many agents do not come back in step`() {
        let pauses = (0..<1_000 as Range<UInt64>).map { seed in
            var chance = SeededGenerator(seed: seed)
            var backoff = Backoff()
            for _ in 0..<10 { _ = backoff.next(using: &chance) }
            return backoff.next(using: &chance).ms / 1_000
        }
        for second in 0..<10 as Range<Int64> {
            #expect((50...200).contains(pauses.count { $0 == second }))
        }
    }

    @Test func `a long session is forgiven, a short one is not`() {
        var chance = SeededGenerator(seed: 1)
        var backoff = Backoff()
        for _ in 0..<10 { _ = backoff.next(using: &chance) }
        backoff.ended(after: .seconds(60), .closed)
        #expect(backoff.next(using: &chance) <= Backoff.first_max)
        backoff.ended(after: .seconds(1), .closed)
        #expect(backoff.next(using: &chance) >= Backoff.first_max)
    }

    @Test func `whoever was refused or replaced does not come back at once`() {
        for error in [LinkError(Farewell.revoked), LinkError(Farewell.replaced)] {
            let pauses = (0..<100 as Range<UInt64>).map { seed in
                var chance = SeededGenerator(seed: seed)
                var backoff = Backoff()
                backoff.ended(after: .hours(1), error)
                return backoff.next(using: &chance)
            }
            #expect(pauses.allSatisfy { $0 >= Backoff.first_max })
            #expect(pauses.contains { $0 > .seconds(5) })
        }
    }

    @Test func `a transfer is too slow below 1 KiB a second over 30 seconds, and not before`() {
        let start = Instant(unix_ms: 0)
        var slow = ThroughputGuard(now: start)
        slow.moved(30 * 1_024 - 1)
        let early = slow.isTooSlow(now: start + .milliseconds(29_999))
        let late = slow.isTooSlow(now: start + .seconds(30))
        #expect([early, late] == [false, true])
        var steady = ThroughputGuard(now: start)
        for second in 1...300 as ClosedRange<Int64> {
            steady.moved(1_024)
            let isTooSlow = steady.isTooSlow(now: start + .seconds(second))
            #expect(!isTooSlow)
        }
        // A burst long ago counts for nothing.
        let isTooSlow = steady.isTooSlow(now: start + .seconds(330))
        #expect(isTooSlow)
    }
}
