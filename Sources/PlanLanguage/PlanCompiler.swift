import StructuredText
import TrainModel

/// Turns the text of a plan into an immutable `Plan`, or into everything that is wrong with it.
///
/// The language is described in `docs/plan-language.md`.
public enum PlanCompiler {
    /// The version of the language that is read: `wavetrain: 1`.
    public static let languageVersion = 1

    /// Compiles a plan, and reads what it names on the way; the sources that were read come with the compiled plan.
    ///
    /// - Parameters:
    ///   - main: The bytes of the plan's own file, UTF-8, at most 1 MiB.
    ///   - file: What the problems call it; it is not opened.
    ///   - read: Gives the bytes of another file by its path, relative to the plan's own folder, or throws why it
    ///     cannot; the error's description becomes part of a problem.
    public static func compile(
        main: [UInt8],
        file: String,
        read: @escaping (_ path: String) throws -> [UInt8]
    ) -> Result<CompiledPlan, Problems> {
        let problems = ProblemCollector()
        let sources = SourceReader(file: file, main: main, problems, read: read)
        let plan = YAMLText.read(main, file: file, problems).flatMap { node in
            let joined = Includes(sources: sources, problems: problems).joined(into: node)
            return Shape.plan.read(joined, "the plan", problems)
        }
        let compiled = plan.map {
            CompiledPlan($0, sources: PlanSources(file: file, main: main, others: sources.files))
        }
        compiled?.checkSize(problems)
        if let found = problems.problems { return .failure(found) }
        guard let compiled else { return .failure(Problems(Problem(.start(of: file), .badValue, "holds no plan"))) }
        return .success(compiled)
    }

    /// Compiles what was gathered before; nothing else is read.
    public static func compile(_ sources: PlanSources) -> Result<CompiledPlan, Problems> {
        compile(main: sources.main, file: sources.file) { path throws(MissingSource) in
            guard let file = sources.others.first(where: { $0.path == path }) else { throw MissingSource() }
            return file.bytes
        }
    }

    /// Compiles a plan that names no other file.
    public static func compile(source: [UInt8], file: String) -> Result<CompiledPlan, Problems> {
        compile(PlanSources(file: file, main: source))
    }

    /// Compiles a plan that names no other file.
    public static func compile(source: String, file: String) -> Result<CompiledPlan, Problems> {
        compile(source: Array(source.utf8), file: file)
    }
}

private struct MissingSource: Error, CustomStringConvertible {
    let description = "it did not come with the plan"
}

extension CompiledPlan {
    /// The event that starts a release holds the whole plan, and must fit 4 MiB in a form that is somewhat longer.
    private static let canonicalBytes_max = 2 << 20

    fileprivate func checkSize(_ problems: ProblemCollector) {
        let size_bytes = canonicalText.utf8.count
        guard size_bytes > Self.canonicalBytes_max else { return }
        problems.add(
            .start(of: sources.file),
            .planTooLarge,
            "with everything inherited written out the plan has \(size_bytes) bytes, "
                + "more than the \(Self.canonicalBytes_max) that a release can keep",
            remedy: "split it, or say less in each wave"
        )
    }
}

extension Shape where Value == Plan {
    static var plan: Shape {
        .mapping { fields in
            // In another version of the language the other keys may mean something else.
            let version = fields.required("wavetrain", .languageVersion, "The version of this language.")
            guard version != nil || !fields.has("wavetrain") else {
                fields.ignoreTheRest()
                return nil
            }
            _ = fields.optional("include", .includes, "Files with more keys of this plan, such as shared parts.")
            let name = fields.required("plan", Shape<PlanName>.name("plan"), "What the plan is called.")
            let team = fields.optional("team", Shape<GroupName>.name("team"), "Who owns the change.")
            let artifact = fields.optional("artifact", .artifact, "What is deployed.") ?? ArtifactRule()
            let services = fields.required("services", .services(of: artifact), "What is deployed in each region.")
            let settings = Settings.read(fields)
            let stages = fields.required("stages", .stages(within: settings), "The environments, in order.")
            guard let name, let services, let stages else { return nil }
            return Plan(
                name: name,
                team: team?.text ?? "",
                versionPattern: artifact.versionPattern,
                services: services,
                stages: stages.map(\.stage)
            )
        }
    }
}
