import Calendars
import StructuredText

extension Shape where Value == Zone {
    /// The name of a time zone, `Europe/Berlin`.
    static func zone(_ words: Vocabulary) -> Shape {
        let wanted = "a time zone such as UTC or Europe/Berlin"
        return .text(wanted, schema: Schema.text(pattern: "^[A-Za-z][A-Za-z0-9+_-]*(/[A-Za-z][A-Za-z0-9+_-]*)*$")) {
            text,
            place,
            label,
            problems in
            words.zone(named: text, place, label, problems)
        }
    }
}

extension Vocabulary {
    /// Nil after recording why there is no such zone.
    func zone(named name: String, _ place: Place, _ label: String, _ problems: ProblemCollector) -> Zone? {
        if name == Zone.utc.name { return .utc }
        guard Zone.isName(name) else {
            let sentence = "\(label) must be a time zone such as UTC or Europe/Berlin, not \(Problem.quote(name))"
            problems.add(place, .badZone, sentence)
            return nil
        }
        do {
            return try readZone(name)
        } catch let problem as ZoneProblem {
            problems.add(place, .badZone, problem.sentence, remedy: problem.remedy)
        } catch {
            problems.add(
                place,
                .badZone,
                "the time zone \(Problem.quote(name)) is not known here: \(error)",
                remedy: "write a name of the time zone database, as Europe/Berlin"
            )
        }
        return nil
    }
}

extension Shape where Value == CivilDate {
    static var date: Shape {
        .text("a date such as 2026-12-25", schema: Schema.text(pattern: #"^\d{4}-\d{2}-\d{2}$"#)) {
            text,
            place,
            label,
            problems in
            if let date = CivilDate(text) { return date }
            problems.add(place, .badDate, "\(label) must be a date such as 2026-12-25, not \(Problem.quote(text))")
            return nil
        }
    }
}

extension Shape where Value == [CivilDate] {
    /// Dates, names of holidays, or a list of both.
    static func dates(_ words: Vocabulary) -> Shape {
        let wanted = "holidays by their name, a date, or a list of them"
        let one = Shape<[CivilDate]>.text(wanted) { text, place, label, problems in
            if text.utf8.first.map({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) == true {
                let node = Node(.scalar(Scalar(text, .plain)), at: place)
                return Shape<CivilDate>.date.read(node, label, problems).map { [$0] }
            }
            let name = Located(text, at: place)
            let remedy = "define them under \"holidays\""
            guard words.knows(name, in: words.holidayNames, "holidays", remedy: remedy, problems) else { return nil }
            return words.holidays[text]
        }
        let several = Shape<[[CivilDate]]>.oneOrMore("date", one).map { Set($0.joined()).sorted() }
        return Shape(wanted, schema: several.schema, several.read)
    }
}

extension Shape where Value == ClosedRange<CivilDate> {
    /// `2026-12-01..2026-12-31`.
    fileprivate static var dates: Shape {
        let wanted = "two dates such as 2026-12-01..2026-12-31"
        let pattern = #"^\d{4}-\d{2}-\d{2}\.\.\d{4}-\d{2}-\d{2}$"#
        return .text(wanted, schema: Schema.text(pattern: pattern)) { text, place, label, problems in
            let ends = text.components(around: "..").map { CivilDate($0) }
            guard ends.count == 2, let first = ends[0], let last = ends[1], first <= last else {
                problems.add(
                    place,
                    .badDate,
                    "\(label) must be \(wanted), not \(Problem.quote(text))",
                    remedy: "the first and the last day, in this order"
                )
                return nil
            }
            return first...last
        }
    }
}

extension Shape where Value == LocalTime {
    static var localTime: Shape {
        let wanted = "a date and time such as 2026-12-20 09:00"
        let pattern = #"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}$"#
        return .text(wanted, schema: Schema.text(pattern: pattern)) { text, place, label, problems in
            if let time = LocalTime(text) { return time }
            problems.add(place, .badDate, "\(label) must be \(wanted), not \(Problem.quote(text))")
            return nil
        }
    }
}

extension Shape where Value == Window {
    /// `Mon-Thu 09:00-16:00 Europe/Berlin`, a list of such, or a mapping of `open`, `zone`, `except` and `dates`.
    static func window(_ words: Vocabulary) -> Shape {
        let short = Shape<[Located<ZonedSpan>]>.spans(words).flatMap { window($0, in: words.zone, $1) }
        let long = Shape.mapping { fields in
            let spans = fields.required("open", .spans(words), "When it is open.")
            let zone = fields.optional("zone", .zone(words), "The time zone; else the plan's.")
            let excluded = fields.optional("except", .dates(words), "Days on which it stays closed.")
            let dates = fields.optional("dates", .dates, "The first and the last day on which it can be open.")
            return spans.flatMap {
                window($0, in: zone ?? words.zone, excluding: excluded ?? [], dates: dates, fields.problems)
            }
        }
        return either("a window such as Mon-Thu 09:00-16:00 UTC, or a mapping", short: short, long: long)
            .defined(as: "window")
    }

    private static func window(
        _ spans: [Located<ZonedSpan>],
        in zone: Zone,
        excluding excluded: [CivilDate] = [],
        dates: ClosedRange<CivilDate>? = nil,
        _ problems: ProblemCollector
    ) -> Window? {
        let zones = spans.map { $0.value.zone ?? zone }
        if let other = zip(spans, zones).first(where: { $0.1 != zones[0] }) {
            problems.add(
                other.0.place,
                .badWindow,
                "one window has one time zone, not \(zones[0].name) and \(other.1.name)",
                remedy: "write two gates"
            )
            return nil
        }
        return Window(spans.map(\.value.span), zone: zones.first ?? zone, excluding: excluded, dates: dates)
    }
}

/// A span with the zone that stands behind it, if one does.
private struct ZonedSpan {
    let span: Window.Span
    let zone: Zone?
}

extension Shape where Value == [Located<ZonedSpan>] {
    fileprivate static func spans(_ words: Vocabulary) -> Shape {
        let one = Shape<ZonedSpan>.span(words).located
        let list = Shape.list(of: one, count: 1...50)
        return Shape(
            "\(one.wanted), or a list of them",
            schema: { Schema.any(of: [one.schema($0), list.schema($0)]) }
        ) { node, label, problems in
            node.list == nil ? one.read(node, label, problems).map { [$0] } : list.read(node, label, problems)
        }
    }
}

extension Shape where Value == ZonedSpan {
    fileprivate static func span(_ words: Vocabulary) -> Shape {
        let wanted = "days and times such as Mon-Fri 09:00-17:00"
        let pattern = #"^[A-Za-z,-]+( \d{2}:\d{2}-\d{2}:\d{2})?( [A-Z][A-Za-z0-9+_/-]*)?$"#
        return .text(wanted, schema: Schema.text(pattern: pattern)) { text, place, label, problems in
            let (time, zoneName) = splitZone(text)
            guard let span = Window.Span(time) else {
                problems.add(
                    place,
                    .badWindow,
                    "\(label) must be \(wanted), not \(Problem.quote(text))",
                    remedy: "days are Mon to Sun, times have four digits: Mon-Thu,Sat 09:00-17:30 Europe/Berlin"
                )
                return nil
            }
            guard let zoneName else { return ZonedSpan(span: span, zone: nil) }
            return words.zone(named: zoneName, place, label, problems).map { ZonedSpan(span: span, zone: $0) }
        }
    }
}

extension Shape where Value == Schedule {
    /// `Fri 08:00 UTC`, or a mapping of `days`, `at`, `zone` and `except`.
    static func schedule(_ words: Vocabulary) -> Shape {
        let long = Shape.mapping { fields in
            let days = fields.required("days", .weekdays, "On which days of the week.")
            let time = fields.required("at", .timeOfDay, "When on these days.")
            let zone = fields.optional("zone", .zone(words), "The time zone; else the plan's.")
            let excluded = fields.optional("except", .dates(words), "Days on which it does not happen.")
            guard let days, let time else { return nil }
            return Schedule(days, at: time, zone: zone ?? words.zone, excluding: excluded ?? [])
        }
        return either("days and a time such as Fri 08:00 UTC, or a mapping", short: shortSchedule(words), long: long)
            .defined(as: "schedule")
    }

    private static func shortSchedule(_ words: Vocabulary) -> Shape {
        let wanted = "days and a time such as Mon-Fri 17:00"
        let pattern = #"^[A-Za-z,-]+ \d{2}:\d{2}( [A-Z][A-Za-z0-9+_/-]*)?$"#
        return .text(wanted, schema: Schema.text(pattern: pattern)) { text, place, label, problems in
            let (rest, zoneName) = splitZone(text)
            let parts = rest.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 2, let days = Weekdays(parts[0]), let time = TimeOfDay(parts[1]) else {
                problems.add(place, .badWindow, "\(label) must be \(wanted), not \(Problem.quote(text))")
                return nil
            }
            guard let zoneName else { return Schedule(days, at: time, zone: words.zone) }
            return words.zone(named: zoneName, place, label, problems).map { Schedule(days, at: time, zone: $0) }
        }
    }
}

/// A zone's name stands last, and begins with a capital.
private func splitZone(_ text: String) -> (rest: String, zone: String?) {
    guard let space = text.lastIndex(of: " ") else { return (text, nil) }
    let last = text[text.index(after: space)...]
    return last.first?.isUppercase == true ? (String(text[..<space]), String(last)) : (text, nil)
}

extension Shape where Value == Weekdays {
    fileprivate static var weekdays: Shape {
        .text("days such as Mon-Fri", schema: Schema.text(pattern: "^[A-Za-z,-]+$")) { text, place, label, problems in
            if let days = Weekdays(text), !days.isEmpty { return days }
            problems.add(place, .badWindow, "\(label) must be days such as Mon-Fri, not \(Problem.quote(text))")
            return nil
        }
    }
}

extension Shape where Value == TimeOfDay {
    fileprivate static var timeOfDay: Shape {
        .text("a time such as 17:00", schema: Schema.text(pattern: #"^\d{2}:\d{2}$"#)) { text, place, label, problems in
            if let time = TimeOfDay(text) { return time }
            problems.add(place, .badWindow, "\(label) must be a time such as 17:00, not \(Problem.quote(text))")
            return nil
        }
    }
}

extension Shape {
    /// The same reading with a further step that may record problems of its own.
    func flatMap<Other>(_ transform: @escaping (Value, ProblemCollector) -> Other?) -> Shape<Other> {
        Shape<Other>(wanted, schema: schema) { node, label, problems in
            read(node, label, problems).flatMap { transform($0, problems) }
        }
    }
}
