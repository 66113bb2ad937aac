import StructuredText
import TimeAndChance
import TrainModel

extension Shape where Value == PrerequisiteRule {
    /// `stage: test` of this release, or `plan: images` with the `stage` that must have ended there; perhaps
    /// `healthy_for` some time.
    static func finished(_ words: Vocabulary) -> Shape {
        .mapping { fields in
            let plan = fields.optional("plan", Shape<PlanName>.name("plan"), "Another plan, of the same versions.")
            let stage = fields.optional(
                "stage",
                Shape<StageName>.name("stage").located,
                "The stage that must have ended well; for another plan the one of the same name."
            )
            let healthyFor = fields.value(
                "healthy_for",
                .interval(in: .zero ... .days(365)),
                default: .zero,
                "How long ago it must have ended at least."
            )
            if fields.has("plan"), plan != words.plan {
                guard let plan, let stage = words.stage(stage, of: plan, fields) else { return nil }
                return .finished(plan: plan, stage: stage, healthyFor: healthyFor)
            }
            if plan != nil, !fields.has("stage") {
                fields.problems.add(
                    fields.place(of: "plan"),
                    .contradiction,
                    "a stage cannot wait for itself",
                    remedy: "say which earlier \"stage\" of this plan is meant"
                )
            }
            guard let stage, words.comesBefore(stage, fields.problems) else { return nil }
            return .ownStage(stage.value, healthyFor: healthyFor)
        }
    }

    /// The stage whose versions this release must have, and no others.
    static func sameVersionAs(_ words: Vocabulary) -> Shape {
        let place = Shape<StageReference>.stageReference(words)
        return place.map { .sameVersionAs(plan: $0.plan, stage: $0.stage) }
    }
}

/// A stage of a plan.
struct StageReference {
    var plan: PlanName
    var stage: StageName
}

extension Shape where Value == StageReference {
    /// A stage of this plan by its name, or a mapping of `plan` and `stage`.
    static func stageReference(_ words: Vocabulary) -> Shape {
        let remedy = "name a stage of this plan, or a mapping of plan and stage"
        let own = Shape<StageName>.reference(to: "stage", in: words.stages, words, remedy: remedy)
        let short = own.flatMap { stage, _ in words.plan.map { StageReference(plan: $0, stage: stage) } }
        let long = Shape.mapping { fields in
            let plan = fields.required("plan", Shape<PlanName>.name("plan"), "Which plan.")
            let stage = fields.optional(
                "stage",
                Shape<StageName>.name("stage").located,
                "Which of its stages; else the one of the same name."
            )
            guard let plan, let stage = words.stage(stage, of: plan, fields) else { return nil }
            return StageReference(plan: plan, stage: stage)
        }
        return either("a stage of this plan, or a mapping of plan and stage", short: short, long: long)
    }
}

extension Vocabulary {
    /// The stage of another plan that is meant: the one named, or the one called as that whose parts are being read.
    fileprivate func stage(_ named: Located<StageName>?, of plan: PlanName, _ fields: Fields) -> StageName? {
        if fields.has("stage") { return named?.value }
        if let name = stage.flatMap({ StageName($0) }) { return name }
        fields.problems.add(
            fields.place(of: "plan"),
            .noStage,
            "the key \"stage\" is missing",
            remedy: "outside of a stage, say which stage of \(Problem.quote(plan.text)) is meant"
        )
        return nil
    }

    /// Whether a stage of this plan comes before the one whose parts are being read.
    fileprivate func comesBefore(_ name: Located<StageName>, _ problems: ProblemCollector) -> Bool {
        let text = Located(name.value.text, at: name.place)
        guard knows(text, in: stages, "stage", remedy: "name an earlier stage of this plan", problems) else {
            return false
        }
        guard let stage, let here = stages.firstIndex(of: stage), let there = stages.firstIndex(of: text.value) else {
            return true
        }
        guard there >= here else { return true }
        problems.add(
            name.place,
            .contradiction,
            "the stage \(Problem.quote(text.value)) does not come before \(Problem.quote(stage))",
            remedy: "a stage can only wait for earlier ones"
        )
        return false
    }
}
