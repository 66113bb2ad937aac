import AgentLink
import Cryptography
import Logging
import NIOPosix
import TLSChannel

extension TestAuthority {
    /// A controller's end of the link on a free port, with a certificate of this authority.
    func listen(for service: any AgentLinkService, on group: MultiThreadedEventLoopGroup) async throws -> AgentListener
    {
        let key = try PrivateKey.generate(.p256)
        let terms = try CertificateTerms(
            peer: .controller(cluster: cluster),
            usages: .serverAuth,
            validity: try Self.validity(seconds: 80_000)
        )
        let chain = try authority.issue(for: key.publicKey, under: terms).pem
        return try await AgentListener.start(
            AgentListener.Configuration(
                cluster: cluster,
                host: "127.0.0.1",
                port: 0,
                identity: TLSIdentity(certificateChainPEM: chain, privateKeyPEM: try key.secretPEM()),
                authorityPEM: authority.certificate.pem
            ),
            service: service,
            group: group,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        )
    }
}
