import Calendars
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
    ///   - readZone: Gives a time zone by its name, or throws why it cannot; never asked for UTC.
    public static func compile(
        main: [UInt8],
        file: String,
        read: @escaping (_ path: String) throws -> [UInt8],
        readZone: @escaping (_ name: String) throws -> Zone
    ) -> Result<CompiledPlan, Problems> {
        let problems = ProblemCollector()
        let sources = SourceReader(file: file, main: main, problems, read: read)
        let plan = YAMLText.read(main, file: file, problems).flatMap { node in
            let joined = Includes(sources: sources, problems: problems).joined(into: node)
            return Shape.plan(sources, readZone: once(readZone)).read(joined, "the plan", problems)
        }
        let compiled = plan.flatMap { plan in
            seal(plan, PlanSources(file: file, main: main, others: sources.files), problems)
        }
        if let found = problems.problems { return .failure(found) }
        guard let compiled else { return .failure(Problems(Problem(.start(of: file), .badValue, "holds no plan"))) }
        return .success(compiled)
    }

    /// Each zone is read once, however often a plan names it.
    private static func once(_ readZone: @escaping (String) throws -> Zone) -> (String) throws -> Zone {
        var known: [String: Zone] = [:]
        return { name in
            if let zone = known[name] { return zone }
            let zone = try readZone(name)
            known[name] = zone
            return zone
        }
    }

    private static func seal(
        _ plan: Plan,
        _ sources: PlanSources,
        _ problems: ProblemCollector
    ) -> CompiledPlan? {
        do {
            let compiled = try CompiledPlan(plan, sources: sources)
            compiled.checkSize(problems)
            return compiled
        } catch {
            problems.add(.start(of: sources.file), .badValue, "cannot be encoded: \(error)")
            return nil
        }
    }

    /// Compiles what was gathered before; no other file is read.
    public static func compile(
        _ sources: PlanSources,
        readZone: @escaping (_ name: String) throws -> Zone
    ) -> Result<CompiledPlan, Problems> {
        compile(
            main: sources.main,
            file: sources.file,
            read: { path in
                guard let file = sources.others.first(where: { $0.path == path }) else { throw Missing.source }
                return file.bytes
            },
            readZone: readZone
        )
    }

    /// Compiles a plan that names no other file and no time zone but UTC.
    public static func compile(source: String, file: String) -> Result<CompiledPlan, Problems> {
        compile(source: Array(source.utf8), file: file)
    }

    /// Compiles a plan that names no other file and no time zone but UTC.
    public static func compile(source: [UInt8], file: String) -> Result<CompiledPlan, Problems> {
        compile(PlanSources(file: file, main: source), readZone: { _ in throw Missing.zone })
    }
}

/// What a compilation was not given.
private enum Missing: Error, CustomStringConvertible {
    case source, zone

    var description: String {
        switch self {
        case .source: "it did not come with the plan"
        case .zone: "no time zone but UTC is at hand"
        }
    }
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
