import TimeAndChance
import TrainModel

extension Train {
    /// Returns parts and sets, and releases what was returned.
    mutating func returnPart(_ command: Command, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        throw Refusal(.invalid, "unknown act")
    }
}
