import TimeAndChance
import TrainModel

/// An artifact on this host with everything that is needed to start it, watch it, and come back to it later.
public struct Deployment: Hashable, Sendable, Codable {
    /// The order that put it here.
    public let order: OrderID
    public let generation: UInt64
    public let artifact: Artifact
    public let variables: [Variable]
    public let checks: [Check]
    public let watchEvery: Interval
    /// Known once the bundle is unpacked; empty before.
    public internal(set) var hooks: DeclaredHooks

    public init(
        order: OrderID,
        generation: UInt64,
        artifact: Artifact,
        variables: [Variable],
        checks: [Check],
        watchEvery: Interval,
        hooks: DeclaredHooks = DeclaredHooks()
    ) {
        self.order = order
        self.generation = generation
        self.artifact = artifact
        self.variables = variables
        self.checks = checks
        self.watchEvery = watchEvery
        self.hooks = hooks
    }

    /// What an order asks for, before its bundle is unpacked.
    init(_ order: Order) {
        self.init(
            order: order.id,
            generation: order.generation,
            artifact: order.artifact,
            variables: order.variables,
            checks: order.checks,
            watchEvery: order.watchEvery
        )
    }

    var receiptLine: Receipt.Running {
        Receipt.Running(name: artifact.name, version: artifact.version, digest: artifact.digest)
    }
}

/// How sure this host is that the deployment under `current` runs.
public enum Condition: String, Hashable, Sendable, Codable {
    case running
    /// A way back failed, or a crash hid how it ended: the service may run or not.
    case uncertain
}
