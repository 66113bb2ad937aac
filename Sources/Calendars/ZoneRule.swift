/// The rule at the end of a TZif file, as POSIX defines the variable TZ (RFC 8536 section 3.3.1): one offset for ever,
/// or two that take turns each year. Written in one way only, so that equal rules have equal texts.
struct ZoneRule: Hashable {
    let standard: Zone.Kind
    let daylight: Daylight?

    struct Daylight: Hashable {
        var kind: Zone.Kind
        /// In standard time.
        var start: Day
        /// In daylight time.
        var end: Day
    }

    /// When in a year the clocks change.
    struct Day: Hashable {
        var form: Form
        /// Seconds since this day's midnight on the clock before the change, -167 to 167 hours.
        var time_s: Int

        enum Form: Hashable {
            /// `J1` to `J365`; 29 February is never counted.
            case withoutLeapDay(Int)
            /// `0` to `365`; 29 February is counted.
            case withLeapDay(Int)
            /// `M10.5.0`: month; week 1 to 5, 5 is the last; day of the week, 0 is Sunday.
            case weekday(month: Int, week: Int, day: Int)
        }
    }

    init(_ standard: Zone.Kind, daylight: Daylight? = nil) {
        self.standard = standard
        self.daylight = daylight
    }

    /// All that it makes of the kept years; the first begins before all time.
    var periods: [Zone.Period] {
        guard let daylight else { return [Zone.Period(start_s: .min, kind: standard)] }
        // One year more on either side: a change can be written a week away from its day.
        let changes = (2018...2051).flatMap { year in
            [
                Zone.Period(start_s: daylight.start.wall_s(in: year) - standard.offset_s, kind: daylight.kind),
                Zone.Period(start_s: daylight.end.wall_s(in: year) - daylight.kind.offset_s, kind: standard),
            ]
        }
        // Where one year's end meets the next one's start, daylight time never ends.
        let ordered = changes.sorted { left, right in
            (left.start_s, left.kind == standard ? 0 : 1) < (right.start_s, right.kind == standard ? 0 : 1)
        }
        return Zone.Period.kept(ordered, first: standard)
    }
}

extension ZoneRule.Day {
    /// Seconds since 1970 on the clock before the change.
    func wall_s(in year: Int) -> Int { epochDay(in: year) * 86_400 + time_s }

    private func epochDay(in year: Int) -> Int {
        let newYear = CivilDate(validYear: year, month: 1, day: 1).epochDay
        switch form {
        case .withoutLeapDay(let day): return newYear + day - 1 + (CivilDate.isLeap(year) && day > 59 ? 1 : 0)
        case .withLeapDay(let day): return newYear + day
        case .weekday(let month, let week, let day):
            let first = CivilDate(validYear: year, month: month, day: 1)
            let sundayBased = (first.weekday.index + 1) % 7
            let dayOfMonth = 1 + (day - sundayBased + 7) % 7 + (week - 1) * 7
            let isPastEnd = dayOfMonth > CivilDate.dayCount(year: year, month: month)
            return first.epochDay + dayOfMonth - 1 - (isPastEnd ? 7 : 0)
        }
    }
}

extension Zone.Period {
    /// Cuts ascending changes to the kept years and leaves out what changes nothing. `first` held before them all.
    static func kept(_ changes: [Zone.Period], first: Zone.Kind) -> [Zone.Period] {
        var periods = [Zone.Period(start_s: .min, kind: first)]
        for change in changes where change.start_s < Zone.kept_s.upperBound {
            if change.start_s < Zone.kept_s.lowerBound {
                periods[0].kind = change.kind
                continue
            }
            if periods[periods.count - 1].start_s == change.start_s { periods.removeLast() }
            if periods[periods.count - 1].kind != change.kind { periods.append(change) }
        }
        return periods
    }
}

extension ZoneRule: LosslessStringConvertible {
    init?(_ text: String) {
        var reader = ZoneRuleReader(text)
        guard let rule = reader.rule(), reader.isAtEnd else { return nil }
        self = rule
    }

    var description: String {
        guard let daylight else { return standard.description }
        let isUsualOffset = daylight.kind.offset_s == standard.offset_s + 3_600
        let kind = isUsualOffset ? daylight.kind.name : daylight.kind.description
        return "\(standard)\(kind),\(daylight.start),\(daylight.end)"
    }

    /// `5`, `-5:30`, `12:45:30`.
    static func clock(_ seconds: Int) -> String {
        let (hours, rest) = seconds.magnitude.quotientAndRemainder(dividingBy: 3_600)
        var text = "\(seconds < 0 ? "-" : "")\(hours)"
        if rest > 0 { text += ":\(padded(Int(rest / 60), to: 2))" }
        if rest % 60 > 0 { text += ":\(padded(Int(rest % 60), to: 2))" }
        return text
    }
}

extension ZoneRule.Day: CustomStringConvertible {
    static let usualTime_s = 2 * 3_600

    var description: String { form.description + (time_s == Self.usualTime_s ? "" : "/\(ZoneRule.clock(time_s))") }
}

extension ZoneRule.Day.Form: CustomStringConvertible {
    var description: String {
        switch self {
        case .withoutLeapDay(let day): "J\(day)"
        case .withLeapDay(let day): "\(day)"
        case .weekday(let month, let week, let day): "M\(month).\(week).\(day)"
        }
    }
}
