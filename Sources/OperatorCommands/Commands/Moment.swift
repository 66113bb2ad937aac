import ArgumentParser
import Calendars
import TimeAndChance

/// A time as people write it: `2026-11-20T09:00` in UTC, or from now on as `+2h`, or before as `-10m`.
struct Moment: ExpressibleByArgument {
    static let form = "2026-11-20T09:00 in UTC, or +2h from now"

    private enum Written {
        case at(Instant)
        case fromNow(Interval)
    }

    private let written: Written

    init?(argument: String) {
        let rest = argument.dropFirst()
        switch argument.first {
        case "+":
            guard let interval = Interval(rest) else { return nil }
            written = .fromNow(interval)
        case "-":
            guard let interval = Interval(rest) else { return nil }
            written = .fromNow(interval * -1)
        default:
            let text = argument.hasSuffix("Z") ? String(argument.dropLast()) : argument
            guard let local = LocalTime(text) else { return nil }
            written = .at(Zone.utc.instant(of: local))
        }
    }

    func instant(from now: Instant) -> Instant {
        switch written {
        case .at(let instant): instant
        case .fromNow(let interval): now + interval
        }
    }
}
