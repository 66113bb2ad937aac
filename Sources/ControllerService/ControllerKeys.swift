import Cryptography
import TLSChannel
import TimeAndChance
import TrainModel

/// The cluster's authority and the key that signs orders, made at the first start, and the identities that follow from
/// them.
public struct ControllerKeys: Sendable {
    static let authorityLifetime = Interval.days(3_650)
    static let identityLifetime = Interval.days(90)
    static let agentLifetime = Interval.days(30)

    public let authority: CertificateAuthority
    public let orderKey: PrivateKey
    private let terms: @Sendable (Instant) throws -> CertificateTerms

    /// - Parameters:
    ///   - mayMake: false where the log has events already: keys that are missing then have been lost, and new ones would
    ///     cut off every host and everybody who verifies what was signed.
    ///   - dnsNames: under which agents and operators reach this controller; `addresses`: likewise.
    public init(
        folder: String,
        cluster: ClusterName,
        dnsNames: [String],
        addresses: [String],
        mayMake: Bool,
        now: Instant = WallClock.now()
    ) throws {
        let files = KeyFiles(folder: folder, mayMake: mayMake)
        authority = try files.authority(of: cluster, now)
        orderKey = try files.orderKey()
        terms = { now in
            try CertificateTerms(
                peer: .controller(cluster: cluster),
                usages: [.serverAuth],
                validity: .starting(now_unix_s: now.unix_ms / 1_000, lifetime_s: Self.identityLifetime.ms / 1_000),
                dnsNames: dnsNames,
                ipAddresses: addresses
            )
        }
    }

    /// The controller's own identity, with a new key and a new certificate: at every start and whenever it has aged.
    /// Nothing pins it, and its names may have changed, so it is never stored.
    public func makeIdentity(now: Instant = WallClock.now()) throws -> TLSIdentity {
        let key = try PrivateKey.generate(.p256)
        let certificate = try authority.issue(for: key.publicKey, under: terms(now))
        return TLSIdentity(
            certificateChainPEM: certificate.pem + authority.certificate.pem,
            privateKeyPEM: try key.secretPEM()
        )
    }

    /// A certificate for an agent: only the key is the agent's, everything else is decided here.
    func agentCertificate(for key: PublicKey, host: HostKey, cluster: ClusterName, now: Instant) throws -> Certificate {
        try authority.issue(
            for: key,
            under: CertificateTerms(
                peer: .agent(cluster: cluster, region: host.region, host: host.host),
                usages: [.clientAuth],
                validity: .starting(now_unix_s: now.unix_ms / 1_000, lifetime_s: Self.agentLifetime.ms / 1_000)
            )
        )
    }
}
