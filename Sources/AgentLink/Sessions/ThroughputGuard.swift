import TimeAndChance

/// Finds transfers that crawl: less than 1 KiB a second over 30 s.
struct ThroughputGuard {
    static let window = Interval.seconds(30)
    static let bytes_min = 30 << 10

    private var windowBegan: Instant
    private var bytes = 0

    init(now: Instant) {
        windowBegan = now
    }

    mutating func moved(_ count: Int) {
        bytes += count
    }

    /// To be asked every few seconds.
    ///
    /// - Returns: whether the transfer has been too slow for a whole window.
    mutating func isTooSlow(now: Instant) -> Bool {
        guard now - windowBegan >= Self.window else { return false }
        defer {
            windowBegan = now
            bytes = 0
        }
        return bytes < Self.bytes_min
    }
}
