import OrderedCollections
import TimeAndChance
import TrainModel

/// What a host must still know after a power cut: the fold of its journal, and nothing else.
public struct HostMemory: Hashable, Sendable, Codable {
    /// An order of an older leader starts nothing any more.
    public private(set) var epochHighest: UInt64 = 0
    /// In the order in which their first orders came.
    private(set) var services: OrderedDictionary<ServiceName, ServiceMemory> = [:]

    public init() {}

    /// Throws where the records contradict each other, naming the first that does.
    public init(replaying records: some Sequence<JournalRecord>) throws(JournalContradiction) {
        for record in records { try apply(record) }
    }

    /// The services that ever had an order here, the oldest first.
    public var serviceNames: [ServiceName] { Array(services.keys) }

    public subscript(service: ServiceName) -> ServiceMemory? { services[service] }

    public var unsentReceipts: [Receipt] {
        services.values.flatMap(\.answers).filter { !$0.isStored }.map(\.receipt)
    }

    /// What orders wait for that have not ended.
    public var artifactsInHand: [Artifact] {
        services.values.flatMap { [$0.attempt?.order.artifact, $0.waiting?.order.artifact].compactMap(\.self) }
    }

    mutating func apply(_ record: JournalRecord) throws(JournalContradiction) {
        switch record {
        case .snapshot(let memory): self = memory
        case .epochRaised(let epoch): epochHighest = max(epochHighest, epoch)
        case .taken(let waiting): try take(waiting)
        case .answered(let receipt): try answer(receipt)
        case .attemptBegan(let service, let now): try beginAttempt(of: service, at: now)
        case .moveBegan(let service, let move, let now):
            try change(service) { $0.begin(move, at: now) }
        case .moveEnded(let service, let move, let result, let now):
            var fits = false
            try change(service) { fits = $0.end(move, result, at: now) }
            guard fits else { throw JournalContradiction(description: "\(service): \(move) ends and never began") }
        case .gaveUp(let service, let failure):
            try change(service) { $0.giveUp(failure) }
        case .finished(let receipt, let current, let condition):
            try finish(receipt, current: current, condition: condition)
        case .receiptStored(let order):
            for name in services.keys { services[name]?.markStored(order) }
        }
    }

    private mutating func take(_ waiting: WaitingOrder) throws(JournalContradiction) {
        if let lost = services[waiting.order.service]?.waiting, !waiting.renews(lost) {
            throw JournalContradiction(description: "\(waiting.order.id) is taken while \(lost.order.id) waits")
        }
        epochHighest = max(epochHighest, waiting.order.epoch)
        services[waiting.order.service, default: ServiceMemory()].newest = OrderRank(waiting.order)
        services[waiting.order.service]?.waiting = waiting
    }

    private mutating func answer(_ receipt: Receipt) throws(JournalContradiction) {
        guard services[receipt.service]?.waiting?.order.id == receipt.order else {
            throw JournalContradiction(description: "\(receipt.order) is answered and did not wait")
        }
        services[receipt.service]?.waiting = nil
        services[receipt.service]?.remember(receipt)
    }

    private mutating func beginAttempt(of name: ServiceName, at now: Instant) throws(JournalContradiction) {
        guard var service = services[name], let waiting = service.waiting, service.attempt == nil else {
            throw JournalContradiction(description: "\(name): an attempt begins and no order waits for it")
        }
        guard waiting.order.action != .restart || service.current != nil else {
            throw JournalContradiction(description: "\(waiting.order.id) restarts and nothing runs")
        }
        service.attempt = Attempt(
            waiting: waiting,
            began: now,
            old: service.current,
            oldCondition: service.condition
        )
        service.waiting = nil
        services[name] = service
    }

    private mutating func finish(
        _ receipt: Receipt,
        current: Deployment?,
        condition: Condition
    ) throws(JournalContradiction) {
        guard var service = services[receipt.service], service.attempt?.order.id == receipt.order else {
            throw JournalContradiction(description: "\(receipt.order) finishes and was not in hand")
        }
        if receipt.outcome == .applied {
            if let old = service.current, old.artifact != current?.artifact { service.previous = old }
            if let current { service.recordHealthy(current.artifact.digest) }
        }
        service.current = current
        service.condition = condition
        service.attempt = nil
        service.remember(receipt)
        services[receipt.service] = service
    }

    private mutating func change(
        _ name: ServiceName,
        _ body: (inout Attempt) -> Void
    ) throws(JournalContradiction) {
        guard var attempt = services[name]?.attempt else {
            throw JournalContradiction(description: "\(name): a step is recorded and no attempt is in hand")
        }
        body(&attempt)
        services[name]?.attempt = attempt
    }
}
