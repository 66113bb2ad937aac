import TimeAndChance
import TrainModel

extension TrainState {
    /// Folds in what was decided at a gate, beside approvals.
    mutating func applyToGates(_ event: Event, at now: Instant) {}
}
