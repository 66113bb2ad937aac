import TimeAndChance

/// How fast this host may fetch bundles, by the time of its day.
public struct TransferRates: Hashable, Sendable {
    public enum Rate: Hashable, Sendable {
        case unlimited
        case bytes_s(Int)
        /// Nothing is fetched.
        case none
    }

    /// From one minute of the day to another, over midnight where the end is the smaller.
    public struct Window: Hashable, Sendable {
        /// 0 to 1,439.
        public let from_minute: Int
        /// 0 to 1,439, and another than the beginning.
        public let to_minute: Int

        func contains(_ minute: Int) -> Bool {
            from_minute < to_minute
                ? (from_minute..<to_minute).contains(minute) : minute >= from_minute || minute < to_minute
        }

        func minutesUntilOpen(at minute: Int) -> Int {
            contains(minute) ? 0 : (from_minute - minute + Self.day_minutes) % Self.day_minutes
        }

        static let day_minutes = 24 * 60

        var text: String { "\(Self.clock(from_minute))-\(Self.clock(to_minute))" }

        static func clock(_ minute: Int) -> String {
            let (hours, minutes) = minute.quotientAndRemainder(dividingBy: 60)
            return "\(hours < 10 ? "0" : "")\(hours):\(minutes < 10 ? "0" : "")\(minutes)"
        }
    }

    public var rate = Rate.unlimited
    /// Nil: all day.
    public var window: Window?
    public var rateOutside = Rate.unlimited

    public init(rate: Rate = .unlimited, window: Window? = nil, rateOutside: Rate = .unlimited) {
        self.rate = rate
        self.window = window
        self.rateOutside = rateOutside
    }

    func rate(atMinute minute: Int) -> Rate { window.map { $0.contains(minute) } ?? true ? rate : rateOutside }

    /// How long nothing may be fetched, where that is so.
    func wait(atMinute minute: Int) -> (minutes: Int, reason: String)? {
        guard rate(atMinute: minute) == .none, let window else { return nil }
        return (
            max(1, window.minutesUntilOpen(at: minute)),
            "bundles are fetched from \(Window.clock(window.from_minute)) on (transfer.window \(window.text) of agent.yaml)"
        )
    }
}
