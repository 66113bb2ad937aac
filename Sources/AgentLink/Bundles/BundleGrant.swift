public import Cryptography
import SignedEnvelopes
public import TimeAndChance
public import TrainModel

/// The controller's word that a host may have a bundle, shown to its neighbours: they know neither who is revoked nor who
/// was ordered to run what.
public struct BundleGrant: Hashable, Sendable {
    /// As long as an order may wait to be begun.
    public static let lifetime = Interval.minutes(15)

    public let cluster: ClusterName
    public let host: HostKey
    public let digest: Digest
    public let expires: Instant

    public init(cluster: ClusterName, host: HostKey, digest: Digest, expires: Instant) {
        self.cluster = cluster
        self.host = host
        self.digest = digest
        self.expires = expires
    }

    /// As it travels.
    public func sealed(with key: PrivateKey) throws -> [UInt8] { try Envelope.sign(self, with: [key]).encoded() }
}
