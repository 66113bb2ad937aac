import PlanLanguage
import TimeAndChance
import TrainModel

extension Shown {
    static func plan(_ plan: Plan, _ digest: Digest) -> Shown {
        struct View: Encodable {
            let plan: Plan
            let digest: Digest
        }
        let lines = "\(PlanPicture(plan))".split(separator: "\n", omittingEmptySubsequences: false)
        return .view(
            View(plan: plan, digest: digest),
            lines: lines.map { SafeText.line($0) } + ["", "digest \(digest)"]
        )
    }

    static func difference(_ difference: PlanDifference) -> Shown {
        let sentences = difference.sentences
        return .view(
            ["changes": sentences],
            lines: sentences.isEmpty ? ["both plans mean the same"] : sentences.map { SafeText.line($0) }
        )
    }

    static func plans(_ schedule: ScheduleView) -> Shown {
        guard !schedule.trains.isEmpty else {
            return .view(schedule.trains, lines: ["no plan is registered; `wavetrain plan register` registers one"])
        }
        var table = Table(header: ["plan", "train", "departs", "next", "registered", "digest"])
        for train in schedule.trains {
            table.add(
                train.plan.text,
                train.train?.text ?? "",
                SafeText.line(train.departs),
                train.nextDeparture.map(TimeText.minute) ?? "",
                "\(TimeText.age(schedule.at - train.registered)) ago by \(train.registeredBy)",
                train.planDigest.prefix
            )
        }
        return .view(schedule.trains, lines: table.lines)
    }
}
