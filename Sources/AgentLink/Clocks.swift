import Glibc
import NIOCore
import TimeAndChance

/// The two clocks of the shell. The pure machines see neither.
enum Clocks {
    /// For intervals: never set, never jumps; its origin means nothing.
    static func steady() -> Instant {
        Instant(unix_ms: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000))
    }

    /// For what people and certificates call the time.
    static func wall() -> Instant {
        var time = timespec()
        // 0; fails only for clocks that do not exist.
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(unix_ms: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
