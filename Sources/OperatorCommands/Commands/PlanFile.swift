import PlanLanguage
import StructuredText
import TrainModel

/// A plan on this machine's disk, with the files that it names.
enum PlanFile {
    static let bytes_max = 1 << 20

    /// - Throws: `CommandFailure` with every mistake of the plan.
    static func compile(_ path: String) throws -> CompiledPlan {
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
        let compiled = PlanCompiler.compile(
            main: try LocalFile.read(path, bytes_max: bytes_max, remedy: "name a plan's file, such as plan.yaml"),
            file: path,
            read: { try readNamed(folder + $0) },
            readZone: { try ZoneDatabase.zone(named: $0) }
        )
        switch compiled {
        case .success(let compiled): return compiled
        case .failure(let problems): throw failure(path, problems)
        }
    }

    private static func failure(_ file: String, _ problems: Problems) -> CommandFailure {
        let count = problems.all.count + problems.omitted_count
        return CommandFailure("\(file) has \(count.counted("mistake"))", problems: problems.all)
    }

    /// Why it cannot be read becomes part of the problem that the compiler makes of it.
    private static func readNamed(_ path: String) throws -> [UInt8] {
        do {
            return try LocalFile.read(path, bytes_max: PlanSources.fileBytes_max, remedy: "")
        } catch let failure as CommandFailure {
            throw Reason(description: failure.sentence)
        }
    }

    private struct Reason: Error, CustomStringConvertible {
        let description: String
    }
}

/// A plan by its file, or by the name under which the controller knows it.
struct PlanReference {
    let text: String

    /// Nil: it is a file's.
    private var name: PlanName? {
        LocalFile.exists(text) || text.hasSuffix(".yaml") || text.hasSuffix(".yml") ? nil : PlanName(text)
    }

    /// What a request says of it.
    func value() throws -> JSONValue {
        guard let name else { return try PlanFile.compile(text).sources.value }
        return .string(name.text)
    }

    /// Asks the controller only for a name.
    func plan(_ client: () throws -> ControllerClient) async throws -> (plan: Plan, digest: Digest) {
        guard let name else {
            let compiled = try PlanFile.compile(text)
            return (compiled.plan, compiled.digest)
        }
        let view = try await client().plan(name)
        return (view.plan, view.digest)
    }
}
