import TimeAndChance
import TrainModel

extension Shown {
    static func train(_ train: TrainView) -> Shown { .view(train, lines: TrainText.lines(train)) }

    static func schedule(_ schedule: ScheduleView) -> Shown { .view(schedule, lines: TrainText.lines(schedule)) }

    static func candidates(_ candidates: [CandidateView]) -> Shown {
        guard !candidates.isEmpty else {
            return .view(candidates, lines: ["no candidates; `wavetrain candidate cut` cuts one"])
        }
        var lines: [String] = []
        for view in candidates {
            let by = view.by.map { " by \($0)" } ?? ""
            let candidate = view.candidate
            lines.append(
                "\(candidate.tag)   version \(candidate.version)   cut \(TimeText.minute(view.at))\(by)   "
                    + candidate.changes.count.counted("change")
            )
            lines += NotesText.lines(of: candidate.changes, sign: "+")
        }
        return .view(candidates, lines: lines)
    }

    static func suggestion(_ suggestion: SuggestionView) -> Shown {
        var lines: [String] = []
        switch (suggestion.tag, suggestion.version) {
        case (let tag?, let version?) where tag == version: lines.append("\(version) is fully verified")
        case (let tag?, let version?): lines.append("\(tag) (version \(version)) is fully verified")
        default: lines.append("nothing of \(suggestion.plan) is fully verified")
        }
        for newer in suggestion.newer {
            lines.append("  newer: \(newer.tag)")
            lines += newer.missing.map { "    \(SafeText.line($0))" }
        }
        return .view(suggestion, lines: lines)
    }

    static func debts(_ debts: [Debt], now: Instant) -> Shown {
        guard !debts.isEmpty else { return .view(debts, lines: ["nothing is owed"]) }
        return .view(debts, lines: TrainText.lines(of: debts, now: now))
    }

    static func alarms(_ schedule: ScheduleView) -> Shown {
        struct View: Encodable {
            let alarms: [Alarm]
            let notices: [Notice]
        }
        let view = View(alarms: schedule.alarms, notices: schedule.notices)
        guard !view.alarms.isEmpty || !view.notices.isEmpty else { return .view(view, lines: ["no alarms"]) }
        return .view(view, lines: TrainText.alarms(schedule))
    }

    static func freezes(_ freezes: [FreezeView]) -> Shown {
        .view(freezes, lines: freezes.isEmpty ? ["nothing is frozen"] : TrainText.lines(of: freezes))
    }

    /// - Parameter rotation: nil: all of them.
    static func oncall(_ schedule: ScheduleView, _ rotation: RotationName?) -> Shown {
        struct Line: Encodable {
            let plan: PlanName
            let oncall: OncallView
        }
        let found = schedule.trains.flatMap { train in
            train.oncall.filter { rotation == nil || $0.rotation == rotation }.map {
                Line(plan: train.plan, oncall: $0)
            }
        }
        guard !found.isEmpty else { return .view(found, lines: ["no registered plan has such a rotation"]) }
        var table = Table(header: ["rotation", "plan", "on call", "until", "then"])
        for line in found {
            table.add(
                line.oncall.rotation.text,
                line.plan.text,
                line.oncall.person?.text ?? "nobody",
                line.oncall.until.map(TimeText.minute) ?? "",
                line.oncall.next?.text ?? ""
            )
        }
        return .view(found, lines: table.lines)
    }
}
