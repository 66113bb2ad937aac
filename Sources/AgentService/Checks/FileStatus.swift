import Glibc
import TimeAndChance

extension stat {
    /// When the file was written, as whoever may write it says: any number of seconds, so the arithmetic saturates.
    var written: Instant { Instant(unix_s: Int64(st_mtim.tv_sec)) }
}

extension Instant {
    /// The nearest instant there is.
    init(unix_s: Int64) { self = Instant(unix_ms: 0) + .seconds(unix_s) }
}
