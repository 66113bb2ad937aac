import TimeAndChance

/// For intervals: never set, never jumps; its origin means nothing.
struct SteadyClock: Sendable {
    private let began = ContinuousClock.now

    func now() -> Instant {
        let passed = ContinuousClock.now - began
        return Instant(
            unix_ms: passed.components.seconds * 1_000 + passed.components.attoseconds / 1_000_000_000_000_000
        )
    }
}
