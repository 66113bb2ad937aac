import AgentService
import ArgumentParser
import Bundles
import Cryptography
import Glibc
import TimeAndChance
import TrainModel

struct Recipe: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recipe",
        abstract: "Work with recipes.",
        subcommands: [RecipeTest.self]
    )
}

struct RecipeTest: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test",
        abstract: "Exercise a recipe against a host of its own, and say what held of the contract.",
        discussion: """
            A real agent in a temporary root deploys a version, another, the same once more, restarts it, rolls back to the \
            first, and has a step fail. What the recipe brings is real too: it ends with the first version in place. Ends \
            with 1 where something of the contract did not hold.
            """
    )

    @Argument(help: "The recipe's folder.", completion: .directory)
    var folder: String
    @Option(help: "The first version.")
    var version = "1.0"
    @Option(help: "Where the first version is, as `wavetrain artifact register --reference` takes it.")
    var reference = ""
    @Option(
        help: "SHA-256 of the first version, 64 hexadecimal digits; by default that of its reference, or one made up."
    )
    var digest: String?
    @Option(help: "The version after it.")
    var nextVersion = "1.1"
    @Option(help: "Where the version after it is.")
    var nextReference = ""
    @Option(help: "SHA-256 of the version after it.")
    var nextDigest: String?
    @Option(name: .customLong("set"), help: "A variable of the orders, as key=value. May be repeated.")
    var variables: [String] = []
    @Option(name: .customLong("host-var"), help: "A variable of the host, as key=value. May be repeated.")
    var hostVariables: [String] = []
    @Option(help: "What the service is called; by default as the recipe.")
    var service: String?
    @Option(help: "The hook that fails once, when its work is done: install, start or verify; \"none\": none does.")
    var failing = "start"
    @Flag(help: "Do not ask for a restart.")
    var withoutRestart = false
    @Option(help: "For each order, as in 10m.")
    var timeout = "10m"
    @OptionGroup var output: OutputChoice

    func run() async throws {
        let wishes = try wishes()
        var hasFailed = false
        try await reporting {
            let report = try await RecipeTrial.run(wishes)
            print(output.text(of: report))
            hasFailed = report.hasFailed
        }
        if hasFailed { throw ExitCode(1) }
    }

    private func wishes() throws -> RecipeTrialWishes {
        var wishes = RecipeTrialWishes(
            folder: try absolute(folder),
            first: try artifact(version, reference, digest),
            second: try artifact(nextVersion, nextReference, nextDigest)
        )
        guard wishes.first.version != wishes.second.version, wishes.first.digest != wishes.second.digest else {
            throw ValidationError("the two versions, and their digests, must differ")
        }
        wishes.variables = try pairs(variables, "--set")
        wishes.hostVariables = try pairs(hostVariables, "--host-var")
        wishes.isRestarted = !withoutRestart
        if let service {
            guard let name = ServiceName(service) else { throw ValidationError("--service: \(NameRule.sentence)") }
            wishes.service = name
        }
        guard let limit = Interval(timeout), limit > .zero else { throw ValidationError("--timeout is a time, as 10m") }
        wishes.timeout = limit
        wishes.failing = BundleManifest.HookName(rawValue: failing)
        guard failing == "none" || [.install, .start, .verify].contains(wishes.failing) else {
            throw ValidationError("--failing is install, start, verify or none")
        }
        return wishes
    }

    private func absolute(_ path: String) throws -> String {
        // The path, resolved; nil where it is not there.
        guard let resolved = realpath(path, nil) else {
            throw ValidationError("\(path): \(String(cString: strerror(errno)))")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private func artifact(_ version: String, _ reference: String, _ digest: String?) throws -> TrialArtifact {
        guard let named = Version(version) else { throw ValidationError("\(version) is no version") }
        let pinned = reference.split(separator: "@").last.flatMap {
            $0.hasPrefix("sha256:") ? String($0.dropFirst(7)) : nil
        }
        guard let text = digest ?? pinned else {
            return TrialArtifact(version: named, reference: reference, digest: SHA256.digest(of: version.utf8))
        }
        guard let known = Digest(hex: text) else {
            throw ValidationError("\(text) is no SHA-256: 64 hexadecimal digits")
        }
        return TrialArtifact(version: named, reference: reference, digest: known)
    }

    private func pairs(_ texts: [String], _ option: String) throws -> [String: String] {
        var pairs: [String: String] = [:]
        for text in texts {
            guard let sign = text.firstIndex(of: "="), sign > text.startIndex else {
                throw ValidationError("\(option) is key=value, not \(text)")
            }
            pairs[String(text[..<sign])] = String(text[text.index(after: sign)...])
        }
        return pairs
    }
}

struct OutputChoice: ParsableArguments {
    enum Form: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Option(help: "text or json.")
    var output = Form.text

    func text(of report: DiagnosisReport) -> String { output == .json ? report.json : report.table }
}
