import TimeAndChance

/// How long to wait before dialling again: quickly at first, then ever longer, and never in step with other agents.
struct Backoff {
    static let first_max = Interval.milliseconds(100)
    static let delay_max = Interval.seconds(10)
    /// A session that lasted so long counts as a success.
    static let healthyAfter = Interval.seconds(10)

    private var failures = 0

    /// The next pause: the first at most 100 ms, then 100 ms up to a bound that doubles until it is 10 s.
    mutating func next(using generator: inout some RandomNumberGenerator) -> Interval {
        defer { failures = min(failures + 1, 16) }
        guard failures > 0 else { return Interval(ms: .random(in: 0...Self.first_max.ms, using: &generator)) }
        let bound_ms = min(Self.first_max.ms << Int64(failures), Self.delay_max.ms)
        return Interval(ms: .random(in: Self.first_max.ms...bound_ms, using: &generator))
    }

    /// A session ended. One that was short says nothing about the next; one that was refused or replaced says that
    /// dialling at once is useless.
    mutating func ended(after duration: Interval, _ error: LinkError) {
        switch error.code {
        case .refused, .replaced: failures = 16
        default: if duration >= Self.healthyAfter { failures = 0 }
        }
    }
}
