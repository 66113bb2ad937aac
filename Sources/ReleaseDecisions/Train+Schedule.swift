import TimeAndChance
import TrainModel

extension Train {
    /// Acts on trains, plans and debts.
    mutating func runTrain(_ command: Command, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        throw Refusal(.invalid, "unknown act")
    }

    /// Takes what registries, repositories and channels answered.
    mutating func hear(_ input: Input, at now: Instant) {}
}
