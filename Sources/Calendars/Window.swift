import TimeAndChance

/// When something may happen: spans of the week in a zone, less excluded dates, perhaps within a range of dates.
///
/// An excluded date, and one outside the range, is closed from its midnight to the next; and a span that would begin on
/// it does not begin at all, not even with its part after midnight. Edges are found as `Zone.instant(of:)` says: a span
/// in the hour that the clocks skip is empty, one in the hour that they repeat runs from the first time of its beginning
/// to the first time of its end.
public struct Window: Hashable, Sendable, Codable {
    /// A part of some days of the week.
    public struct Span: Hashable, Sendable {
        public let weekdays: Weekdays
        /// Before 24:00.
        public let from: TimeOfDay
        /// Exclusive. Not after `from`: the span ends on the next day.
        public let to: TimeOfDay

        /// Nil without a day, and for a span from 24:00.
        public init?(_ weekdays: Weekdays, from: TimeOfDay = .midnight, to: TimeOfDay = .endOfDay) {
            guard !weekdays.isEmpty, from < .endOfDay else { return nil }
            self.weekdays = weekdays
            self.from = from
            self.to = to
        }

        var crossesMidnight: Bool { to <= from }
    }

    /// As the plan lists them; they may overlap.
    public let spans: [Span]
    public let zone: Zone
    /// Ascending, each once.
    public let excluded: [CivilDate]
    /// First and last date on which it can be open; nil: any.
    public let dates: ClosedRange<CivilDate>?

    /// How far ahead changes are looked for.
    public static let horizon_days = 732

    public init(
        _ spans: [Span],
        zone: Zone,
        excluding excluded: some Sequence<CivilDate> = [],
        dates: ClosedRange<CivilDate>? = nil
    ) {
        self.spans = spans
        self.zone = zone
        self.excluded = Set(excluded).sorted()
        self.dates = dates
    }

    public func isOpen(at instant: Instant) -> Bool {
        let date = zone.local(at: instant).date
        // Clocks set back over midnight show a date's last hour again when the next date has begun.
        return [date, date.adding(days: 1)].contains { pieces(on: $0).contains { $0.contains(instant) } }
    }

    /// When it next opens or closes; nil if it does neither within two years.
    public func nextChange(after instant: Instant) -> Instant? {
        let today = zone.local(at: instant).date
        let last = today.adding(days: Self.horizon_days)
        var closing: Instant?
        for day in today.epochDay...last.epochDay {
            for piece in pieces(on: CivilDate(epochDay: day)) {
                if let known = closing {
                    if piece.lowerBound > known { return known }
                    closing = max(known, piece.upperBound)
                } else if piece.contains(instant) {
                    closing = piece.upperBound
                } else if piece.lowerBound > instant {
                    return piece.lowerBound
                }
            }
        }
        let horizon = zone.instant(of: LocalTime(last, .endOfDay))
        return closing.flatMap { $0 < horizon ? $0 : nil }
    }

    /// When it next becomes open, which an open window does only after it has closed; nil if not within two years.
    public func nextOpening(after instant: Instant) -> Instant? {
        guard let change = nextChange(after: instant) else { return nil }
        return isOpen(at: instant) ? nextChange(after: change) : change
    }

    /// The parts of a date that are open, by their beginning.
    private func pieces(on date: CivilDate) -> [Range<Instant>] {
        guard admits(date) else { return [] }
        let eve = date.adding(days: -1)
        var pieces: [Range<Instant>] = []
        for span in spans {
            if span.crossesMidnight, span.weekdays.contains(eve.weekday), admits(eve) {
                add(date, .midnight, span.to, &pieces)
            }
            if span.weekdays.contains(date.weekday) {
                add(date, span.from, span.crossesMidnight ? .endOfDay : span.to, &pieces)
            }
        }
        return pieces.sorted { $0.lowerBound < $1.lowerBound }
    }

    private func add(_ date: CivilDate, _ from: TimeOfDay, _ to: TimeOfDay, _ pieces: inout [Range<Instant>]) {
        let start = zone.instant(of: LocalTime(date, from))
        let end = zone.instant(of: LocalTime(date, to))
        if start < end { pieces.append(start..<end) }
    }

    private func admits(_ date: CivilDate) -> Bool { dates?.contains(date) ?? true && !excluded.containsSorted(date) }
}

extension Window: CustomStringConvertible {
    /// In words: `Mon 00:00-24:00 UTC`, `Mon-Fri 09:00-17:00 and Sat 10:00-12:00 Europe/Berlin except 2026-12-25`.
    public var description: String {
        var words = [spans.map(\.description).joined(separator: " and "), zone.name]
        if let dates { words.append("from \(dates.lowerBound) to \(dates.upperBound)") }
        words += excluded.exceptionWords
        return words.joined(separator: " ")
    }
}

extension Window.Span: LosslessStringConvertible {
    /// Reads `Fri 08:00-18:00`, `Mon-Fri,Sun 22:00-02:00`, and days alone, `Mon`, for the whole of them; nil for
    /// anything else.
    public init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count <= 2, let weekdays = Weekdays(String(words[0])) else { return nil }
        guard words.count == 2 else {
            self.init(weekdays)
            return
        }
        let ends = words[1].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = TimeOfDay(String(ends[0])), let to = TimeOfDay(String(ends[1])) else {
            return nil
        }
        self.init(weekdays, from: from, to: to)
    }

    public var description: String { "\(weekdays) \(from)-\(to)" }
}

extension Window.Span: Codable {
    public init(from decoder: any Decoder) throws { self = try decoder.value(Window.Span.init) }
    public func encode(to encoder: any Encoder) throws { try encoder.write(description) }
}

extension [CivilDate] {
    /// By halving; for ascending dates.
    func containsSorted(_ date: CivilDate) -> Bool {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < date { low = middle + 1 } else { high = middle }
        }
        return low < count && self[low] == date
    }

    /// Nothing, the dates, or their number where they are many.
    var exceptionWords: [String] {
        guard !isEmpty else { return [] }
        return ["except " + (count > 4 ? "\(count) dates" : map(\.description).joined(separator: ", "))]
    }
}
