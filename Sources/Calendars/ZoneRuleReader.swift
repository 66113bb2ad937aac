/// Reads POSIX's texts for zones, with the hours beyond a day that RFC 8536 adds. Every step gives nil at the first
/// sign that does not belong there.
struct ZoneRuleReader {
    private let text: [UInt8]
    private var index = 0

    private static let abbreviationLengths = 3...15

    init(_ text: String) {
        self.text = Array(text.utf8)
    }

    var isAtEnd: Bool { index == text.count }

    /// `CET-1CEST,M3.5.0,M10.5.0/3`.
    mutating func rule() -> ZoneRule? {
        guard let standard = kind() else { return nil }
        guard !isAtEnd else { return ZoneRule(standard) }
        guard let abbreviation = abbreviation() else { return nil }
        var offset_s = standard.offset_s + 3_600
        if peek() != UInt8(ascii: ",") {
            guard let written_s = clock(hours_max: 24) else { return nil }
            offset_s = -written_s
        }
        guard take(","), let start = day(), take(","), let end = day() else { return nil }
        let kind = Zone.Kind(abbreviation: abbreviation, offset_s: offset_s)
        return ZoneRule(standard, daylight: .init(kind: kind, start: start, end: end))
    }

    /// `CET-1`.
    mutating func kind() -> Zone.Kind? {
        guard let abbreviation = abbreviation(), let written_s = clock(hours_max: 24) else { return nil }
        return Zone.Kind(abbreviation: abbreviation, offset_s: -written_s)
    }

    private mutating func abbreviation() -> String? {
        let isQuoted = take("<")
        let start = index
        while let byte = peek(), isLetter(byte) || isQuoted && (isDigit(byte) || "+-".utf8.contains(byte)) {
            index += 1
        }
        let name = text[start..<index]
        guard Self.abbreviationLengths.contains(name.count), !isQuoted || take(">") else { return nil }
        return String(decoding: name, as: UTF8.self)
    }

    private mutating func day() -> ZoneRule.Day? {
        guard let form = form() else { return nil }
        guard take("/") else { return ZoneRule.Day(form: form, time_s: ZoneRule.Day.usualTime_s) }
        return clock(hours_max: 167).map { ZoneRule.Day(form: form, time_s: $0) }
    }

    private mutating func form() -> ZoneRule.Day.Form? {
        if take("J") { return number(in: 1...365).map { .withoutLeapDay($0) } }
        guard take("M") else { return number(in: 0...365).map { .withLeapDay($0) } }
        guard let month = number(in: 1...12), take("."), let week = number(in: 1...5), take("."),
            let day = number(in: 0...6)
        else { return nil }
        return .weekday(month: month, week: week, day: day)
    }

    /// Seconds: `-5`, `5:30`, `+12:45:30`.
    private mutating func clock(hours_max: Int) -> Int? {
        let sign = take("-") ? -1 : 1
        if sign == 1 { _ = take("+") }
        guard let hours = number(in: 0...hours_max) else { return nil }
        var seconds = hours * 3_600
        for unit_s in [60, 1] where take(":") {
            guard let count = number(in: 0...59) else { return nil }
            seconds += count * unit_s
        }
        return sign * seconds
    }

    private mutating func number(in range: ClosedRange<Int>) -> Int? {
        let start = index
        while let byte = peek(), isDigit(byte), index - start < 3 { index += 1 }
        guard let number = Int(String(decoding: text[start..<index], as: UTF8.self)), range.contains(number) else {
            return nil
        }
        return number
    }

    private func peek() -> UInt8? { index < text.count ? text[index] : nil }

    private mutating func take(_ sign: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: sign) else { return false }
        index += 1
        return true
    }
}
