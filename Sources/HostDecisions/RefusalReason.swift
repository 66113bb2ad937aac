import TimeAndChance
import TrainModel

/// Why a host does not take an order. Refusing changes nothing on the host.
public enum RefusalReason: Hashable, Sendable {
    case wrongCluster(own: ClusterName)
    case wrongRegion(own: RegionName)
    case notInBatch(own: HostName)
    case epochBelow(highest: UInt64)
    case generationBelow(newest: UInt64)
    case attemptBelow(newest: UInt32)
    case expired(at: Instant, now: Instant)
    case clockOff(ClockReading)
    case lifetimeTooLong(Interval)
    case notBeforeTooFar(Instant)
    case neverHealthyHere(Version)
    /// The host's own configuration does not name the recipe.
    case recipeNotAllowed(RecipeName)
    /// There is nothing to restart.
    case nothingRuns(ServiceName)
    case notRestartable(Version)
    /// The agent itself is only deployed as a bundle, and where its configuration allows it.
    case agentNotReplaceable(isAllowed: Bool)
    /// Of a failure rule or a smoke test.
    case unreadablePattern(of: String, flaw: String)
    case stopping
    /// Something on this host must be mended first.
    case inTrouble(HostTrouble)

    public var code: String {
        switch self {
        case .wrongCluster: "wrong-cluster"
        case .wrongRegion: "wrong-region"
        case .notInBatch: "not-in-batch"
        case .epochBelow: "epoch-below"
        case .generationBelow: "generation-below"
        case .attemptBelow: "attempt-below"
        case .expired: "expired"
        case .clockOff: OrderRefusal.clockOff
        case .lifetimeTooLong: "lifetime-too-long"
        case .notBeforeTooFar: "not-before-too-far"
        case .neverHealthyHere: "never-healthy-here"
        case .recipeNotAllowed: "recipe-not-allowed"
        case .nothingRuns: "nothing-runs"
        case .notRestartable: "not-restartable"
        case .agentNotReplaceable: "agent-not-replaceable"
        case .unreadablePattern: "unreadable-rule"
        case .stopping: "agent-stopping"
        case .inTrouble: OrderRefusal.inTrouble
        }
    }

    public var sentence: String {
        switch self {
        case .wrongCluster(let own): "the order is for another cluster; this host belongs to \(own)"
        case .wrongRegion(let own): "the order is for another region; this host stands in \(own)"
        case .notInBatch(let own): "\(own) is not among the hosts of the order"
        case .epochBelow(let highest): "this host has obeyed a newer leader, of epoch \(highest)"
        case .generationBelow(let newest): "this host has taken a newer order, of generation \(newest)"
        case .attemptBelow(let newest): "this host has already taken attempt \(newest) of this generation"
        case .expired(let at, let now):
            "the order expired \(now - at) ago by this host's clock; issue it again, or set the clock right"
        case .clockOff(let reading):
            "this host's clock is \(reading.words), more than \(ClockReading.ahead_max); set it right"
        case .lifetimeTooLong(let lifetime):
            "the order lives \(lifetime), and \(Order.lifetime_max) is the most, and more than nothing"
        case .notBeforeTooFar(let start):
            "the order starts at unix \(start.unix_ms / 1_000), more than \(Order.lifetime_max) ahead of this host's clock"
        case .neverHealthyHere(let version):
            "\(version) was never healthy on this host, so a roll back may not bring it here; deploy it instead"
        case .recipeNotAllowed(let recipe):
            "this host does not allow the recipe \(recipe); name its folder under recipes in agent.yaml and start the "
                + "agent again"
        case .nothingRuns(let service): "nothing of \(service) runs on this host; deploy it before you restart it"
        case .notRestartable(let version):
            "\(version) runs here and has no start hook, so nothing can restart it; deploy one that has"
        case .agentNotReplaceable(isAllowed: true):
            "the agent itself can be deployed and rolled back as a bundle, and nothing else"
        case .agentNotReplaceable(isAllowed: false):
            "this host does not let orders replace its agent; set `upgrade: true` in agent.yaml and start the agent "
                + "again, or install the package"
        case .unreadablePattern(let whose, let flaw):
            "the pattern of the \(whose) says nothing to this agent: \(flaw); upgrade the agent"
        case .stopping: "the agent is stopping; send the order again when it is back"
        case .inTrouble(let trouble): "this host takes no orders until it is mended: \(trouble)"
        }
    }
}
