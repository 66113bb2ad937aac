import OrderedCollections
import TimeAndChance
import TrainModel

/// Who may connect, and what they last said in a signed receipt.
public struct FleetState: Sendable, Codable {
    public internal(set) var hosts: OrderedDictionary<HostKey, HostState> = [:]
    /// Sorted by name.
    public internal(set) var hostsByRegion: [RegionName: [HostName]] = [:]
    public internal(set) var joinTokens: OrderedDictionary<Digest, JoinTokenState> = [:]
}

public struct HostState: Hashable, Sendable, Codable {
    /// PEM.
    public var publicKey: String
    public var enrolled: Instant
    public var revoked: Bool
    /// Orders without a receipt, oldest first.
    public var outstanding: [OutstandingOrder]
    /// From receipts; services that never ran on the host are absent.
    public var services: [ServiceName: HostService]

    /// What runs, by service.
    public var running: [ServiceName: Receipt.Running] { services.compactMapValues(\.running) }
}

/// A service on a host, as the last receipt told it.
public struct HostService: Hashable, Sendable, Codable {
    /// Nil: nothing runs any more.
    public var running: Receipt.Running?
    /// The order that put it there carried checks, so the host goes on sampling it.
    public var isWatched: Bool
}

public struct OutstandingOrder: Hashable, Sendable, Codable {
    public let release: ReleaseID
    public let order: OrderID
    public let service: ServiceName
    public let generation: UInt64
    /// A host that has begun has ended by then, and one that has not may not begin any more.
    public var until: Instant
}

public struct JoinTokenState: Hashable, Sendable, Codable {
    public let region: RegionName
    public let expires: Instant
    /// A token makes one host.
    public var usedBy: HostName?
    /// Of the host that used it, so that an answer lost on the way can be given again to the same key only.
    public var usedKey: String?
}

extension FleetState {
    /// Hosts of a region that may be given work, sorted.
    func members(of region: RegionName) -> [HostName] {
        (hostsByRegion[region] ?? []).filter { hosts[HostKey(region: region, host: $0)]?.revoked == false }
    }
}
