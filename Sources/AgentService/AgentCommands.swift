import AgentLink
import Cryptography
import HostDecisions
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TrainModel
import UnixSignals

/// What the `wavetrain-agent` command does, without its words.
public enum AgentCommands {
    public static let version = Software.version

    /// Gets the host's first certificate. The key is made here, or taken from an earlier try.
    ///
    /// - Parameters:
    ///   - address: `host:port` of the controller's agent port.
    ///   - host: nil: the machine's own name up to its first dot.
    /// - Returns: who the host is now, in words.
    public static func enrol(
        _ configuration: AgentConfiguration,
        controller address: String,
        token: String,
        host: String?
    ) async throws -> String {
        let files = IdentityFiles(root: configuration.root)
        let lock = try ProcessLock(root: configuration.root)
        defer { lock.release() }
        guard try !files.isEnrolled else {
            throw AgentError(
                .alreadyEnrolled,
                at: files.folder,
                "this host has a certificate",
                remedy: "run the agent; to enrol anew, remove the folder"
            )
        }
        guard let controller = NetworkAddress(address) else {
            throw AgentError(
                .badConfiguration,
                at: address,
                "this is no host:port",
                remedy: "give --controller host:port"
            )
        }
        let name = try hostName(host)
        let enrolled = try await Enrolment.enrol(
            with: controller,
            token: try JoinToken(text: token),
            host: name,
            key: try files.keyForEnrolment(),
            group: MultiThreadedEventLoopGroup.singleton
        )
        try files.save(enrolled, controller: address)
        return "\(HostKey(region: enrolled.region, host: name)) of the cluster \(enrolled.cluster)"
    }

    /// Makes this process small, before it does anything else; once.
    public static func prepareProcess() {
        IdleMemory.prepare()
        // The link and all checks of one host are little work for one thread.
        NIOSingletons.groupLoopCountSuggestion = 1
    }

    /// Becomes the program that should run on this host; returns where that is this one. Blocks; before anything else works.
    public static func launch(_ configuration: AgentConfiguration) throws {
        try OwnProgram(root: configuration.root).launch(version: version)
    }

    /// Runs the agent until it is told to stop by SIGTERM or SIGINT, or its disk fails. What is wrong at its start is told
    /// to the controller for as long as it lasts, where this host has an identity.
    public static func run(_ source: ConfigurationSource, logger: Logger) async throws {
        let services = ServiceGroup(
            services: [AgentProgram(source, logger: logger)],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await services.run()
    }

    /// This program is a new one that the controller has not welcomed yet.
    public static func isOnTrial(_ configuration: AgentConfiguration) -> Bool {
        OwnProgram(root: configuration.root).isOnTrial
    }

    /// Throws where this program could not work with what an agent before it has left on this host. Changes nothing.
    public static func checkSelf(_ configuration: AgentConfiguration) throws {
        _ = try IdentityFiles(root: configuration.root).load()
        _ = try OwnProgram(root: configuration.root).load()
        _ = try HostReport(root: configuration.root)
    }

    private static func hostName(_ given: String?) throws -> HostName {
        let text = given ?? String(machineName().prefix { $0 != "." }).lowercased()
        guard let name = HostName(text) else {
            throw AgentError(.badConfiguration, at: text, NameRule.sentence, remedy: "give --name")
        }
        return name
    }
}
