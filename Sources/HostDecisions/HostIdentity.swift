import TrainModel

/// Who this host is, as its certificate says.
public struct HostIdentity: Hashable, Sendable, Codable {
    public let cluster: ClusterName
    public let key: HostKey

    public init(cluster: ClusterName, key: HostKey) {
        self.cluster = cluster
        self.key = key
    }
}
