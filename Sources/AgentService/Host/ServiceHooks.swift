import Bundles
import HostDecisions
import Synchronization
import TimeAndChance
import TrainModel

/// Runs the hooks of releases on this host, as their manifests declare them.
struct ServiceHooks: Sendable {
    let runner: HookRunner
    let directories: ReleaseDirectories
    let identity: HostIdentity
    let configuration: AgentConfiguration
    private let manifests = ManifestShelf()

    init(
        runner: HookRunner,
        directories: ReleaseDirectories,
        identity: HostIdentity,
        configuration: AgentConfiguration
    ) {
        self.runner = runner
        self.directories = directories
        self.identity = identity
        self.configuration = configuration
    }

    /// A deployment that something is done with.
    struct Subject: Sendable {
        let service: ServiceName
        let deployment: Deployment
        /// What the host ran when the order came.
        let previous: Version?
        let variables: ServiceVariables
        /// The release directory.
        let folder: String
        /// Where the recipe's hooks stand; nil: a bundle, or a recipe that this host does not allow.
        let recipeFolder: String?
    }

    func subject(
        _ service: ServiceName,
        _ deployment: Deployment,
        for purpose: Purpose,
        previous: Version? = nil
    ) -> Subject {
        Subject(
            service: service,
            deployment: deployment,
            previous: previous,
            variables: ServiceVariables(
                identity: identity,
                service: service,
                deployment: deployment,
                purpose: purpose,
                ofHost: configuration.variables(of: service)
            ),
            folder: directories.path(of: deployment.release, service),
            recipeFolder: deployment.recipe.flatMap { configuration.recipes[$0.name] }
        )
    }

    /// Nil where there is no such hook. `timeout_max` shortens the hook's own limit.
    func run(
        _ name: HookName,
        _ subject: Subject,
        timeout_max: Interval,
        said: @escaping @Sendable (String) -> Void = { _ in }
    ) async -> MoveEnd? {
        if subject.service == .agent {
            return name == .verify ? MoveEnd(OwnProgram(root: directories.root).verify(subject.deployment)) : nil
        }
        let manifest: BundleManifest
        do {
            manifest = try await self.manifest(of: subject)
        } catch {
            return MoveEnd(MoveResult(.failed(code: "hooks-unreadable", sentence: "\(error)")))
        }
        guard let hook = manifest.hooks[name.inManifest] else { return nil }
        var call = call(
            [Self.path(of: hook.command[0], in: subject.recipeFolder ?? subject.folder)] + hook.command.dropFirst(),
            label: "the \(name) hook",
            timeout: min(hook.timeout, timeout_max),
            subject,
            user: manifest.user,
            mayLeaveProcesses: name == .start
        )
        call.said = said
        let result = await runner.run(call)
        let flaw = name == .verify ? result.versionFlaw(of: call) : nil
        let isWayBack = subject.variables.purpose == .return
        let failure = result.explainedFailure(of: call) ?? (isWayBack ? nil : flaw)
        let verdict: MoveResult.Verdict = failure.map { .failed(code: $0.code, sentence: $0.sentence) } ?? .passed
        return MoveEnd(
            MoveResult(
                verdict,
                outputTail: result.output.tail,
                links: manifest.links + result.output.links,
                version: result.output.version,
                sawNothing: isWayBack && flaw != nil ? true : nil
            ),
            signs: verdict == .passed ? FailureSigns() : result.signs
        )
    }

    /// What the release, or the recipe that brought it, says of itself. A recipe is the host's own and is read each time:
    /// whoever mends it need not start the agent again.
    func manifest(of subject: Subject) async throws -> BundleManifest {
        let digest = subject.deployment.artifact.digest
        if subject.deployment.recipe != nil { return try await DiskThreads.run { try recipeManifest(of: subject) } }
        if let manifest = manifests[digest] { return manifest }
        let manifest = try await DiskThreads.run { try BundleManifest.read(folder: subject.folder) }
        manifests[digest] = manifest
        return manifest
    }

    /// So that what was read while unpacking is not read again.
    func keep(_ manifest: BundleManifest, of digest: Digest) { manifests[digest] = manifest }

    /// Blocks. Throws where the host does not allow the recipe, or its folder is not that recipe's.
    func recipeManifest(of subject: Subject) throws -> BundleManifest {
        let name = subject.deployment.recipe?.name.text ?? ""
        guard let folder = subject.recipeFolder else {
            throw AgentError(
                .badConfiguration,
                at: "recipes",
                "this host does not allow the recipe \(name)",
                remedy: "name its folder under recipes in agent.yaml and start the agent again"
            )
        }
        do {
            try Guarded.check(folder)
            let manifest = try BundleManifest.read(folder: folder)
            let programs = BundleManifest.HookName.allCases.compactMap { manifest.hooks[$0]?.command[0] }
            for program in programs where program.hasPrefix("/") { try Guarded.check(program) }
            guard manifest.service.text == name else {
                throw AgentError(
                    .badConfiguration,
                    at: "\(folder)/\(BundleManifest.fileName)",
                    "it is of \(manifest.service), not of the recipe \(name)",
                    remedy: "name the recipe's own folder under recipes in agent.yaml"
                )
            }
            return manifest
        } catch let error as BundleError {
            throw AgentError(.badConfiguration, at: folder, "\(error)", remedy: "mend the recipe \(name)")
        }
    }

    /// A program to run with the variables of the deployment. `folder`: nil: the release directory.
    func call(
        _ command: [String],
        label: String,
        timeout: Interval,
        _ subject: Subject,
        folder: String? = nil,
        user: String? = nil,
        mayLeaveProcesses: Bool = false
    ) -> HookCall {
        HookCall(
            label: label,
            command: Self.command(command, of: subject),
            folder: folder ?? subject.folder,
            environment: subject.variables.environment(
                folder: subject.folder,
                recipeFolder: subject.recipeFolder,
                previous: subject.previous
            ),
            timeout: timeout,
            user: configuration.user(of: subject.service) ?? user,
            mayLeaveProcesses: mayLeaveProcesses
        )
    }

    /// What a recipe brings holds no programs: those that its checks and look-ups name stand beside its hooks.
    private static func command(_ command: [String], of subject: Subject) -> [String] {
        guard let folder = subject.recipeFolder, command[0].contains("/") else { return command }
        return [path(of: command[0], in: folder)] + command.dropFirst()
    }

    /// The manifest names programs relative to its own folder.
    private static func path(of program: String, in folder: String) -> String {
        program.hasPrefix("/") ? program : "\(folder)/\(program)"
    }
}

/// Manifests that have been read: what has a digest does not change.
private final class ManifestShelf: Sendable {
    private static let count_max = 32
    private let manifests = Mutex<[Digest: BundleManifest]>([:])

    subscript(digest: Digest) -> BundleManifest? {
        get { manifests.withLock { $0[digest] } }
        set {
            manifests.withLock { manifests in
                if manifests.count >= Self.count_max { manifests = [:] }
                manifests[digest] = newValue
            }
        }
    }
}

extension HookName {
    var inManifest: BundleManifest.HookName {
        switch self {
        case .drain: .drain
        case .stop: .stop
        case .install: .install
        case .start: .start
        case .verify: .verify
        }
    }
}

extension DeclaredHooks {
    init(_ manifest: BundleManifest) {
        func repetition(_ name: BundleManifest.HookName) -> Repetition? {
            manifest.hooks[name].map { $0.isRepeatable ? .repeatable : .once }
        }
        self.init(
            drain: repetition(.drain),
            stop: repetition(.stop),
            install: repetition(.install),
            start: repetition(.start),
            verify: repetition(.verify)
        )
    }
}
