import Calendars
import StructuredText
import TrainModel

/// What a plan says beyond its services and stages.
struct PlanParts {
    private var needsDescription = false
    private var rotations: [Rotation<PersonName>] = []
    private var freezes: [Freeze] = []
    private var failures: [FailureRule] = []
    private var notices: [NoticeRule] = []
    private var train: TrainRule?
    private var lanes: [LaneRule] = []
    private var adHoc: AdHocRule?
    private var breakGlass: BreakGlassRule?
    private var newerRelease = NewerReleaseWord.supersedesWaiting
    private var maturity: [MaturityLevel] = []
    private var namingRules: [NamingRule] = []

    static func read(_ fields: Fields, _ words: Vocabulary) -> PlanParts {
        var parts = PlanParts()
        let description = fields.optional(
            "description",
            .oneOf(DescriptionWord.self),
            "Whether a release must say what it is for."
        )
        parts.needsDescription = description == .required
        parts.rotations = fields.optional("rotations", .rotations(words), "Who is on call when.") ?? []
        parts.freezes = fields.optional("freezes", .freezes(words), "Times in which nothing starts.") ?? []
        parts.failures = fields.optional("failures", .failures(words), "What is known about failures.") ?? []
        parts.notices = fields.optional("notify", .notices, "Who hears of what.") ?? []
        parts.train = fields.optional("train", .train(words), "When releases leave by themselves, and with what.")
        parts.lanes = fields.optional("lanes", .lanes(words), "Shorter ways for what cannot wait.") ?? []
        parts.adHoc = fields.optional("ad_hoc", .adHoc(words), "Where something may be tried for a while.")
        parts.breakGlass = fields.optional("break_glass", .breakGlass(words), "Who may open a gate in need.")
        parts.newerRelease = fields.value(
            "newer_release",
            .oneOf(),
            default: .supersedesWaiting,
            "What a newer release means for an older one that waits."
        )
        parts.maturity = fields.optional("maturity", .maturity, "What a release is called by its quality.") ?? []
        parts.namingRules = fields.optional("names", .namingRules, "What texts of a key must look like.") ?? []
        return parts
    }

    func join(_ plan: inout Plan) {
        plan.needsDescription = needsDescription
        for rotation in rotations {
            if let name = RotationName(rotation.name) { plan.rotations[name] = rotation }
        }
        plan.freezes = freezes
        plan.failures = failures
        plan.notices = notices
        plan.train = train
        plan.lanes = lanes
        plan.adHoc = adHoc
        plan.breakGlass = breakGlass
        plan.newerRelease = newerRelease.rule
        plan.maturity = maturity
        plan.namingRules = namingRules
    }
}
