import Calendars
import TimeAndChance

extension Instant {
    /// `2026-11-20T09:00:00.123456789Z` or with `+01:00`, in whole milliseconds; nil for everything else.
    init?(rfc3339 text: String) {
        let parts = text.split(separator: "T", omittingEmptySubsequences: false)
        guard parts.count == 2, let date = CivilDate(String(parts[0])) else { return nil }
        let clock = parts[1].prefix { $0.isNumber || $0 == ":" || $0 == "." }
        let (time, fraction) = (clock.prefix(8), clock.dropFirst(8))
        let numbers = time.split(separator: ":", omittingEmptySubsequences: false).compactMap { Self.twoDigits($0) }
        guard numbers.count == 3, numbers[0] < 24, numbers[1] < 60, numbers[2] <= 60,
            let offset_min = Self.offset_min(parts[1].dropFirst(clock.count)), let part_ms = Self.part_ms(fraction)
        else { return nil }
        let time_s = numbers[0] * 3_600 + (numbers[1] - offset_min) * 60 + numbers[2]
        self.init(unix_ms: Int64(date.epochDay) * 86_400_000 + Int64(time_s) * 1_000 + part_ms)
    }

    /// Minutes that local time is ahead of UTC.
    private static func offset_min(_ text: Substring) -> Int? {
        if text == "Z" { return 0 }
        let numbers = text.dropFirst().split(separator: ":", omittingEmptySubsequences: false)
            .compactMap { twoDigits($0) }
        guard let sign = text.first, sign == "+" || sign == "-", numbers.count == 2, numbers[0] < 24, numbers[1] < 60
        else { return nil }
        return (numbers[0] * 60 + numbers[1]) * (sign == "-" ? -1 : 1)
    }

    /// Of `.123456789` the first three digits; of nothing 0.
    private static func part_ms(_ text: Substring) -> Int64? {
        guard !text.isEmpty else { return 0 }
        let digits = text.dropFirst()
        guard text.first == ".", !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        return Int64((digits + "00").prefix(3))
    }

    private static func twoDigits(_ text: Substring) -> Int? {
        text.count == 2 && text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
    }
}
