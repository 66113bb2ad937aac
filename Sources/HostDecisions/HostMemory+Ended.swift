import OrderedCollections
import TrainModel

/// What tells a journal that was put back, or that lost its end, from one that a crash left.
extension HostMemory {
    /// The newest order of each service that this host has answered for good.
    public var ended: [ServiceName: OrderRank] {
        var ended: [ServiceName: OrderRank] = [:]
        for (name, service) in services { ended[name] = service.answers.map { OrderRank($0.receipt) }.max() }
        return ended
    }

    /// A service with an order that this host has ended and this memory does not know of; nil: none.
    public func service(behind known: [ServiceName: OrderRank]) -> ServiceName? {
        let ended = ended
        return known.keys.sorted().first { name in
            guard let newest = known[name] else { return false }
            return ended[name].map { $0 < newest } ?? true
        }
    }
}
