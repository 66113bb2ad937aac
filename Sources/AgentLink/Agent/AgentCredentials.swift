import Cryptography
import NIOCore
import TLSChannel
import TrainModel

/// The TLS side of an agent: its certificate for both protocols, replaceable while connections live.
final class AgentCredentials: Sendable {
    /// Whom the controller's certificate must name, whatever its address.
    let controllerName: TLSServerName
    private let control: TLSContext
    private let bundle: TLSContext
    private let authorityPEM: String

    init(cluster: ClusterName, identity: TLSIdentity, authorityPEM: String) throws(TLSError) {
        self.authorityPEM = authorityPEM
        controllerName = .uri(PeerName.controller(cluster: cluster).uri)
        control = try TLSContext(.agent(identity, authorityPEM, .control))
        bundle = try TLSContext(.agent(identity, authorityPEM, .bundle))
    }

    /// - Throws: `TLSError` when the certificate cannot be used; then the old one stays for both.
    func use(_ identity: TLSIdentity) throws(TLSError) {
        try control.reload(identity: identity, trustRootsPEM: [authorityPEM])
        try bundle.reload(identity: identity, trustRootsPEM: [authorityPEM])
    }

    func handler(for application: ApplicationProtocol) throws(TLSError) -> TLSHandler {
        try TLSHandler(context: application == .bundle ? bundle : control, serverName: controllerName)
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
}
