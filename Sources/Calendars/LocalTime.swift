/// A date and a time of day, as calendars and clocks of some place show them; which place, its holder says. To the
/// minute. Stored and written as `2026-11-20T09:00`.
public struct LocalTime: Hashable, Sendable {
    public let date: CivilDate
    public let time: TimeOfDay

    public init(_ date: CivilDate, _ time: TimeOfDay) {
        self.date = date
        self.time = time
    }

    /// Seconds since 1970-01-01 00:00 if this were UTC.
    var wall_s: Int { date.epochDay * 86_400 + time.minutes * 60 }
}

extension LocalTime: Comparable {
    /// The end of a day comes before the midnight of the next, though both are one instant.
    public static func < (left: LocalTime, right: LocalTime) -> Bool {
        (left.date, left.time) < (right.date, right.time)
    }
}

extension LocalTime: LosslessStringConvertible {
    /// Reads `2026-11-20T09:00`, with a space for the `T` too, and nothing else.
    public init?(_ text: String) {
        let parts = text.split(omittingEmptySubsequences: false) { $0 == "T" || $0 == " " }
        guard parts.count == 2, let date = CivilDate(String(parts[0])), let time = TimeOfDay(String(parts[1])) else {
            return nil
        }
        self.init(date, time)
    }

    public var description: String { "\(date)T\(time)" }
}

extension LocalTime: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.value(LocalTime.init) }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}
