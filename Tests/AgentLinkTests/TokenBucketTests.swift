import Testing
import TimeAndChance

@testable import AgentLink

@Suite struct TokenBucketTests {
    private let began = Instant(unix_ms: 1_000_000)

    @Test func `a second's bytes go at once, and what is more waits for its time`() {
        var bucket = TokenBucket(rate_bytes_s: 1_000, now: began)
        #expect(bucket.take(1_000, now: began) == .zero)
        #expect(bucket.take(500, now: began) == .milliseconds(500))
        // Whoever asks next waits behind them.
        #expect(bucket.take(250, now: began) == .milliseconds(750))
        #expect(bucket.take(0, now: began + .milliseconds(750)) == .zero)
    }

    @Test func `what was not used is lost after a second`() {
        var bucket = TokenBucket(rate_bytes_s: 1_000, now: began)
        #expect(bucket.take(1_500, now: began + .days(3)) == .milliseconds(500))
    }

    @Test func `over any stretch no more goes than the rate and one second's bytes`() {
        var chance = SeededGenerator(seed: 4)
        for rate in [1, 999, 65_536, 50 << 20] {
            var bucket = TokenBucket(rate_bytes_s: rate, now: began)
            var now = began
            var sent = 0
            for _ in 0..<500 {
                let bytes = Int.random(in: 1...rate * 3, using: &chance)
                now = now + bucket.take(bytes, now: now) + Interval(ms: .random(in: 0...20, using: &chance))
                sent += bytes
                let allowed = Double(rate) * (Double((now - began).ms) / 1_000 + 1)
                #expect(Double(sent) <= allowed + 1)
            }
        }
    }

    @Test func `a clock that goes back gives nothing away`() {
        var bucket = TokenBucket(rate_bytes_s: 1_000, now: began)
        _ = bucket.take(1_000, now: began)
        #expect(bucket.take(1_000, now: began - .hours(1)) == .seconds(1))
        #expect(bucket.take(1, now: began) == .milliseconds(1_001))
    }
}
