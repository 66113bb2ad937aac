import Calendars
import TimeAndChance

/// Instants as people read them: `Fri 20 Nov 08:00 UTC`.
struct ClockWords: Sendable {
    private let zone: Zone

    init(_ zone: Zone) {
        self.zone = zone
    }

    func words(_ instant: Instant) -> String { "\(short(instant)) \(zone.abbreviation(at: instant))" }

    /// Without the zone.
    func short(_ instant: Instant) -> String {
        let local = zone.local(at: instant)
        let day = local.date.day < 10 ? " \(local.date.day)" : "\(local.date.day)"
        return "\(local.date.weekday) \(day) \(Self.months[local.date.month - 1]) \(local.time)"
    }

    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
}

extension Interval {
    /// In whole minutes where there are some, else in whole seconds; up.
    var rounded: Interval {
        guard self >= .minutes(2) else { return .seconds((ms + 999) / 1_000) }
        return .minutes((ms + 59_999) / 60_000)
    }
}
