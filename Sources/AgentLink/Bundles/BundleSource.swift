public import TrainModel

/// Who gives bundles away, as those who serve them over the link need it.
public protocol BundleSource: Sendable {
    /// Whether this agent may talk at all; nil admits it. Called on an event loop: take a lock and return.
    func admit(_ agent: AgentIdentity) -> Farewell?

    /// What this host gets. May take as long as others are to be served first.
    func supply(_ wish: BundleWish, to host: HostKey) async -> BundleSupply
}

/// What a host wants of a bundle.
public struct BundleWish: Hashable, Sendable {
    public enum Part: Hashable, Sendable {
        case bytes
        /// The index of its chunks.
        case index
        /// Nothing: the host has the bundle, verified, and gives it to its neighbours.
        case held
    }

    public let digest: Digest
    public let part: Part
    /// The host can be sent to a neighbour, and can be kept waiting.
    public let takesNeighbours: Bool
    /// What it shows a neighbour: a sealed `BundleGrant`, or anything else.
    public let grant: [UInt8]

    public init(digest: Digest, part: Part, takesNeighbours: Bool, grant: [UInt8] = []) {
        self.digest = digest
        self.part = part
        self.takesNeighbours = takesNeighbours
        self.grant = grant
    }
}

/// What a host gets.
public enum BundleSupply: Sendable {
    /// It may not have the bundle, or there is none, or it has no index.
    case nothing
    /// The file; `ended` is called once when the host has been sent all that it asked for, or is gone.
    case file(BundleFile, ended: @Sendable (_ isSent: Bool) -> Void = { _ in })
    /// These have it; at most 8, the first to be asked first, and each is to be shown the sealed `BundleGrant`.
    case neighbours([BundleNeighbour], grant: [UInt8])
    /// What the host says is taken note of.
    case noted
}

/// A host that gives bundles to those of its region.
public struct BundleNeighbour: Hashable, Sendable {
    public let host: HostName
    public let address: NetworkAddress

    public init(host: HostName, address: NetworkAddress) {
        self.host = host
        self.address = address
    }
}

/// A bundle, or the index of one, on this machine's disk. It must not change while it is there.
public struct BundleFile: Hashable, Sendable {
    public let path: String
    public let length_bytes: UInt64

    public init(path: String, length_bytes: UInt64) {
        self.path = path
        self.length_bytes = length_bytes
    }
}
