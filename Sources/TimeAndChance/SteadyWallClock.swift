import Glibc

/// The wall clock of the moment when this was made, running on by itself: whoever sets the machine's clock afterwards
/// moves nothing that was planned, and nothing that has expired becomes valid again.
public struct SteadyWallClock: Sendable {
    private let start: Instant
    private let began: Instant
    private let steady: @Sendable () -> Instant

    /// - Parameter steady: never set, counts on while the machine sleeps; its origin means nothing.
    public init(
        wall: @Sendable () -> Instant = { WallClock.now() },
        steady: @escaping @Sendable () -> Instant = SteadyWallClock.sinceBoot
    ) {
        start = wall()
        began = steady()
        self.steady = steady
    }

    public func now() -> Instant { start + (steady() - began) }

    /// The kernel's clock since the machine started, sleep included.
    public static func sinceBoot() -> Instant {
        var time = timespec()
        // 0; fails only for clocks that do not exist.
        clock_gettime(CLOCK_BOOTTIME, &time)
        return Instant(unix_ms: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
