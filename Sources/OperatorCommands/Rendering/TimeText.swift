import TimeAndChance

/// Instants and lengths of time as the commands print them. Clock times are UTC.
enum TimeText {
    /// `12:00:01.100`
    static func clock(_ instant: Instant) -> String {
        let ofDay_ms = Int(((instant.unix_ms % 86_400_000) + 86_400_000) % 86_400_000)
        let (s, ms) = ofDay_ms.quotientAndRemainder(dividingBy: 1_000)
        return "\(two(s / 3_600)):\(two(s / 60 % 60)):\(two(s % 60)).\(padded(ms, to: 3))"
    }

    /// `2026-11-20 12:00:01`
    static func date(_ instant: Instant) -> String {
        let days = Int((Double(instant.unix_ms) / 86_400_000).rounded(.down))
        let (year, month, day) = civil(daysSince1970: days)
        return "\(year)-\(two(month))-\(two(day)) \(clock(instant).prefix(8))"
    }

    /// `2026-11-20 12:00 UTC`
    static func minute(_ instant: Instant) -> String { "\(date(instant).dropLast(3)) UTC" }

    /// The clock time within the next twelve hours, else with its date.
    static func soon(_ instant: Instant, from now: Instant) -> String {
        instant - now < .hours(12) ? clock(instant) : minute(instant)
    }

    /// How long ago or for how long, in one or two units: `640 ms`, `12s`, `1h5m`, `3d2h`.
    static func length(_ interval: Interval) -> String {
        guard interval >= .seconds(10) else { return "\(max(0, interval.ms)) ms" }
        let s = interval.ms / 1_000
        return switch s {
        case ..<60: "\(s)s"
        case ..<3_600: joined((s / 60, "m"), (s % 60, "s"))
        case ..<86_400: joined((s / 3_600, "h"), (s / 60 % 60, "m"))
        default: joined((s / 86_400, "d"), (s / 3_600 % 24, "h"))
        }
    }

    /// The same for a person who looks now: seconds are enough.
    static func age(_ interval: Interval) -> String {
        interval < .seconds(10) ? "\(max(0, interval.ms) / 1_000)s" : length(interval)
    }

    private static func joined(_ first: (Int64, String), _ second: (Int64, String)) -> String {
        "\(first.0)\(first.1)" + (second.0 > 0 ? "\(second.0)\(second.1)" : "")
    }

    private static func two(_ number: Int) -> String { padded(number, to: 2) }

    private static func padded(_ number: Int, to digits: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, digits - text.count)) + text
    }

    /// The proleptic Gregorian date, counted in eras of 400 years that begin in March.
    private static func civil(daysSince1970 days: Int) -> (year: Int, month: Int, day: Int) {
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
