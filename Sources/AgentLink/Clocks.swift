import NIOCore
import TimeAndChance

/// The shell's clock beside `WallClock`. The pure machines see neither.
enum Clocks {
    /// For intervals: never set, never jumps; its origin means nothing.
    static func steady() -> Instant {
        Instant(unix_ms: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000))
    }
}
