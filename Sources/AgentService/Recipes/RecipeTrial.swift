import Bundles
import FoundationEssentials
import Glibc
import HostDecisions
import TimeAndChance
import TrainModel

/// What a recipe is tried with.
public struct RecipeTrialWishes: Sendable {
    /// The recipe's folder, absolute.
    public var folder: String
    /// Nil: the recipe's name.
    public var service: ServiceName?
    public var first: TrialArtifact
    public var second: TrialArtifact
    /// Of the orders.
    public var variables: [String: String] = [:]
    /// Of the host, as in `agent.yaml`.
    public var hostVariables: [String: String] = [:]
    /// The hook that is made to fail once, when its own work is done; nil: none.
    public var failing: BundleManifest.HookName? = .start
    /// Some tools restart nothing.
    public var isRestarted = true
    /// For each order.
    public var timeout = Interval.minutes(10)

    public init(folder: String, first: TrialArtifact, second: TrialArtifact) {
        self.folder = folder
        self.first = first
        self.second = second
    }
}

/// A version that the trial deploys.
public struct TrialArtifact: Hashable, Sendable {
    public let version: Version
    public let reference: String
    public let digest: Digest

    public init(version: Version, reference: String, digest: Digest) {
        self.version = version
        self.reference = reference
        self.digest = digest
    }
}

/// Exercises a recipe against a host of its own: a real agent in a temporary root, with orders as a controller gives them.
///
/// What the recipe brings is real: it ends with the first version in place.
public enum RecipeTrial {
    /// - Returns: what held of the contract in `agents/recipes/README.md`.
    public static func run(_ wishes: RecipeTrialWishes) async throws -> DiagnosisReport {
        var inspection = await RecipeInspection(folder: wishes.folder, name: nil, variables: wishes.hostVariables)
        guard let manifest = inspection.manifest, let name = RecipeName(manifest.service.text),
            manifest.hooks[.start] != nil, manifest.hooks[.verify] != nil
        else { return inspection.report }
        let root = try temporaryRoot()
        do {
            let course = try TrialCourse(wishes, recipe: name, manifest, root: root)
            inspection.report.add(try await course.run())
        } catch {
            try Files.remove(root)
            throw error
        }
        try Files.remove(root)
        return inspection.report
    }

    private static func temporaryRoot() throws -> String {
        var template = Array("/tmp/wavetrain-recipe.XXXXXX".utf8CString)
        // The template, filled in; nil where the folder cannot be made.
        guard mkdtemp(&template) != nil else { throw AgentError.system(errno, "making a folder", "/tmp") }
        return String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// A copy of a recipe of which one hook can be made to fail.
struct TrialRecipe: Sendable {
    let folder: String
    private static let suffix = ".tried"

    /// Copies the recipe; blocks.
    init(copying source: String, to folder: String) throws {
        try Files.makeFolder(Files.parent(of: folder))
        try FileManager.default.copyItem(atPath: source, toPath: folder)
        self.folder = folder
    }

    /// Until it is mended the hook fails after its work, on the way forward only: the hardest place to come back from.
    func makeFail(_ hook: BundleManifest.Hook) throws {
        let program = "\(folder)/\(hook.command[0])"
        // It is watched meanwhile: there is a program under its name at any instant. 0, or -1.
        guard link(program, program + Self.suffix) == 0 else { throw AgentError.system(errno, "linking", program) }
        let arguments = hook.command.dropFirst().joined(separator: " ").replacing("'", with: "'\\''")
        let script = """
            #!/bin/sh
            "$0\(Self.suffix)" "$@" || exit $?
            [ "$WAVETRAIN_ACTION" != deploy ] || [ "$*" != '\(arguments)' ] || {
                echo 'made to fail by the trial' >&2
                exit 1
            }

            """
        try Files.replace(program, with: Array(script.utf8), mode: 0o755)
    }

    func mend(_ hook: BundleManifest.Hook) throws {
        let program = "\(folder)/\(hook.command[0])"
        try Files.rename(program + Self.suffix, to: program)
    }
}
