import Calendars
import StructuredText
import TrainModel

extension Shape where Value == [(key: Located<String>, value: [CivilDate])] {
    /// `holidays: { company: [2026-12-25, 2026-12-26] }`.
    static var holidays: Shape {
        .entries(of: Shape<[CivilDate]>.list(of: .date, count: 1...1_000))
    }
}

extension Shape where Value == [Freeze] {
    static func freezes(_ words: Vocabulary) -> Shape {
        .list(of: .mapping { freeze($0, words) }, count: 0...100)
    }

    private static func freeze(_ fields: Fields, _ words: Vocabulary) -> Freeze? {
        let name = fields.required("name", .label, "What the freeze is called.")
        let from = fields.required("from", .localTime, "When it begins.")
        let to = fields.required("to", Shape<LocalTime>.localTime.located, "When it ends.")
        let zone = fields.optional("zone", .zone(words), "The time zone; else the plan's.")
        let reason = fields.required("reason", .label, "Why nothing starts.")
        guard let name, let from, let to, let reason else { return nil }
        guard from < to.value else {
            fields.problems.add(to.place, .badWindow, "the freeze ends before it begins", remedy: "write a later time")
            return nil
        }
        return Freeze(name: name, from: from, to: to.value, zone: zone ?? words.zone, reason: reason)
    }
}

extension Shape where Value == [Rotation<PersonName>] {
    /// `rotations: { release: { people: [ana, bo], each: 7d, from: 2026-11-16 09:00, zone: Europe/Berlin } }`.
    static func rotations(_ words: Vocabulary) -> Shape {
        .named("rotation", "a mapping of rotations") { (key: NamedKey<RotationKind>, fields) in
            let people = fields.required("people", .people, "In the order in which they take turns.")
            let shift = fields.required("each", .shift, "How long a turn is.")
            let start = fields.required("from", .localTime, "When the first person's first turn begins.")
            let zone = fields.optional("zone", .zone(words), "The time zone; else the plan's.")
            guard let name = key.name, let people, let shift, let start else { return nil }
            return Rotation(name: name.text, people: people, shift: shift, start: start, zone: zone ?? words.zone)
        }
    }
}

extension Shape where Value == [PersonName] {
    fileprivate static var people: Shape { .list(of: .name("person"), count: 1...100) }
}

extension Shape where Value == ShiftLength {
    fileprivate static var shift: Shape {
        let wanted = "days or weeks such as 7d or 1w"
        return .text(wanted, schema: Schema.text(pattern: "^[1-9][0-9]{0,2}[dw]$")) { text, place, label, problems in
            if let shift = ShiftLength(text) { return shift }
            problems.add(place, .badValue, "\(label) must be \(wanted), not \(Problem.quote(text))")
            return nil
        }
    }
}
