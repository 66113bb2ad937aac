import TimeAndChance
import TrainModel

extension TrainState {
    /// Folds in what trains, people on call and debts have come to.
    mutating func applyToSchedule(_ event: Event, at now: Instant) {}
}
