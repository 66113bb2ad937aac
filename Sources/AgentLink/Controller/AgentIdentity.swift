public import Cryptography
import TLSChannel
public import TrainModel

/// Who an agent is: what its verified certificate says, and nothing that the agent says of itself.
public struct AgentIdentity: Hashable, Sendable {
    public let host: HostKey
    /// Its fingerprint and serial tell renewals of the same host apart.
    public let certificate: Certificate

    /// - Throws: `LinkError` `wrongPeer` for certificates of controllers, of other clusters, and without a peer's name.
    init(certificateDER: [UInt8], cluster: ClusterName) throws(LinkError) {
        let certificate: Certificate
        let name: PeerName
        do {
            certificate = try Certificate(der: certificateDER)
            name = try certificate.peerName()
        } catch {
            throw Self.wrongPeer("\(error)")
        }
        guard case .agent(cluster, let region, let host) = name else {
            throw Self.wrongPeer("The certificate names \(name), which is no agent of the cluster \(cluster).")
        }
        self.host = HostKey(region: region, host: host)
        self.certificate = certificate
    }

    /// Of the peer at the other end of a connection.
    init(_ agreement: TLSHandshakeCompleted, cluster: ClusterName) throws(LinkError) {
        guard let certificate = agreement.peerCertificateDER else {
            throw LinkError(.wrongPeer, "The peer has no certificate.", remedy: "Enrol the agent.")
        }
        try self.init(certificateDER: certificate, cluster: cluster)
    }

    private static func wrongPeer(_ sentence: String) -> LinkError {
        LinkError(
            .wrongPeer,
            at: "peer certificate",
            sentence,
            remedy: "Give the agent the certificate that it got when it was enrolled in this cluster."
        )
    }
}
