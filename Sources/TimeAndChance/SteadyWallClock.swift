import Glibc
import Synchronization

/// The wall clock of the moment when this was made, running on by itself: whoever sets the machine's clock afterwards
/// moves nothing that was planned, and nothing that has expired becomes valid again, until `move` follows.
public final class SteadyWallClock: Sendable {
    private let start: Mutex<Instant>
    private let began: Instant
    private let wall: @Sendable () -> Instant
    private let steady: @Sendable () -> Instant

    /// - Parameter steady: never set, counts on while the machine sleeps; its origin means nothing.
    public init(
        wall: @escaping @Sendable () -> Instant = { WallClock.now() },
        steady: @escaping @Sendable () -> Instant = SteadyWallClock.sinceBoot
    ) {
        start = Mutex(wall())
        began = steady()
        self.wall = wall
        self.steady = steady
    }

    public func now() -> Instant { start.withLock { $0 } + (steady() - began) }

    /// How far the machine's clock is ahead of this one: by so much it was set meanwhile.
    public var wallAhead: Interval { wall() - now() }

    public func move(by interval: Interval) { start.withLock { $0 = $0 + interval } }

    /// For intervals: never set, never jumps, sleep included; its origin, the machine's start, means nothing.
    public static func sinceBoot() -> Instant {
        var time = timespec()
        // 0; fails only for clocks that do not exist.
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(unix_ms: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
