public import Cryptography
public import NIOCore
import TLSChannel
import TimeAndChance
public import TrainModel

/// How a host gets its first certificate: with a join token, and a key that never leaves it.
public enum Enrolment {
    private static let within = Interval.seconds(20)

    /// Asks the controller for a certificate for `host` in the token's region.
    ///
    /// The controller has to prove itself to the authority pinned in the token before anything is sent, and what it
    /// answers has to fit: this key, this name, this authority.
    ///
    /// - Parameter key: the host's own new key.
    /// - Throws: `LinkError`: `expired`, `unreachable`, `wrongPeer`, `refused` with the controller's sentence, `overdue`,
    ///   `invalidField` for an answer that does not fit.
    public static func enrol(
        with controller: NetworkAddress,
        token: JoinToken,
        host: HostName,
        key: PrivateKey,
        group: any EventLoopGroup
    ) async throws -> Enrolled {
        guard WallClock.now() < token.expires else {
            throw LinkError(
                .expired,
                at: "join token",
                "The token has expired.",
                remedy: "Make a new one: wavetrain agent token. If it is new, set this machine's clock."
            )
        }
        let request = EnrolRequest(
            secret: token.secret,
            host: host,
            certificateRequest: try CertificateRequest(for: key).der
        )
        let context = try TLSContext(.agent(nil, token.authority.pem, .enrol))
        let serverName = TLSServerName.uri(PeerName.controller(cluster: token.cluster).uri)
        let conversation = Conversation(
            controller: controller,
            group: group,
            limit: .enrolAnswer,
            within: within,
            tls: { try TLSHandler(context: context, serverName: serverName) }
        )
        var answer: EnrolAnswer?
        try await conversation.run(try request.frame()) { frame in
            answer = try EnrolAnswer(frame: frame)
            return true
        }
        switch answer {
        case .enrolled(let enrolled):
            try check(enrolled, token, host, key)
            return enrolled
        case .refused(let farewell): throw LinkError(farewell)
        case nil: throw LinkError.closed
        }
    }

    /// The certificate must be for this key and name and from the pinned authority, or it would fail only later.
    private static func check(_ enrolled: Enrolled, _ token: JoinToken, _ host: HostName, _ key: PrivateKey) throws {
        guard enrolled.cluster == token.cluster, enrolled.region == token.region else {
            throw unfit("region", "The answer is for \(enrolled.cluster)/\(enrolled.region).")
        }
        guard try Certificate(pem: enrolled.authorityPEM) == token.authority else {
            throw unfit("authority", "The answer names another authority than the token.")
        }
        guard let certificate = try Certificate.chain(pem: enrolled.certificateChainPEM).first,
            certificate.publicKey == key.publicKey,
            try certificate.peerName() == .agent(cluster: token.cluster, region: token.region, host: host),
            try certificate.isSigned(by: token.authority)
        else {
            throw unfit(
                "certificate_chain",
                "The certificate is not one for this key and host by the cluster's authority."
            )
        }
        for pem in enrolled.orderKeysPEM { _ = try PublicKey(pem: pem) }
    }

    private static func unfit(_ field: StaticString, _ sentence: String) -> LinkError {
        LinkError.invalid(field, sentence).inside("enrolled")
    }
}
