import Glibc

/// The machine's clock, for the shell alone: decisions get what it says as an argument.
public enum WallClock {
    /// What people and certificates call the time. It may be set, and jump.
    public static func now() -> Instant {
        var time = timespec()
        // 0: read; CLOCK_REALTIME always exists, so there is no other result to handle.
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(unix_ms: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
