import StructuredText
import TimeAndChance
import TrainModel

extension Shape where Value == [LaneRule] {
    /// Shorter ways for what cannot wait.
    static func lanes(_ words: Vocabulary) -> Shape {
        .named("lane", "a mapping of lanes") { (key: NamedKey<LaneKind>, fields) in
            let by = fields.required("by", .actors(words), "Who may start a release in this lane.")
            var artifacts = ArtifactRule()
            artifacts.versionPattern = fields.optional("version", .pattern, "What a version must look like here.") ?? ""
            artifacts.branchPatterns =
                fields.optional("branch", .branches, "Where an artifact must have been built.") ?? []
            let skips = fields.optional("skips", .knownStages(words), "Stages that are left out.")
            let ignoresWindows = fields.value(
                "ignores_windows",
                .bool,
                default: false,
                "Whether windows, freezes and debts do not hold."
            )
            let debt = fields.optional("debt", .paragraph, "What every release of the lane owes.")
            let quorum = fields.optional(
                "quorum",
                .integer(in: 2...20),
                "So many different people stand behind a release: whoever starts it, and others who approve."
            )
            guard let name = key.name, let by else { return nil }
            if let skips, skips.count == words.stages.count {
                fields.problems.add(
                    fields.place(of: "skips"),
                    .contradiction,
                    "\(key.label) skips every stage",
                    remedy: "leave one of them in"
                )
            }
            var lane = LaneRule(
                name: name,
                artifacts: artifacts,
                by: by,
                skips: skips ?? [],
                ignoresWindows: ignoresWindows,
                debt: debt ?? ""
            )
            lane.quorum = quorum
            return lane
        }
    }
}

extension Shape where Value == AdHocRule {
    static func adHoc(_ words: Vocabulary) -> Shape {
        .mapping { fields in
            let stages = fields.required("stages", .knownStages(words), "Where something may be tried.")
            let by = fields.required("by", .actors(words), "Who may try something.")
            let lifetime_max = fields.required(
                "at_most",
                .interval(in: .minutes(1) ... .days(90)),
                "After so long the stage returns to what the plan says."
            )
            guard let stages, let by, let lifetime_max else { return nil }
            return AdHocRule(stages: stages, by: by, lifetime_max: lifetime_max)
        }
    }
}

extension Shape where Value == BreakGlassRule {
    static func breakGlass(_ words: Vocabulary) -> Shape {
        .mapping { fields in
            let by = fields.required("by", .actors(words), "Who may open a gate in need.")
            let page = fields.required("page", .actors(words), "Who is called when it happens.")
            let debt = fields.required("debt", .paragraph, "What is owed afterwards.")
            guard let by, let page, let debt else { return nil }
            return BreakGlassRule(by: by, page: page, debt: debt)
        }
    }
}

extension Shape where Value == [StageName] {
    fileprivate static func knownStages(_ words: Vocabulary) -> Shape {
        let remedy = "name a stage of this plan"
        return oneOrMore("stage", Shape<StageName>.reference(to: "stage", in: words.stages, words, remedy: remedy))
    }
}
