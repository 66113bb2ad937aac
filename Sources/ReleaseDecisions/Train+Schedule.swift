import TimeAndChance
import TrainModel

extension Train {
    /// Acts on trains, plans and debts.
    mutating func runTrain(_ command: Command, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        throw Refusal(.invalid, "unknown act")
    }

    /// Takes what registries, repositories and channels answered.
    mutating func hear(_ input: Input, at now: Instant) {}

    mutating func takeUpTrains(at now: Instant) {}
    mutating func keepSchedule(of plan: PlanName, at now: Instant) {}
    mutating func lookForOverdue(_ stage: StageName, of id: ReleaseID, at now: Instant) {}
    mutating func endAdHoc(_ id: ReleaseID, at now: Instant) {}
    mutating func deliverAgain(_ notice: UInt64, at now: Instant) {}
    mutating func heed(_ event: Event, at now: Instant) {}
}
