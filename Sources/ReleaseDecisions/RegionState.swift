import OrderedCollections
import TimeAndChance
import TrainModel

/// A region inside a release that has touched it.
public struct RegionState: Sendable, Codable {
    /// deploying → baking → healthy; any of these → unhealthy; any → returning → returned.
    public enum Phase: Hashable, Sendable, Codable {
        case deploying
        case baking(until: Instant)
        case healthy
        case unhealthy
        case returning
        case returned
    }

    public let position: WavePosition
    public let started: Instant
    public internal(set) var phase: Phase = .deploying
    /// In the order in which they are updated.
    public internal(set) var hosts: OrderedDictionary<HostName, HostProgress>
    public internal(set) var generations: [ServiceName: UInt64]
    /// The way back: what was last judged healthy here. Services of which nothing was are absent.
    public let previous: [ServiceName: Artifact]
    /// Batches issued so far, returns included.
    public internal(set) var batches = 0
    /// Receipts of the orders in hand that have not come, over all their services.
    public internal(set) var receiptsAwaited = 0
    /// Hosts that wait for their order, on the way out or on the way back.
    public internal(set) var hostsLeft: Int
    /// Hosts of the region that have been revoked since it started. They count nowhere.
    public internal(set) var hostsRevoked = 0
    public internal(set) var failure: String = ""
    /// As the last verdict counted them.
    public internal(set) var healthySamples = 0
    public internal(set) var unhealthySamples = 0
    public internal(set) var firstUnhealthy: Instant?
    public internal(set) var verdictReached: Instant?
    public internal(set) var ended: Instant?

    /// Hosts that shares and verdicts are taken of.
    public var hostCount: Int { hosts.count - hostsRevoked }

    /// Orders are issued here, or were and are awaited.
    var isAtWork: Bool { phase == .deploying || phase == .returning }

    /// Whether a host in this phase has its order still to come.
    func waits(_ host: HostProgress.Phase) -> Bool {
        switch phase {
        case .deploying, .baking, .healthy, .unhealthy: host == .pending
        case .returning, .returned: host == .updated || host == .failed
        }
    }
}

/// A host inside a region of a release.
public struct HostProgress: Hashable, Sendable, Codable {
    /// pending → updating → updated | failed; all but pending → returning → returned | stuck; any → revoked.
    public enum Phase: String, Hashable, Sendable, Codable {
        case pending, updating, updated, failed, returning, returned, stuck, revoked
    }

    public internal(set) var phase: Phase = .pending
    /// Services whose receipt is awaited.
    public internal(set) var servicesAwaited = 0
    /// The last failure's sentence.
    public internal(set) var sentence = ""
    /// Each once, as the hooks of the last orders gave them.
    public internal(set) var links: [String] = []
    public internal(set) var warnings: [String] = []
}
