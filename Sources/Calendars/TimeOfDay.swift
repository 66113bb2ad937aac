/// What a clock on the wall shows, to the minute, 00:00 to 24:00 (the end of the day). Stored and written as `17:00`.
public struct TimeOfDay: Hashable, Sendable {
    /// Minutes since midnight, 0 to 1440.
    public let minutes: Int

    public static let midnight = TimeOfDay(validMinutes: 0)
    public static let endOfDay = TimeOfDay(validMinutes: 24 * 60)

    /// Nil outside 0 to 1440.
    public init?(minutes: Int) {
        guard 0...1_440 ~= minutes else { return nil }
        self.init(validMinutes: minutes)
    }

    init(validMinutes minutes: Int) {
        self.minutes = minutes
    }
}

extension TimeOfDay: Comparable {
    public static func < (left: TimeOfDay, right: TimeOfDay) -> Bool { left.minutes < right.minutes }
}

extension TimeOfDay: LosslessStringConvertible {
    /// Reads `00:00` to `24:00`, always five characters, and nothing else.
    public init?(_ text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let hour = number(parts[0], width: 2), let minute = number(parts[1], width: 2),
            minute < 60
        else { return nil }
        self.init(minutes: hour * 60 + minute)
    }

    public var description: String { "\(padded(minutes / 60, to: 2)):\(padded(minutes % 60, to: 2))" }
}

extension TimeOfDay: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.value(TimeOfDay.init) }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}
