import TimeAndChance
import TrainModel

/// An artifact on this host with everything that is needed to start it, watch it, and come back to it later.
public struct Deployment: Hashable, Sendable, Codable {
    /// The order that put it here.
    public let order: OrderID
    public let generation: UInt64
    public let artifact: Artifact
    /// Nil: a bundle.
    public let recipe: Recipe?
    public let variables: [Variable]
    public let checks: [Check]
    public let watchEvery: Interval
    /// Known once the bundle is unpacked or the recipe read; empty before.
    public internal(set) var hooks: DeclaredHooks

    /// Hooks of the host's own that bring the artifact, in the place of a bundle's.
    public struct Recipe: Hashable, Sendable, Codable {
        public let name: RecipeName
        /// Where the recipe finds the artifact; may be empty.
        public let reference: String

        public init(name: RecipeName, reference: String) {
            self.name = name
            self.reference = reference
        }
    }

    public init(
        order: OrderID,
        generation: UInt64,
        artifact: Artifact,
        recipe: Recipe? = nil,
        variables: [Variable],
        checks: [Check],
        watchEvery: Interval,
        hooks: DeclaredHooks = DeclaredHooks()
    ) {
        self.order = order
        self.generation = generation
        self.artifact = artifact
        self.recipe = recipe
        self.variables = variables
        self.checks = checks
        self.watchEvery = watchEvery
        self.hooks = hooks
    }

    /// What an order asks for, before its bundle is unpacked. A restart asks for what runs, under new terms.
    init(_ order: Order, restarting old: Deployment?) {
        self.init(
            order: order.id,
            generation: order.generation,
            artifact: old?.artifact ?? order.artifact,
            recipe: old.map(\.recipe) ?? order.recipe.map { Recipe(name: $0, reference: order.reference) },
            variables: order.variables,
            checks: order.checks,
            watchEvery: order.watchEvery,
            hooks: old?.hooks ?? DeclaredHooks()
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
