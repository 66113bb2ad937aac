public import Logging
public import NIOCore
import NIOPosix
import SignedEnvelopes
public import TLSChannel
public import TimeAndChance
public import TrainModel

/// The controller's end of the link: one TCP port for sessions, bundles and enrolments.
///
/// All methods may be called from any thread.
public final class AgentListener: Sendable {
    public struct Configuration: Sendable {
        public var cluster: ClusterName
        /// An IP address or a name to bind to, such as `0.0.0.0` or `::`.
        public var host: String
        /// 0: any free port.
        public var port: Int
        /// The controller's certificate chain and key.
        public var identity: TLSIdentity
        /// The cluster's authority, which signed the controller's and all agents' certificates. PEM.
        public var authorityPEM: String
        /// Between 100 ms and 7.5 s; a peer silent for three intervals is cut.
        public var heartbeatEvery: Interval = .seconds(5)
        /// From connecting to the end of the handshake, and from there to the first frame.
        public var introductionWithin = ControllerSession.helloWithin_default
        /// Connections from one address that have not yet said who they are.
        public var strangers_perAddress_max = 512
        /// A host's connections beside its session.
        public var bundles_perHost_max = 4
        /// Of bundles, to all hosts together; nil: as fast as it goes.
        public var bundleRate_bytes_s: Int?

        public init(cluster: ClusterName, host: String, port: Int, identity: TLSIdentity, authorityPEM: String) {
            self.cluster = cluster
            self.host = host
            self.port = port
            self.identity = identity
            self.authorityPEM = authorityPEM
        }
    }

    private let core: ListenerCore
    private let tls: TLSContext
    private let channel: any Channel

    /// Where it listens.
    public let port: Int

    /// Binds the port and begins to serve.
    ///
    /// - Parameter group: two threads are plenty.
    /// - Throws: `LinkError`: `unreachable` when the address cannot be bound, `outOfBounds` for the heartbeat; `TLSError`
    ///   for certificates that cannot be used.
    public static func start(
        _ configuration: Configuration,
        service: any AgentLinkService,
        group: any EventLoopGroup,
        logger: Logger
    ) async throws -> AgentListener {
        guard Liveness.every_allowed.contains(configuration.heartbeatEvery) else {
            throw LinkError(
                .outOfBounds,
                at: "heartbeat",
                "A heartbeat every \(configuration.heartbeatEvery) is not between 100ms and 7s500ms.",
                remedy: "Configure one between; 5s is the default."
            )
        }
        let core = ListenerCore(configuration, service: service, logger: logger)
        let tls = try TLSContext(tlsConfiguration(configuration, service: service))
        do {
            let channel = try await bootstrap(core, tls, group)
                .bind(host: configuration.host, port: configuration.port).get()
            return AgentListener(core: core, tls: tls, channel: channel)
        } catch {
            throw LinkError.notBound(configuration.host, configuration.port, error)
        }
    }

    private init(core: ListenerCore, tls: TLSContext, channel: any Channel) {
        self.core = core
        self.tls = tls
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    /// How many hosts have a session.
    public var sessionCount: Int { core.sessionCount }

    /// Writes one order's bytes to every host of the list that has a session. Whether they arrive, their reports tell;
    /// `AgentLinkService.sessionOpened` is the time to send again.
    ///
    /// - Returns: the hosts without a session.
    @discardableResult
    public func send(_ order: SealedOrder, to hosts: [HostKey]) -> [HostKey] {
        let (present, absent) = core.sessions(of: hosts)
        // One hop per event loop, not per host.
        for (_, connections) in Dictionary(grouping: present, by: { ObjectIdentifier($0.eventLoop) }) {
            connections[0].eventLoop.execute {
                for connection in connections { connection.sendOnLoop(order.frame) }
            }
        }
        return absent
    }

    /// Tells a host that its receipt is durable and need not be sent again.
    public func acknowledge(receiptOf order: OrderID, to host: HostKey) {
        guard let session = core.sessions(of: [host]).present.first else { return }
        do throws(LinkError) {
            session.send(try ControllerFrame.receiptStored(order))
        } catch {
            core.logger.error("an acknowledgement cannot be sent", metadata: ["error": "\(error)"])
        }
    }

    /// The chain's newest head, which the next heartbeats carry to all agents.
    public func show(_ head: ShownHead) {
        core.head = head
    }

    /// Ends whatever the host has open, at once, bundle transfers included.
    public func cut(_ host: HostKey, because farewell: Farewell) {
        for connection in core.connections(of: host) { connection.cut(farewell, because: LinkError(farewell)) }
    }

    /// Uses another certificate for every connection from now on; those that exist go on.
    ///
    /// - Throws: `TLSError` when it cannot be used; then the old one stays.
    public func reload(identity: TLSIdentity, authorityPEM: String) throws {
        try tls.reload(identity: identity, trustRootsPEM: [authorityPEM])
    }

    /// Accepts nothing more, and says goodbye to everybody.
    public func stop() async {
        do {
            try await channel.close()
        } catch {
            core.logger.debug("the listening socket was closed before", metadata: ["error": "\(error)"])
        }
        for connection in core.allConnections { connection.cut(.stopping, because: LinkError(Farewell.stopping)) }
    }

    private static func tlsConfiguration(
        _ configuration: Configuration,
        service: any AgentLinkService
    ) -> TLSConfiguration {
        var tls = TLSConfiguration.server(
            identity: configuration.identity,
            trustRootsPEM: [configuration.authorityPEM],
            protocols: ApplicationProtocol.allCases.map { known in
                TLSServerProtocol(known.rawValue, clientCertificate: known == .enrol ? .none : .required)
            }
        )
        tls.handshakeTimeout = .milliseconds(configuration.introductionWithin.ms)
        tls.closeTimeout = .seconds(2)
        let cluster = configuration.cluster
        tls.checkPeer = { certificate in
            do throws(LinkError) {
                let agent = try AgentIdentity(certificateDER: certificate, cluster: cluster)
                guard let farewell = service.admit(agent) else { return .accepted }
                return farewell.code == Farewell.revoked.code ? .revoked : .refused(farewell.sentence)
            } catch {
                return .refused(error.sentence)
            }
        }
        return tls
    }

    private static func bootstrap(_ core: ListenerCore, _ tls: TLSContext, _ group: any EventLoopGroup)
        -> ServerBootstrap
    {
        // NIO pauses accepting after EMFILE and its like, and goes on.
        ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4_096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let address = channel.remoteAddress?.ipAddress ?? "unknown"
                    guard let ticket = core.census.enter(address) else {
                        core.logger.debug("too many strangers from one address", metadata: ["address": "\(address)"])
                        throw LinkError.tooManyStrangers(address)
                    }
                    channel.closeFuture.whenComplete { _ in ticket.leave() }
                    try channel.pipeline.syncOperations.addHandlers(
                        TLSHandler(context: tls),
                        DoorHandler(address: address, logger: core.logger) { agreement throws(LinkError) in
                            try core.handler(for: agreement, address: address, ticket: ticket)
                        }
                    )
                }
            }
    }
}
