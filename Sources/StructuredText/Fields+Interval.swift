import TimeAndChance

extension Fields {
    public func interval(_ key: String, in range: ClosedRange<Interval> = Shape<Interval>.anyInterval) -> Interval? {
        required(key, .interval(in: range))
    }

    public func interval(
        _ key: String,
        in range: ClosedRange<Interval> = Shape<Interval>.anyInterval,
        default: Interval
    ) -> Interval {
        value(key, .interval(in: range), default: `default`)
    }

    public func optionalInterval(_ key: String, in range: ClosedRange<Interval> = Shape<Interval>.anyInterval)
        -> Interval?
    {
        optional(key, .interval(in: range))
    }
}

extension Shape where Value == Interval {
    /// Up to a thousand days.
    public static var anyInterval: ClosedRange<Interval> { .zero ... .days(1_000) }

    /// A length of time as people write it: `30s`, `1h30m`, `2d`.
    public static func interval(in range: ClosedRange<Interval> = anyInterval) -> Shape {
        let wanted = "a length of time such as 30s or 1h30m"
        return .text(wanted, schema: Schema.text(pattern: pattern)) { text, place, label, problems in
            guard let interval = Interval(text) else {
                let remedy = suggestion(for: text) ?? "write it with its unit (ms, s, m, h, d), such as 30s or 1h30m"
                problems.add(
                    place,
                    .badValue,
                    "\(label) must be a length of time, not \(Problem.quote(text))",
                    remedy: remedy
                )
                return nil
            }
            guard range.contains(interval) else {
                problems.add(
                    place,
                    .outOfRange,
                    "\(label) must be from \(range.lowerBound) to \(range.upperBound), not \(interval)"
                )
                return nil
            }
            return interval
        }
    }

    private static var pattern: String { "^(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?$" }

    /// Reads what people also write (`90 sec`, `1h 30m`, `5 minutes`) to name the spelling that is taken.
    private static func suggestion(for text: String) -> String? {
        guard text.utf8.count <= 40 else { return nil }
        let units = [
            "ms": "ms", "millisecond": "ms", "s": "s", "sec": "s", "second": "s", "m": "m", "min": "m", "minute": "m",
            "h": "h", "hr": "h", "hour": "h", "d": "d", "day": "d",
        ]
        var spelled = ""
        var rest = text.lowercased().filter { !$0.isWhitespace }[...]
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let word = rest.dropFirst(digits.count).prefix { $0.isLetter }
            rest = rest.dropFirst(digits.count + word.count)
            let singular = word.count > 2 && word.last == "s" ? word.dropLast() : word
            guard !digits.isEmpty, let unit = units[String(singular)] else { return nil }
            spelled += digits + unit
        }
        return Interval(spelled).map { "did you mean \"\($0)\"?" }
    }
}
