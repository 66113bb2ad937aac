import TimeAndChance
import TrainModel

extension Train {
    /// Takes what the outside answered.
    mutating func weigh(_ answer: ProbeAnswer, to key: ProbeKey, at now: Instant) {}
}
