import TimeAndChance

/// Until when an answer is worth having. What comes of several questions shares one.
public struct Deadline: Sendable {
    private let end: ContinuousClock.Instant

    public init(in interval: Interval) {
        end = .now + .milliseconds(interval.ms)
    }

    /// Whole milliseconds that are left, 0 or more.
    public var left_ms: Int {
        let left = end - .now
        return max(0, Int(left / .milliseconds(1)))
    }

    /// What is left for the next question; throws when nothing is.
    func rest(for what: @autoclosure () -> String) throws(OutsideFailure) -> Int {
        let left_ms = left_ms
        guard left_ms > 0 else {
            throw OutsideFailure(
                .timedOut,
                "\(what()) was not reached within the time",
                remedy: "look whether it answers slowly"
            )
        }
        return left_ms
    }
}
