public import TimeAndChance

/// How many bytes may go now: so many a second, and what one second leaves unused may go in the next.
public struct TokenBucket: Hashable, Sendable {
    /// 1 or more.
    public let rate_bytes_s: Int
    /// What may go at once; negative: what has gone ahead of its time.
    private var available_bytes: Int
    private var lookedAt: Instant

    public init(rate_bytes_s: Int, now: Instant) {
        precondition(rate_bytes_s > 0, "who may send nothing needs no bucket")
        self.rate_bytes_s = rate_bytes_s
        available_bytes = rate_bytes_s
        lookedAt = now
    }

    /// Takes the bytes out of the bucket, now or ahead of their time: whoever asks next waits behind them.
    ///
    /// - Returns: how long they have to wait.
    public mutating func take(_ bytes: Int, now: Instant) -> Interval {
        let elapsed_ms = Double(max(0, (now - lookedAt).ms))
        lookedAt = max(lookedAt, now)
        let filled = Double(available_bytes) + Double(rate_bytes_s) * elapsed_ms / 1_000
        available_bytes = Int(min(Double(rate_bytes_s), filled)) - bytes
        guard available_bytes < 0 else { return .zero }
        return Interval(ms: Int64((Double(-available_bytes) / Double(rate_bytes_s) * 1_000).rounded(.up)))
    }
}
