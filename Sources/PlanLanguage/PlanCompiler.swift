import StructuredText
import TrainModel

/// Turns the text of a plan into an immutable `Plan`, or into everything that is wrong with it.
///
/// The language is described in `docs/plan-language.md`.
public enum PlanCompiler {
    /// The version of the language that is read: `wavetrain: 1`.
    public static let languageVersion = 1

    /// - Parameters:
    ///   - source: The plan's bytes, UTF-8, at most 1 MiB.
    ///   - file: What the problems call it; nothing is opened.
    public static func compile(source: [UInt8], file: String) -> Result<CompiledPlan, Problems> {
        let problems = ProblemCollector()
        let plan = YAMLText.read(source, file: file, problems).flatMap { read($0, problems) }
        if let found = problems.problems { return .failure(found) }
        guard let plan else { return .failure(Problems(Problem(.start(of: file), .badValue, "holds no plan"))) }
        return .success(CompiledPlan(plan))
    }

    public static func compile(source: String, file: String) -> Result<CompiledPlan, Problems> {
        compile(source: Array(source.utf8), file: file)
    }

    private static func read(_ node: Node, _ problems: ProblemCollector) -> Plan? {
        let fields = Fields(node, problems, label: "the plan")
        // In another version of the language the other keys may mean something else.
        guard isKnownVersion(fields) || !fields.has("wavetrain") else { return nil }
        let name = fields.required("plan", Shape<PlanName>.name("plan"))
        let team = fields.optional("team", Shape<GroupName>.name("team"))
        let artifact = fields.optional("artifact", .artifact) ?? ArtifactRule()
        let services = fields.required("services", .services(of: artifact))
        let settings = Settings.read(fields)
        let stages = fields.required("stages", .stages(within: settings))
        fields.finish()
        guard let name, let services, let stages else { return nil }
        return Plan(
            name: name,
            team: team?.text ?? "",
            versionPattern: artifact.versionPattern,
            services: services,
            stages: stages
        )
    }

    private static func isKnownVersion(_ fields: Fields) -> Bool {
        guard let version = fields.required("wavetrain", Shape<Int>.integer(in: 1...1_000).located) else {
            return false
        }
        guard version.value == languageVersion else {
            fields.problems.add(
                version.place,
                .unknownLanguageVersion,
                "the plan language \(version.value) is not known here",
                remedy: "this Wavetrain reads \"wavetrain: \(languageVersion)\""
            )
            return false
        }
        return true
    }
}
