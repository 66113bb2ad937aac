public import Logging
public import NIOCore
public import SignedEnvelopes
import NIOConcurrencyHelpers
import NIOPosix
public import TLSChannel
public import TimeAndChance
public import TrainModel

/// A host's end of a link between neighbours: gives bundles to hosts of the same cluster and region, and to nobody else.
///
/// All methods may be called from any thread.
public final class NeighbourListener: Sendable {
    public struct Configuration: Sendable {
        public var cluster: ClusterName
        /// Who this host is.
        public var own: HostKey
        /// An IP address or a name to bind to, such as `0.0.0.0` or `::`.
        public var host: String
        /// 0: any free port.
        public var port: Int
        /// The host's own certificate chain and key, as it shows the controller.
        public var identity: TLSIdentity
        /// The cluster's authority. PEM.
        public var authorityPEM: String
        /// Who says which host may have what: the controller's order keys.
        public var grants: Verifier
        /// To all neighbours together; nil: as fast as it goes.
        public var rate_bytes_s: Int?
        /// By which grants expire; nil while it is known to be off, when nobody gets anything.
        public var clock: @Sendable () -> Instant?

        public init(
            cluster: ClusterName,
            own: HostKey,
            host: String,
            port: Int,
            identity: TLSIdentity,
            authorityPEM: String,
            grants: Verifier,
            rate_bytes_s: Int? = nil,
            clock: @escaping @Sendable () -> Instant? = { WallClock.now() }
        ) {
            self.cluster = cluster
            self.own = own
            self.host = host
            self.port = port
            self.identity = identity
            self.authorityPEM = authorityPEM
            self.grants = grants
            self.rate_bytes_s = rate_bytes_s
            self.clock = clock
        }
    }

    /// A bundle that is complete and verified; nil: there is none.
    public typealias Shelf = @Sendable (Digest) async -> BundleFile?

    private static let strangers_perAddress_max = 16
    private static let connections_perHost_max = 2

    private let tls: TLSContext
    private let authorityPEM: String
    private let channel: any Channel

    /// Where it listens.
    public let port: Int

    /// Binds the port and begins to serve.
    ///
    /// - Throws: `LinkError` `unreachable` when the address cannot be bound; `TLSError` for certificates that cannot be
    ///   used.
    public static func start(
        _ configuration: Configuration,
        shelf: @escaping Shelf,
        group: any EventLoopGroup,
        logger: Logger
    ) async throws -> NeighbourListener {
        let desk = BundleDesk(
            source: NeighbourSource(
                cluster: configuration.cluster,
                own: configuration.own,
                grants: configuration.grants,
                shelf: shelf,
                clock: configuration.clock,
                logger: logger
            ),
            rate_bytes_s: configuration.rate_bytes_s,
            introductionWithin: ControllerSession.helloWithin_default,
            connections_perHost_max: connections_perHost_max,
            table: BundleDesk.Table(SessionTable()),
            logger: logger
        )
        let tls = try TLSContext(tlsConfiguration(configuration, desk.source))
        do {
            let channel = try await bootstrap(configuration.cluster, desk, tls, group)
                .bind(host: configuration.host, port: configuration.port).get()
            return NeighbourListener(tls: tls, authorityPEM: configuration.authorityPEM, channel: channel)
        } catch {
            throw LinkError.notBound(configuration.host, configuration.port, error)
        }
    }

    private init(tls: TLSContext, authorityPEM: String, channel: any Channel) {
        self.tls = tls
        self.authorityPEM = authorityPEM
        self.channel = channel
        port = channel.localAddress?.port ?? 0
    }

    deinit { stop() }

    /// Uses another certificate for every connection from now on.
    ///
    /// - Throws: `TLSError` when it cannot be used; then the old one stays.
    public func use(_ identity: TLSIdentity) throws {
        try tls.reload(identity: identity, trustRootsPEM: [authorityPEM])
    }

    /// Accepts nothing more; transfers under way go on until their hosts are done.
    public func stop() { channel.close(promise: nil) }

    private static func tlsConfiguration(
        _ configuration: Configuration,
        _ source: any BundleSource
    ) -> TLSConfiguration {
        var tls = TLSConfiguration.server(
            identity: configuration.identity,
            trustRootsPEM: [configuration.authorityPEM],
            protocols: [TLSServerProtocol(ApplicationProtocol.bundle.rawValue, clientCertificate: .required)]
        )
        // As long as the one who dials waits: hosts that take a bundle are busy with it.
        tls.handshakeTimeout = .seconds(10)
        tls.closeTimeout = .seconds(2)
        let cluster = configuration.cluster
        tls.checkPeer = { certificate in
            do throws(LinkError) {
                let agent = try AgentIdentity(certificateDER: certificate, cluster: cluster)
                return source.admit(agent).map { .refused($0.sentence) } ?? .accepted
            } catch {
                return .refused(error.sentence)
            }
        }
        return tls
    }

    private static func bootstrap(
        _ cluster: ClusterName,
        _ desk: BundleDesk,
        _ tls: TLSContext,
        _ group: any EventLoopGroup
    ) -> ServerBootstrap {
        let census = AddressCensus(strangers_max: strangers_perAddress_max)
        return ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let address = channel.remoteAddress?.ipAddress ?? "unknown"
                    guard let ticket = census.enter(address) else { throw LinkError.tooManyStrangers(address) }
                    channel.closeFuture.whenComplete { _ in ticket.leave() }
                    try channel.pipeline.syncOperations.addHandlers(
                        TLSHandler(context: tls),
                        DoorHandler(address: address, logger: desk.logger) { agreement throws(LinkError) in
                            let agent = try AgentIdentity(agreement, cluster: cluster)
                            ticket.leave()
                            return BundleServerHandler(desk: desk, agent: agent)
                        }
                    )
                }
            }
    }
}

/// Bundles for hosts of the same region that show the controller's grant: it alone knows who is revoked, and who was
/// ordered to run what.
private struct NeighbourSource: BundleSource {
    let cluster: ClusterName
    let own: HostKey
    let grants: Verifier
    let shelf: NeighbourListener.Shelf
    let clock: @Sendable () -> Instant?
    let logger: Logger

    func admit(_ agent: AgentIdentity) -> Farewell? {
        guard agent.host.region == own.region, agent.host != own else {
            return Farewell(code: "no-neighbour", sentence: "\(agent.host) is no neighbour of \(own).")
        }
        return nil
    }

    func supply(_ wish: BundleWish, to host: HostKey) async -> BundleSupply {
        guard wish.part == .bytes, isGranted(wish, to: host), let file = await shelf(wish.digest) else {
            return .nothing
        }
        return .file(file)
    }

    private func isGranted(_ wish: BundleWish, to host: HostKey) -> Bool {
        guard let now = clock() else { return false }
        do {
            let envelope = try Envelope(bytes: wish.grant, bytes_max: Bounds.grantBytes_max)
            let grant = try grants.verify(envelope, as: BundleGrant.self).value
            return grant.cluster == cluster && grant.host == host && grant.digest == wish.digest
                && grant.expires > now
        } catch {
            logger.notice("a host shows no grant for a bundle", metadata: ["host": "\(host)", "reason": "\(error)"])
            return false
        }
    }
}
