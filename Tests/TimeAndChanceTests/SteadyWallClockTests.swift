import Synchronization
import Testing
import TimeAndChance

@Suite struct SteadyWallClockTests {
    @Test(arguments: [Interval.hours(1), .hours(-1), .days(3_650), .days(-3_650)])
    func `whoever sets the machine's clock moves nothing`(jump: Interval) {
        let start = Instant(unix_ms: 1_800_000_000_000)
        let times = Times(wall: start)
        let clock = SteadyWallClock(wall: { times.wall }, steady: { times.steady })
        #expect(clock.now() == start)
        times.go(.seconds(5))
        times.set(jump)
        #expect(clock.now() == start + .seconds(5))
    }

    @Test(arguments: [Interval.hours(1), .hours(-1)])
    func `it says how far the machine's clock was set, and follows when it is told to`(jump: Interval) {
        let start = Instant(unix_ms: 1_800_000_000_000)
        let times = Times(wall: start)
        let clock = SteadyWallClock(wall: { times.wall }, steady: { times.steady })
        times.go(.seconds(5))
        times.set(jump)
        #expect(clock.wallAhead == jump)
        clock.move(by: jump)
        #expect(clock.now() == times.wall)
        #expect(clock.wallAhead == .zero)
        times.go(.seconds(5))
        #expect(clock.now() == times.wall)
    }

    @Test func `the kernel's clock since the machine started goes on`() {
        let before = SteadyWallClock.sinceBoot()
        #expect(SteadyWallClock.sinceBoot() >= before)
    }
}

private final class Times: Sendable {
    private let both: Mutex<(wall: Instant, steady: Instant)>

    init(wall: Instant) { both = Mutex((wall, Instant(unix_ms: 7))) }

    var wall: Instant { both.withLock { $0.wall } }
    var steady: Instant { both.withLock { $0.steady } }

    func go(_ time: Interval) { both.withLock { $0 = ($0.wall + time, $0.steady + time) } }
    func set(_ jump: Interval) { both.withLock { $0.wall = $0.wall + jump } }
}
