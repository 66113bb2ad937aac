import AgentLink
import Cryptography
import HostDecisions
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TLSChannel
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
        guard !files.isEnrolled else {
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

    /// Runs the agent until it is told to stop by SIGTERM or SIGINT, or its disk fails.
    public static func run(_ configuration: AgentConfiguration, logger: Logger) async throws {
        IdleMemory.prepare()
        // The link and all checks of one host are little work for one thread.
        NIOSingletons.groupLoopCountSuggestion = 1
        try OwnProgram(root: configuration.root).launch(version: version)
        let lock = try ProcessLock(root: configuration.root)
        defer { lock.release() }
        let identity = try IdentityFiles(root: configuration.root).load()
        let address = configuration.controller ?? identity.controller
        guard let controller = NetworkAddress(address) else {
            throw AgentError(
                .badConfiguration,
                at: "controller",
                "\(address) is no host:port",
                remedy: "set it in agent.yaml"
            )
        }
        let group = MultiThreadedEventLoopGroup.singleton
        let link = try LiveControllerLink(
            controller: controller,
            identity: identity,
            root: configuration.root,
            agentVersion: version,
            pace: TransferPace(configuration.transfer),
            bundleAddress: configuration.share?.address,
            group: group,
            logger: logger
        )
        let kept = KeptBundles(root: configuration.root)
        if let share = configuration.share {
            link.share(try await neighbourListener(share, identity, kept, group, logger))
        }
        let agent = try Agent(configuration: configuration, identity: identity, link: link, kept: kept, logger: logger)
        logger.info("agent starts", metadata: ["host": "\(identity.host.key)", "controller": "\(controller)"])
        let services = ServiceGroup(
            services: [agent],
            gracefulShutdownSignals: [.sigterm, .sigint],
            logger: logger
        )
        try await services.run()
    }

    /// This program is a new one that the controller has not welcomed yet.
    public static func isOnTrial(_ configuration: AgentConfiguration) -> Bool {
        let program = OwnProgram(root: configuration.root)
        guard let trial = program.record().trial else { return false }
        return trial.failure == nil && trial.release == program.ownRelease
    }

    /// Throws where this program could not work with what an agent before it has left on this host. Changes nothing.
    public static func checkSelf(_ configuration: AgentConfiguration) throws {
        _ = try IdentityFiles(root: configuration.root).load()
        _ = try HostReport(root: configuration.root)
    }

    private static func neighbourListener(
        _ share: AgentConfiguration.Share,
        _ identity: IdentityFiles.Identity,
        _ kept: KeptBundles,
        _ group: any EventLoopGroup,
        _ logger: Logger
    ) async throws -> NeighbourListener {
        let configuration = NeighbourListener.Configuration(
            cluster: identity.host.cluster,
            own: identity.host.key,
            host: share.listen.host,
            port: share.listen.port,
            identity: TLSIdentity(
                certificateChainPEM: identity.certificateChainPEM,
                privateKeyPEM: try identity.key.secretPEM()
            ),
            authorityPEM: identity.authorityPEM,
            rate_bytes_s: share.rate_bytes_s
        )
        let listener = try await NeighbourListener.start(
            configuration,
            shelf: { digest in
                do { return try await DiskThreads.run { kept.file(digest) } } catch { return nil }
            },
            group: group,
            logger: logger
        )
        logger.info("neighbours may fetch bundles", metadata: ["address": "\(share.address)"])
        return listener
    }

    private static func hostName(_ given: String?) throws -> HostName {
        let text = given ?? String(machineName().prefix { $0 != "." }).lowercased()
        guard let name = HostName(text) else {
            throw AgentError(.badConfiguration, at: text, NameRule.sentence, remedy: "give --name")
        }
        return name
    }
}
