import Cryptography
public import NIOCore
public import TLSChannel
public import TimeAndChance
public import TrainModel
import WireMessages

/// Finds out whether a controller answers an agent, without being a session: whatever runs on the host stays connected.
public enum ControllerProbe {
    private static let within = Interval.seconds(20)

    /// Asks for a bundle that nobody can have. The controller proves itself, takes the host's certificate, and says no.
    ///
    /// - Returns: the controller's clock; nil: one of a version that does not tell it.
    /// - Throws: `LinkError`; `TLSError` for a certificate that cannot be used.
    public static func clock(
        of controller: NetworkAddress,
        cluster: ClusterName,
        identity: TLSIdentity,
        authorityPEM: String,
        group: any EventLoopGroup
    ) async throws -> Instant? {
        let credentials = try AgentCredentials(cluster: cluster, identity: identity, authorityPEM: authorityPEM)
        let conversation = Conversation(
            controller: controller,
            group: group,
            limit: .bundleAnswer,
            within: within,
            tls: { try credentials.handler(for: .controller) }
        )
        let request = BundleRequest(digest: SHA256.digest(of: "nothing".utf8), part: .rest(offset_bytes: 0))
        var clock: Instant?
        try await conversation.run(try request.frame()) { frame in
            clock = try Self.clock(in: frame)
            return true
        }
        return clock
    }

    private static func clock(in frame: [UInt8]) throws(LinkError) -> Instant? {
        if case .refused(let farewell) = try BundleAnswer(frame: frame), farewell.code == Farewell.revoked.code {
            throw LinkError(farewell)
        }
        let wire: Wavetrain_V1_BundleAnswer = try Frame.decode(frame, "bundle_answer")
        let at_unix_ms = wire.refused.atUnixMs
        return at_unix_ms == 0 ? nil : try Field.instant(unix_ms: at_unix_ms, "at_unix_ms")
    }

    /// Only the handshake of the control protocol: a controller that speaks another version of it says so here.
    public static func greet(
        _ controller: NetworkAddress,
        cluster: ClusterName,
        identity: TLSIdentity,
        authorityPEM: String,
        group: any EventLoopGroup
    ) async throws {
        let credentials = try AgentCredentials(cluster: cluster, identity: identity, authorityPEM: authorityPEM)
        let conversation = Conversation(
            controller: controller,
            group: group,
            limit: .introduction,
            within: within,
            tls: { try credentials.controlHandler() }
        )
        try await conversation.meet()
    }
}
