/// How long one person stays on call before the next: whole days of the calendar, 1 to 366. Stored and written as `1d`,
/// and whole weeks as `1w`.
public struct ShiftLength: Hashable, Sendable {
    public let days: Int

    public static let days_max = 366

    /// Nil outside 1 to 366.
    public init?(days: Int) {
        guard 1...Self.days_max ~= days else { return nil }
        self.days = days
    }

    /// Nil outside 1 to 52.
    public init?(weeks: Int) {
        guard 1...52 ~= weeks else { return nil }
        self.init(days: weeks * 7)
    }
}

extension ShiftLength: LosslessStringConvertible {
    /// Reads `1d` to `366d` and `1w` to `52w`, and nothing else.
    public init?(_ text: String) {
        let digits = text.dropLast()
        guard (1...3).contains(digits.utf8.count), let count = number(digits, width: digits.utf8.count) else {
            return nil
        }
        switch text.last {
        case "d": self.init(days: count)
        case "w": self.init(weeks: count)
        default: return nil
        }
    }

    public var description: String { days % 7 == 0 ? "\(days / 7)w" : "\(days)d" }
}

extension ShiftLength: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.value(ShiftLength.init) }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}
