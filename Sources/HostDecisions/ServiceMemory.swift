import TrainModel

/// What a host remembers of one service.
public struct ServiceMemory: Hashable, Sendable, Codable {
    /// Answers older than these are forgotten once the controller has them; what is older is refused by its rank.
    public static let storedAnswers_max = 2
    /// More than any host keeps on disk.
    public static let healthyDigests_max = 32

    /// The newest order taken; nothing older is taken any more.
    public internal(set) var newest = OrderRank(generation: 0, attempt: 0)
    /// What `current` points at; nil: nothing.
    public internal(set) var current: Deployment?
    public internal(set) var condition = Condition.running
    /// What ran before `current` and was healthy.
    public internal(set) var previous: Deployment?
    /// Digests that passed their smoke tests on this host, newest last.
    public internal(set) var healthy: [Digest] = []
    public internal(set) var waiting: WaitingOrder?
    public internal(set) var attempt: Attempt?
    public internal(set) var answers: [Answer] = []

    public struct Answer: Hashable, Sendable, Codable {
        public let receipt: Receipt
        /// The controller has it.
        public internal(set) var isStored: Bool
    }

    public init() {}

    func answer(at rank: OrderRank) -> Receipt? { answers.last { OrderRank($0.receipt) == rank }?.receipt }

    /// The order in hand or waiting.
    func holds(_ rank: OrderRank) -> Bool {
        attempt.map { OrderRank($0.order) } == rank || waiting.map { OrderRank($0.order) } == rank
    }

    mutating func remember(_ receipt: Receipt) {
        answers.append(Answer(receipt: receipt, isStored: false))
        forgetOldAnswers()
    }

    mutating func markStored(_ order: OrderID) {
        for index in answers.indices where answers[index].receipt.order == order { answers[index].isStored = true }
        forgetOldAnswers()
    }

    mutating func recordHealthy(_ digest: Digest) {
        healthy.removeAll { $0 == digest }
        healthy.append(digest)
        healthy.removeFirst(max(0, healthy.count - Self.healthyDigests_max))
    }

    private mutating func forgetOldAnswers() {
        var surplus = answers.count { $0.isStored } - Self.storedAnswers_max
        answers.removeAll { answer in
            guard answer.isStored, surplus > 0 else { return false }
            surplus -= 1
            return true
        }
    }
}

/// What makes one order newer than another for the same service.
public struct OrderRank: Hashable, Comparable, Sendable, Codable {
    public let generation: UInt64
    public let attempt: UInt32

    public init(generation: UInt64, attempt: UInt32) {
        self.generation = generation
        self.attempt = attempt
    }

    init(_ order: Order) { self.init(generation: order.generation, attempt: order.attempt) }
    init(_ receipt: Receipt) { self.init(generation: receipt.generation, attempt: receipt.attempt) }

    public static func < (left: OrderRank, right: OrderRank) -> Bool {
        (left.generation, left.attempt) < (right.generation, right.attempt)
    }
}
