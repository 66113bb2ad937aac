import TimeAndChance
import TrainModel

/// Trains for people: when they leave, with what, and what keeps them.
enum TrainText {
    private static let listed_max = 10

    /// Everything in short.
    static func lines(_ schedule: ScheduleView) -> [String] {
        var lines: [String] = []
        for train in schedule.trains { lines.append(header(train)) }
        if schedule.trains.isEmpty { lines.append("no plan is registered") }
        if !schedule.freezes.isEmpty { lines += ["freezes:"] + self.lines(of: schedule.freezes) }
        if !schedule.debts.isEmpty { lines += ["owed:"] + self.lines(of: schedule.debts, now: schedule.at) }
        return lines + alarms(schedule)
    }

    static func lines(_ train: TrainView) -> [String] {
        var lines = [header(train)]
        if !train.departs.isEmpty { lines.append("  departs \(SafeText.line(train.departs))") }
        for oncall in train.oncall {
            let until =
                oncall.until.map { " until \(TimeText.minute($0)), then \(oncall.next?.text ?? "nobody")" } ?? ""
            lines.append("  on call for \(oncall.rotation): \(oncall.person?.text ?? "nobody")\(until)")
        }
        lines += section("departures", departures(train))
        lines += section("candidates", candidates(train))
        return lines + section("arrivals", arrivals(train))
    }

    private static func header(_ train: TrainView) -> String {
        let name = train.train.map { "\(train.plan)   train \($0)" } ?? "\(train.plan)   no train"
        let next = train.nextDeparture.map { "   next \(TimeText.minute($0))" } ?? ""
        let blocked = train.blocked.isEmpty ? "" : "   would not leave: \(SafeText.line(train.blocked))"
        return name + next + blocked
    }

    private static func section(_ title: String, _ rows: [String]) -> [String] {
        rows.isEmpty ? [] : ["  \(title):"] + rows
    }

    private static func departures(_ train: TrainView) -> [String] {
        var table = Table(indent: 4)
        for departure in train.departures.prefix(listed_max) {
            let what = departure.release?.text ?? "nothing left: \(SafeText.line(departure.reason))"
            table.add(TimeText.minute(departure.at), what)
        }
        return table.lines
    }

    private static func candidates(_ train: TrainView) -> [String] {
        var table = Table(indent: 4)
        if let next = train.nextCandidate { table.add("next", TimeText.minute(next)) }
        if let sought = train.candidateSought {
            table.add(sought.text, "being cut: its changes or its build are awaited")
        }
        for view in train.candidates.prefix(listed_max) {
            table.add(
                view.candidate.tag.text,
                TimeText.minute(view.at),
                "version \(view.candidate.version)",
                view.by.map { "by \($0)" } ?? ""
            )
        }
        return table.lines
    }

    private static func arrivals(_ train: TrainView) -> [String] {
        var table = Table(indent: 4)
        if let registry = train.registry {
            let look = train.tagsKnown.map { "tags left alone since they were there at first: \($0)" }
            table.add("watches \(SafeText.line(registry))", look ?? "has not been looked at yet")
        }
        for arrival in train.arrivals.prefix(listed_max) {
            let state =
                arrival.settled.map { "in place since \(TimeText.minute($0))" }
                ?? arrival.release.map { "on its way with \($0)" } ?? "waits"
            table.add(arrival.artifact.version.text, TimeText.minute(arrival.at), state)
        }
        return table.lines
    }

    // MARK: - What keeps them

    static func lines(of debts: [Debt], now: Instant) -> [String] {
        var table = Table(indent: 2)
        for debt in debts {
            table.add(debt.id, "\(TimeText.age(now - debt.since)) by \(debt.by)", SafeText.line(debt.sentence))
        }
        return table.lines
    }

    static func lines(of freezes: [FreezeView]) -> [String] {
        var table = Table(indent: 2)
        for freeze in freezes {
            let until = freeze.until.map { "until \(TimeText.minute($0))" } ?? "until it is lifted"
            table.add(freeze.plan?.text ?? "every plan", until, SafeText.line(freeze.sentence))
        }
        return table.lines
    }

    static func alarms(_ schedule: ScheduleView) -> [String] {
        var alarms = Table(indent: 2)
        for alarm in schedule.alarms {
            let age = TimeText.age(schedule.at - alarm.since)
            alarms.add(alarm.kind.rawValue, SafeText.line(alarm.subject), age, SafeText.line(alarm.sentence))
        }
        var notices = Table(indent: 2)
        for notice in schedule.notices {
            let age = TimeText.age(schedule.at - notice.at)
            notices.add(SafeText.line(notice.channel), notice.kind.rawValue, age, firstLine(of: notice.sentence))
        }
        return (alarms.lines.isEmpty ? [] : ["alarms:"] + alarms.lines)
            + (notices.lines.isEmpty ? [] : ["notices not delivered yet:"] + notices.lines)
    }

    private static func firstLine(of text: String) -> String {
        SafeText.line(text.prefix { $0 != "\n" })
    }
}

/// Changes, a line each.
enum NotesText {
    static func lines(_ notes: [ReleaseNotesView]) -> [String] {
        guard !notes.isEmpty else { return ["nothing is deployed by it"] }
        return notes.flatMap { notes in
            var lines = ["\(notes.artifact) \(notes.from.map { "\($0) → " } ?? "")\(notes.to)"]
            if notes.added.isEmpty, notes.removed.isEmpty { lines.append("  no changes are known") }
            lines += self.lines(of: notes.added, sign: "+") + self.lines(of: notes.removed, sign: "-")
            if !notes.tickets.isEmpty {
                lines.append("  tickets: \(SafeText.line(notes.tickets.joined(separator: ", ")))")
            }
            return lines
        }
    }

    static func lines(of changes: [Change], sign: String) -> [String] {
        var table = Table(indent: 2)
        for change in changes {
            let id = SafeText.line(change.id.prefix(12))
            table.add(
                sign,
                id,
                SafeText.line(change.ticket),
                "\(SafeText.line(change.title)) (\(SafeText.line(change.author)))"
            )
        }
        return table.lines
    }
}
