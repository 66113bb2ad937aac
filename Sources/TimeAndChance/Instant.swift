/// A point in time in whole milliseconds since 1970-01-01 00:00 UTC.
///
/// Decisions receive the present as an argument of this type and never read a clock, so that the simulator and the
/// tests run what ships. Arithmetic saturates: a peer's absurd clock cannot trap the controller.
public struct Instant: Hashable, Comparable, Sendable, Codable {
    /// Milliseconds since 1970-01-01 00:00 UTC; negative before.
    public let unix_ms: Int64

    public init(unix_ms: Int64) {
        self.unix_ms = unix_ms
    }

    public init(from decoder: any Decoder) throws {
        self.init(unix_ms: try decoder.singleValueContainer().decode(Int64.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(unix_ms)
    }

    /// Later than every real instant: "never".
    public static let distantFuture = Instant(unix_ms: .max)

    public static func < (left: Instant, right: Instant) -> Bool { left.unix_ms < right.unix_ms }

    public static func + (instant: Instant, interval: Interval) -> Instant {
        let (sum, overflow) = instant.unix_ms.addingReportingOverflow(interval.ms)
        return Instant(unix_ms: overflow ? (interval.ms > 0 ? .max : .min) : sum)
    }

    public static func - (instant: Instant, interval: Interval) -> Instant {
        let (difference, overflow) = instant.unix_ms.subtractingReportingOverflow(interval.ms)
        return Instant(unix_ms: overflow ? (interval.ms > 0 ? .min : .max) : difference)
    }

    public static func - (later: Instant, earlier: Instant) -> Interval {
        let (difference, overflow) = later.unix_ms.subtractingReportingOverflow(earlier.unix_ms)
        return Interval(ms: overflow ? (later > earlier ? .max : .min) : difference)
    }
}
