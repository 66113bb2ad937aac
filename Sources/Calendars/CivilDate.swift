/// A day of the Gregorian calendar, 0001-01-01 to 9999-12-31, without a time zone. Stored and written as `2026-11-20`.
public struct CivilDate: Hashable, Sendable {
    /// Days since 1970-01-01; negative before.
    public let epochDay: Int

    private static let epochDays = -719_162...2_932_896
    private static let daysInEra = 146_097  // 400 years, after which leap years repeat
    private static let daysFromEraToEpoch = 719_468  // from 0000-03-01

    /// Saturates at the first and the last day.
    public init(epochDay: Int) {
        self.epochDay = min(max(epochDay, Self.epochDays.lowerBound), Self.epochDays.upperBound)
    }

    /// Nil for a day that no calendar has, as 2026-02-29.
    public init?(year: Int, month: Int, day: Int) {
        guard 1...9999 ~= year, 1...12 ~= month, 1...Self.dayCount(year: year, month: month) ~= day else { return nil }
        self.init(validYear: year, month: month, day: day)
    }

    /// For a year from 1 to 9999 and a day that this month has.
    init(validYear year: Int, month: Int, day: Int) {
        // Years that begin in March end with the leap day, so that months before it have one length in all years.
        let shiftedYear = month > 2 ? year : year - 1
        let monthFromMarch = (month + 9) % 12
        let (era, yearOfEra) = (shiftedYear / 400, shiftedYear % 400)
        let dayOfYear = (153 * monthFromMarch + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        self.init(epochDay: era * Self.daysInEra + dayOfEra - Self.daysFromEraToEpoch)
    }

    public var year: Int { parts.year }
    /// 1 to 12.
    public var month: Int { parts.month }
    /// 1 to 31.
    public var day: Int { parts.day }

    public var weekday: Weekday {
        // 1970-01-01 was a Thursday.
        Weekday.allCases[((epochDay + 3) % 7 + 7) % 7]
    }

    /// Saturates.
    public func adding(days: Int) -> CivilDate {
        let (sum, overflow) = epochDay.addingReportingOverflow(days)
        return CivilDate(epochDay: overflow ? (days > 0 ? .max : .min) : sum)
    }

    /// 28 to 31, for a month from 1 to 12.
    static func dayCount(year: Int, month: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

    private var parts: (year: Int, month: Int, day: Int) {
        let shifted = epochDay + Self.daysFromEraToEpoch
        let (era, dayOfEra) = (shifted / Self.daysInEra, shifted % Self.daysInEra)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
    }
}

extension CivilDate: Comparable {
    public static func < (left: CivilDate, right: CivilDate) -> Bool { left.epochDay < right.epochDay }
}

extension CivilDate: LosslessStringConvertible {
    /// Reads `2026-11-20` and nothing else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, let year = number(parts[0], width: 4), let month = number(parts[1], width: 2),
            let day = number(parts[2], width: 2)
        else { return nil }
        self.init(year: year, month: month, day: day)
    }

    public var description: String {
        let (year, month, day) = parts
        return "\(padded(year, to: 4))-\(padded(month, to: 2))-\(padded(day, to: 2))"
    }
}

extension CivilDate: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.value(CivilDate.init) }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}
