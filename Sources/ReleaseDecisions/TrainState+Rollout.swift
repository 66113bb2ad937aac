import TimeAndChance
import TrainModel

extension TrainState {
    /// Folds in retries, findings, pins and returns of parts.
    mutating func applyToRollout(_ event: Event, at now: Instant) {}
}
