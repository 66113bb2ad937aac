import TimeAndChance
import TrainModel

extension Train {
    /// Acts on gates beside approvals.
    mutating func actAtGate(_ command: Command, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        throw Refusal(.invalid, "unknown act")
    }
}
