import TimeAndChance

/// Finds transfers that crawl: less than 1 KiB a second over 30 s.
struct ThroughputGuard {
    static let windowDefault = Interval.seconds(30)
    static let rate_bytes_s_min: Int64 = 1 << 10

    private let window: Interval
    private var windowBegan: Instant
    private var bytes: Int64 = 0

    init(now: Instant, window: Interval = windowDefault) {
        self.window = window
        windowBegan = now
    }

    mutating func moved(_ count: Int) {
        bytes += Int64(count)
    }

    /// To be asked every few seconds.
    ///
    /// - Returns: whether the transfer has been too slow for a whole window.
    mutating func isTooSlow(now: Instant) -> Bool {
        guard now - windowBegan >= window else { return false }
        defer {
            windowBegan = now
            bytes = 0
        }
        return bytes < Self.rate_bytes_s_min * window.ms / 1_000
    }
}
