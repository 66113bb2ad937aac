import StructuredText
import TimeAndChance
import TrainModel

extension Shape where Value == EvidenceRule {
    /// `evidence: unit-tests`, or a mapping with what the attestation must say.
    static func evidence(_ words: Vocabulary) -> Shape {
        let long = Shape.mapping { fields in
            let predicate = fields.required(
                "predicate",
                Shape<PredicateName>.name("predicate"),
                "The attestation's kind."
            )
            let by = fields.optional("by", .actors(words), "Who may attest; else every operator.")
            let conditions = fields.optional("where", .conditions, "What its fields must be.")
            let notOlderThan = fields.value(
                "not_older_than",
                .age(words),
                default: .build,
                "build, or the last time that a stage had this version."
            )
            let age_max = fields.optional("at_most", .interval(in: .seconds(1) ... .days(365)), "How old it may be.")
            let waiver = fields.optional("waiver", .actors(words), "Who may let a release go without it.")
            guard let predicate else { return nil }
            var rule = EvidenceRule(predicate: predicate)
            rule.by = by ?? []
            rule.conditions = conditions ?? []
            rule.notOlderThan = notOlderThan
            rule.age_max = age_max
            rule.waiverBy = waiver ?? []
            return rule
        }
        let short = Shape<PredicateName>.name("predicate").map { EvidenceRule(predicate: $0) }
        return either("a predicate, or a mapping of predicate, where and more", short: short, long: long)
    }
}

extension Shape where Value == EvidenceRule.Age {
    /// `build`, a stage of this plan, or a mapping of `plan` and `stage`.
    fileprivate static func age(_ words: Vocabulary) -> Shape {
        let stage = Shape<StageReference>.stageReference(words).map {
            EvidenceRule.Age.deployment(plan: $0.plan, stage: $0.stage)
        }
        return Shape(
            "build, or a stage",
            schema: { Schema.any(of: [Schema.word(of: ["build"]), stage.schema($0)]) }
        ) { node, label, problems in
            node.scalar?.text == "build" ? .build : stage.read(node, label, problems)
        }
    }
}

extension Shape where Value == ChangesRule {
    /// `changes: signed-off`, or a mapping with who signs and who may waive.
    static func changes(_ words: Vocabulary) -> Shape {
        let long = Shape.mapping { fields in
            let predicate = fields.required(
                "signed_off",
                Shape<PredicateName>.name("predicate"),
                "The kind of attestation that every change must have."
            )
            let by = fields.optional("by", .actors(words), "Who may attest; else every operator.")
            let waiver = fields.optional("waiver", .actors(words), "Who may let a release go without it.")
            guard let predicate else { return nil }
            var rule = ChangesRule(predicate: predicate)
            rule.by = by ?? []
            rule.waiverBy = waiver ?? []
            return rule
        }
        let short = Shape<PredicateName>.name("predicate").map { ChangesRule(predicate: $0) }
        return either("a predicate, or a mapping of signed_off, by and waiver", short: short, long: long)
    }
}
