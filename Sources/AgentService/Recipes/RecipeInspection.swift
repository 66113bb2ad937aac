import Bundles
import Glibc
import TimeAndChance
import TrainModel

/// What can be seen of a recipe without running its hooks.
struct RecipeInspection: Sendable {
    /// Nil: it cannot be read.
    private(set) var manifest: BundleManifest?
    var report = DiagnosisReport()

    /// - Parameters:
    ///   - name: under which the host allows it; nil: whatever its manifest says.
    ///   - variables: the host's own.
    init(folder: String, name: RecipeName?, variables: [String: String]) async {
        do {
            let manifest = try BundleManifest.read(folder: folder)
            self.manifest = manifest
            report.add(Self.judgeName(manifest, name))
            report.add(Self.judgeHooks(manifest))
            report.add(Self.judgePrograms(manifest, variables))
        } catch {
            report.add(.fail("manifest", "\(error)", remedy: "mend it, or name the recipe's own folder in agent.yaml"))
        }
        report.add(Self.judgeWriters(folder))
        if let manifest { report.add(await Self.judgeScripts(manifest, folder)) }
    }

    private static func judgeName(_ manifest: BundleManifest, _ name: RecipeName?) -> ReportLine {
        let own = manifest.service.text
        guard let name, name.text != own else { return .ok("manifest", "of the recipe \(own)") }
        return .fail(
            "manifest",
            "it is of \(own), not of \(name)",
            remedy: "name the recipe's own folder in agent.yaml"
        )
    }

    private static func judgeHooks(_ manifest: BundleManifest) -> ReportLine {
        let names = BundleManifest.HookName.allCases.filter { manifest.hooks[$0] != nil }.map(\.rawValue)
        let words = names.isEmpty ? "none" : names.joined(separator: ", ")
        guard let start = manifest.hooks[.start] else {
            return .fail(
                "hooks",
                "it has \(words), and no start",
                remedy: "nothing would bring the artifact: add start"
            )
        }
        guard let verify = manifest.hooks[.verify] else {
            return .fail("hooks", "it has \(words), and no verify", remedy: "nobody would know what runs: add verify")
        }
        guard verify.isRepeatable else {
            return .warn("hooks", "\(words); verify is not repeatable", remedy: "it only looks: say repeatable: true")
        }
        guard start.isRepeatable else {
            let remedy = "a crash of the agent in the middle of it leaves the outcome unknown, until a person looks"
            return .warn("hooks", "\(words); start is not repeatable", remedy: remedy)
        }
        return .ok("hooks", words)
    }

    private static func judgePrograms(_ manifest: BundleManifest, _ variables: [String: String]) -> ReportLine {
        let missing = manifest.missingPrograms(variables: variables)
        guard missing.isEmpty else {
            let remedy = "install it, or say where it is in a host variable of its name"
            return .fail("needs", "\(missing.joined(separator: ", ")) is not on this host", remedy: remedy)
        }
        let found = manifest.needs.compactMap { choice in
            choice.lazy.compactMap { ProgramSearch.find($0, variables: variables) }.first
        }
        return .ok("needs", found.isEmpty ? "it names none" : found.joined(separator: ", "))
    }

    private static func judgeWriters(_ folder: String) -> ReportLine {
        do throws(AgentError) {
            guard let weakness = try Guarded.weakness(of: folder) else {
                return .ok("permissions", "nobody else may change it")
            }
            let remedy = "give it to root, and let nobody else write it: what stands there runs as the agent does"
            return .fail("permissions", weakness, remedy: remedy)
        } catch {
            return .fail("permissions", error)
        }
    }

    // MARK: Scripts

    /// Every hook must name an interpreter that is there, and what a shell will read must be a shell script.
    private static func judgeScripts(_ manifest: BundleManifest, _ folder: String) async -> ReportLine {
        var count = 0
        for name in Set(manifest.hooks.values.map { $0.command[0] }).sorted() {
            let path = "\(folder)/\(name)"
            do throws(AgentError) {
                guard let interpreter = try interpreter(of: path) else { continue }
                guard ProgramSearch.isProgram(interpreter) else {
                    let sentence = "\(name) is for \(interpreter.debugDescription), which this host has not"
                    return .fail("scripts", sentence, remedy: "mend its first line, or install the program")
                }
                if let mistake = await mistake(in: path, interpreter) {
                    return .fail("scripts", "\(name): \(mistake)", remedy: "mend the script")
                }
                count += 1
            } catch {
                return .fail("scripts", error)
            }
        }
        return .ok("scripts", count == 0 ? "the hooks are no scripts" : "\(count) can be read by their shells")
    }

    /// Nil for what is no script.
    private static func interpreter(of path: String) throws(AgentError) -> String? {
        let bytes = try Files.read(path, bytes_max: 64 << 20) ?? []
        guard bytes.starts(with: "#!".utf8) else { return nil }
        let line = String(decoding: bytes.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        return line.split(separator: " ").first.map(String.init) ?? ""
    }

    private static func mistake(in path: String, _ interpreter: String) async -> String? {
        guard let shell = interpreter.split(separator: "/").last, ["sh", "bash", "dash"].contains(shell) else {
            return nil
        }
        let call = HookCall(
            label: "reading it",
            command: [interpreter, "-n", path],
            folder: "/",
            environment: ["PATH": HookRunner.searchPath],
            timeout: .seconds(10),
            user: nil,
            mayLeaveProcesses: false
        )
        return await HookRunner(root: path).run(call).explainedFailure(of: call)?.sentence
    }
}
