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
    }

    func subject(_ service: ServiceName, _ deployment: Deployment, previous: Version? = nil) -> Subject {
        Subject(
            service: service,
            deployment: deployment,
            previous: previous,
            variables: ServiceVariables(
                identity: identity,
                service: service,
                deployment: deployment,
                ofHost: configuration.variables(of: service)
            ),
            folder: directories.path(of: deployment.artifact, service)
        )
    }

    /// Nil where the bundle has no such hook. `timeout_max` shortens the hook's own limit.
    func run(_ name: HookName, _ subject: Subject, timeout_max: Interval) async -> MoveResult? {
        let manifest: BundleManifest
        do {
            manifest = try await self.manifest(of: subject.deployment.artifact.digest, in: subject.folder)
        } catch {
            return MoveResult(.failed(code: "release-unreadable", sentence: "\(subject.folder): \(error)"))
        }
        guard let hook = manifest.hooks[name.inManifest] else { return nil }
        let call = call(
            [Self.path(of: hook.command[0], in: subject.folder)] + hook.command.dropFirst(),
            label: "the \(name) hook",
            timeout: min(hook.timeout, timeout_max),
            subject,
            user: manifest.user,
            mayLeaveProcesses: name == .start
        )
        let result = await runner.run(call)
        let verdict: MoveResult.Verdict =
            result.failure(of: call).map { .failed(code: $0.code, sentence: $0.sentence) } ?? .passed
        return MoveResult(
            verdict,
            outputTail: result.output.tail,
            links: manifest.links + result.output.links,
            version: result.output.version
        )
    }

    /// What the release in the folder, which is of this digest, says of itself.
    func manifest(of digest: Digest, in folder: String) async throws -> BundleManifest {
        if let manifest = manifests[digest] { return manifest }
        let manifest = try await DiskThreads.run { try BundleManifest.read(folder: folder) }
        manifests[digest] = manifest
        return manifest
    }

    /// A program to run in the release directory with the variables of the deployment.
    func call(
        _ command: [String],
        label: String,
        timeout: Interval,
        _ subject: Subject,
        user: String? = nil,
        mayLeaveProcesses: Bool = false
    ) -> HookCall {
        HookCall(
            label: label,
            command: command,
            folder: subject.folder,
            environment: subject.variables.environment(folder: subject.folder, previous: subject.previous),
            timeout: timeout,
            user: configuration.user(of: subject.service) ?? user,
            mayLeaveProcesses: mayLeaveProcesses
        )
    }

    /// The manifest names programs relative to the release directory.
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
