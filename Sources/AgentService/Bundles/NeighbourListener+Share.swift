import AgentLink
import Cryptography
import HostDecisions
import Logging
import NIOCore
import SignedEnvelopes
import TLSChannel
import TimeAndChance

extension NeighbourListener {
    /// Hands the bundles that this host keeps to hosts of its region.
    static func start(
        _ share: AgentConfiguration.Share,
        as identity: IdentityFiles.Identity,
        _ kept: KeptBundles,
        clock: @escaping @Sendable () -> Instant?,
        group: any EventLoopGroup,
        logger: Logger
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
            grants: try Verifier(identity.orderKeys),
            rate_bytes_s: share.rate_bytes_s,
            clock: clock
        )
        let listener = try await start(
            configuration,
            shelf: { digest in
                // A neighbour that gets nothing here asks the controller.
                do { return try await DiskThreads.run { kept.file(digest) } } catch { return nil }
            },
            group: group,
            logger: logger
        )
        logger.info("neighbours may fetch bundles", metadata: ["address": "\(share.address)"])
        return listener
    }
}
