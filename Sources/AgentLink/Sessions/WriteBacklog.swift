import TimeAndChance

/// What a peer has not yet taken. A peer that is slow is cut, never buffered for without bound.
struct WriteBacklog {
    static let bytes_max = 4 << 20
    /// So long may a peer take nothing more.
    static let stall_max = Interval.seconds(10)

    private(set) var bytes = 0
    private var stalledSince: Instant?

    /// So many bytes were handed over while the peer was not taking any.
    ///
    /// - Returns: false when they are too many.
    mutating func queued(_ count: Int, now: Instant) -> Bool {
        bytes += count
        if stalledSince == nil { stalledSince = now }
        return bytes <= Self.bytes_max
    }

    /// So many of them have left.
    mutating func sent(_ count: Int, now: Instant) {
        bytes = max(0, bytes - count)
        stalledSince = bytes == 0 ? nil : now
    }

    func isStalled(now: Instant) -> Bool {
        guard let stalledSince else { return false }
        return now - stalledSince > Self.stall_max
    }
}
