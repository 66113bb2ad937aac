import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// A host as it knows itself: what it runs, what it has in hand, and what it has answered.
public struct SimulatedHost: Sendable {
    /// A service as the host runs it.
    public struct Deployment: Sendable {
        public let artifact: Artifact
        public let generation: UInt64
        /// Since when.
        public let since: Instant
        /// Brought on the way out by an order of the rehearsal itself; only such deployments fall ill.
        public let isNew: Bool
        /// Pause between two looks; nil: the order had no checks, so that there is nothing to look at.
        let every: Interval?
        /// Until when its health has been told.
        var told: Instant
    }

    struct Work: Sendable {
        let order: Order
        let accepted: Instant
        let isOverdue: Bool
    }

    public let key: HostKey
    public internal(set) var isConnected = false
    public internal(set) var running: [ServiceName: Deployment] = [:]
    var inHand: [ServiceName: Work] = [:]
    /// The newest order of each service that came while another was in hand.
    var waiting: [ServiceName: (order: Order, accepted: Instant)] = [:]
    /// By order, for answering again.
    var receipts: [OrderID: Receipt] = [:]
    /// In the order of their making; told again when the link comes back.
    var unacknowledged: OrderedSet<OrderID> = []
    /// Generation and attempt of the newest order taken, by service.
    var newest: [ServiceName: (UInt64, UInt32)] = [:]
    var epochHighest: UInt64 = 0
    /// Services whose last sample was bad.
    var unhealthy: Set<ServiceName> = []
    /// Versions that an order has brought here before.
    var known: Set<Digest> = []
    /// How often the work of an order was begun; more than once is a never-event.
    var begun: [OrderID: Int] = [:]

    init(_ key: HostKey) {
        self.key = key
    }

    /// For the greeting on the link.
    var greeting: [RunningService] {
        running.keys.sorted().compactMap { service in
            guard let deployment = running[service] else { return nil }
            return RunningService(
                service: service,
                generation: deployment.generation,
                version: deployment.artifact.version,
                digest: deployment.artifact.digest,
                order: (inHand[service]?.order ?? waiting[service]?.order)?.id,
                health: deployment.every == nil ? nil : unhealthy.contains(service) ? .unhealthy : .healthy,
                newestGeneration: newest[service]?.0
            )
        }
    }

    /// Why it would not take an order, with the real agent's codes; nil: it takes it.
    func objection(to order: Order, at now: Instant) -> OrderRefusal? {
        func refusal(_ code: String, _ sentence: String) -> OrderRefusal {
            OrderRefusal(order: order.id, code: code, sentence: sentence)
        }
        if order.epoch < epochHighest {
            return refusal("epoch-below", "this host has obeyed a newer leader, of epoch \(epochHighest)")
        }
        if let newest = newest[order.service] {
            if order.generation < newest.0 {
                return refusal("generation-below", "this host has taken a newer order, of generation \(newest.0)")
            }
            if (order.generation, order.attempt) <= newest {
                return refusal("attempt-below", "this host has already taken attempt \(newest.1) of this generation")
            }
        }
        if now >= order.expires {
            return refusal("expired", "the order expired \(now - order.expires) ago by this host's clock")
        }
        if order.action == .rollBack, !known.contains(order.artifact.digest) {
            return refusal("never-healthy-here", "\(order.artifact.version) was never healthy on this host")
        }
        return nil
    }
}
