import TimeAndChance

/// A time of day on some days of the week in a zone, less excluded dates: once on each such day, also where the clocks
/// skip the time (when they do) or show it twice (the first time).
public struct Schedule: Hashable, Sendable, Codable {
    public let weekdays: Weekdays
    public let time: TimeOfDay
    public let zone: Zone
    /// Ascending, each once.
    public let excluded: [CivilDate]

    /// How far ahead the next occurrence is looked for.
    public static let horizon_days = 732
    /// What `occurrences` lists at most, some 27 years of every day.
    public static let occurrences_max = 10_000

    public init(_ weekdays: Weekdays, at time: TimeOfDay, zone: Zone, excluding excluded: some Sequence<CivilDate> = [])
    {
        self.weekdays = weekdays
        self.time = time
        self.zone = zone
        self.excluded = Set(excluded).sorted()
    }

    /// The first occurrence later than the instant; nil if there is none within two years.
    public func next(after instant: Instant) -> Instant? {
        let today = zone.local(at: instant).date
        for day in today.epochDay...today.adding(days: Self.horizon_days).epochDay {
            let date = CivilDate(epochDay: day)
            guard weekdays.contains(date.weekday), !excluded.containsSorted(date) else { continue }
            let occurrence = zone.instant(of: LocalTime(date, time))
            if occurrence > instant { return occurrence }
        }
        return nil
    }

    /// All from the first instant, included, up to the second, excluded, in order, `occurrences_max` at most.
    public func occurrences(from: Instant, to: Instant) -> [Instant] {
        var found: [Instant] = []
        var last = from - .milliseconds(1)
        while found.count < Self.occurrences_max, let occurrence = next(after: last), occurrence < to {
            found.append(occurrence)
            last = occurrence
        }
        return found
    }
}

extension Schedule: CustomStringConvertible {
    /// `Mon-Fri 17:00 Asia/Kolkata`
    public var description: String {
        (["\(weekdays) \(time) \(zone.name)"] + excluded.exceptionWords).joined(separator: " ")
    }
}
