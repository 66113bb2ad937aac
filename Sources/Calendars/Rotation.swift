import TimeAndChance

/// Who is on call when: people in order, each for one shift, then again from the first.
///
/// Shifts hand over at the same local time also over daylight saving, as `Zone.instant(of:)` says. An override puts a
/// person in for some time; of overlapping ones the last listed holds.
public struct Rotation<Person: Hashable & Codable & Sendable>: Hashable, Sendable, Codable {
    public struct Override: Hashable, Sendable, Codable {
        public let person: Person
        public let from: Instant
        /// Exclusive.
        public let to: Instant

        public init(person: Person, from: Instant, to: Instant) {
            self.person = person
            self.from = from
            self.to = to
        }

        func covers(_ instant: Instant) -> Bool { from <= instant && instant < to }
    }

    public let name: String
    public let people: [Person]
    public let shift: ShiftLength
    /// When the first person's first shift begins.
    public let start: LocalTime
    public let zone: Zone
    public var overrides: [Override]

    public init(
        name: String,
        people: [Person],
        shift: ShiftLength,
        start: LocalTime,
        zone: Zone,
        overrides: [Override] = []
    ) {
        self.name = name
        self.people = people
        self.shift = shift
        self.start = start
        self.zone = zone
        self.overrides = overrides
    }

    /// Who is on call; nil before the first shift, and where nobody is in the rotation.
    public func person(at instant: Instant) -> Person? {
        if let override = overrides.last(where: { $0.covers(instant) }) { return override.person }
        guard !people.isEmpty, let index = shiftIndex(at: instant) else { return nil }
        return people[index % people.count]
    }

    /// When another person's turn begins, or nobody's; nil if that is not within two years. With one person in it a
    /// rotation never hands over.
    public func nextHandOver(after instant: Instant) -> Instant? {
        let now = person(at: instant)
        let horizon = instant + .days(Int64(Window.horizon_days))
        let edges = overrides.flatMap { [$0.from, $0.to] }.filter { $0 > instant }.sorted()
        var nextEdge = edges.startIndex
        var reached = instant
        while reached <= horizon {
            while nextEdge < edges.endIndex, edges[nextEdge] <= reached { nextEdge += 1 }
            let edge = nextEdge < edges.endIndex ? edges[nextEdge] : .distantFuture
            let next = min(nextShift(after: reached), edge)
            guard next > reached, next <= horizon else { return nil }
            if person(at: next) != now { return next }
            reached = next
        }
        return nil
    }

    /// Who is on call and until when (nil: for two years at least); nil where `person(at:)` is.
    public func shift(at instant: Instant) -> (person: Person, until: Instant?)? {
        person(at: instant).map { ($0, nextHandOver(after: instant)) }
    }

    // MARK: Shifts without overrides

    /// Counted from 0; nil before the first.
    private func shiftIndex(at instant: Instant) -> Int? {
        // The date gives the shift to within one; the hour decides.
        let days = zone.local(at: instant).date.epochDay - start.date.epochDay
        let estimate = days.flooredQuotient(by: shift.days)
        let index = (estimate - 1...estimate + 1).last { beginning(of: $0) <= instant }
        return index.flatMap { $0 >= 0 ? $0 : nil }
    }

    private func nextShift(after instant: Instant) -> Instant {
        beginning(of: (shiftIndex(at: instant) ?? -1) + 1)
    }

    private func beginning(of index: Int) -> Instant {
        zone.instant(of: LocalTime(start.date.adding(days: index * shift.days), start.time))
    }
}

extension Rotation: CustomStringConvertible {
    /// `release: a new person every 1w from 2026-11-20T17:00 Europe/Berlin`
    public var description: String { "\(name): a new person every \(shift) from \(start) \(zone.name)" }
}
