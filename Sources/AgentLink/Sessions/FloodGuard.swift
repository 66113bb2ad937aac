import TimeAndChance

/// Bounds how many messages a peer may send: a bucket that fills with time and that each message empties by one.
struct FloodGuard {
    /// More than an agent with all its services in hand sends, far less than would hurt.
    static let burst_max: Int64 = 5_000
    static let perSecond: Int64 = 500

    private var left_thousandths = burst_max * 1_000
    private var filled: Instant

    init(now: Instant) {
        filled = now
    }

    /// False: the peer floods.
    mutating func admit(now: Instant) -> Bool {
        if now > filled {
            // Bounded before the multiplication, since the pause may have any length.
            let pause_ms = min((now - filled).ms, 1_000 * Self.burst_max / Self.perSecond)
            left_thousandths = min(Self.burst_max * 1_000, left_thousandths + pause_ms * Self.perSecond)
            filled = now
        }
        guard left_thousandths >= 1_000 else { return false }
        left_thousandths -= 1_000
        return true
    }
}
