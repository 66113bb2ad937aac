import Cryptography
import NIOCore
import TLSChannel
import TrainModel

/// The TLS side of an agent: its certificate for both protocols, replaceable while connections live.
final class AgentCredentials: Sendable {
    /// Whom the controller's certificate must name, whatever its address.
    let controllerName: TLSServerName
    private let cluster: ClusterName
    /// Nil: the certificate names no agent, and no controller will accept it.
    private let region: RegionName?
    private let control: TLSContext
    private let bundle: TLSContext
    private let neighbour: TLSContext
    private let authorityPEM: String

    init(cluster: ClusterName, identity: TLSIdentity, authorityPEM: String) throws(TLSError) {
        self.authorityPEM = authorityPEM
        self.cluster = cluster
        region = Self.region(of: identity)
        controllerName = .uri(PeerName.controller(cluster: cluster).uri)
        control = try TLSContext(.agent(identity, authorityPEM, .control))
        bundle = try TLSContext(.agent(identity, authorityPEM, .bundle))
        neighbour = try TLSContext(.neighbour(identity, authorityPEM))
    }

    private static func region(of identity: TLSIdentity) -> RegionName? {
        do {
            let leaf = try Certificate.chain(pem: identity.certificateChainPEM).first
            guard case .agent(_, let region, _) = try leaf?.peerName() else { return nil }
            return region
        } catch {
            // Said by whoever is shown the certificate.
            return nil
        }
    }

    /// - Throws: `TLSError` when the certificate cannot be used; then the old one stays for all.
    func use(_ identity: TLSIdentity) throws(TLSError) {
        try control.reload(identity: identity, trustRootsPEM: [authorityPEM])
        try bundle.reload(identity: identity, trustRootsPEM: [authorityPEM])
        try neighbour.reload(identity: identity, trustRootsPEM: [authorityPEM])
    }

    func controlHandler() throws(TLSError) -> TLSHandler {
        try TLSHandler(context: control, serverName: controllerName)
    }

    /// A neighbour must be the host that the controller named, of this host's own region.
    func handler(for peer: BundlePeer) throws -> TLSHandler {
        guard case .neighbour(let host) = peer else {
            return try TLSHandler(context: bundle, serverName: controllerName)
        }
        guard let region else {
            throw LinkError(.wrongPeer, "The certificate names no region.", remedy: "Enrol the agent again.")
        }
        let name = PeerName.agent(cluster: cluster, region: region, host: host.host)
        return try TLSHandler(context: neighbour, serverName: .uri(name.uri))
    }
}

extension TLSConfiguration {
    static func agent(
        _ identity: TLSIdentity?,
        _ authorityPEM: String,
        _ application: ApplicationProtocol
    ) -> TLSConfiguration {
        var tls = TLSConfiguration.client(
            identity: identity,
            trustRootsPEM: [authorityPEM],
            protocols: [application.rawValue]
        )
        // A controller to which a thousand agents come back at once takes a while.
        tls.handshakeTimeout = .seconds(10)
        tls.closeTimeout = .seconds(2)
        return tls
    }

    /// Of a host that fetches from another: neither has a certificate for servers.
    static func neighbour(_ identity: TLSIdentity, _ authorityPEM: String) -> TLSConfiguration {
        var tls = agent(identity, authorityPEM, .bundle)
        tls.peerUsage = .client
        return tls
    }
}
