import TrainModel

/// How far a log goes: its newest sequence number and that record's hash, which vouches for everything before it.
public struct ChainHead: Hashable, Sendable {
    /// 0 for an empty log.
    public let sequence: UInt64
    public let hash: Digest

    public init(sequence: UInt64, hash: Digest) {
        self.sequence = sequence
        self.hash = hash
    }

    /// The head of a cluster's empty log: number 0 with the digest of `field("wavetrain.genesis.v1") field(cluster)`,
    /// so that no record of one cluster fits into the log of another. See `ChainEncoding` for the encoding.
    public static func genesis(cluster: ClusterName) -> ChainHead {
        var encoding = ChainEncoding(domain: "wavetrain.genesis.v1")
        encoding.append(field: cluster.text.utf8)
        return ChainHead(sequence: 0, hash: encoding.digest)
    }
}

extension ChainHead: CustomStringConvertible {
    public var description: String { "\(sequence):\(hash.hex)" }
}
