import TimeAndChance
import TrainModel

/// Compares the agent's clock with the controller's, by what each says when it is asked: half of the round trip is how
/// wrong it may be, so that the quickest answer counts. Pure; all instants are of the two ends' own clocks.
struct ClockMeasure {
    /// Answers that are remembered; an older one gives way, since clocks drift.
    static let readings_max = 8
    private static let unanswered_max = 8
    /// Two readings that differ by more than their errors and this mean that a clock was set.
    private static let drift_max = Interval.milliseconds(500)

    private var unanswered: [(number: UInt64, at: Instant)] = []
    private var readings: [ClockReading] = []

    /// The one that is least wrong; nil: none yet.
    var best: ClockReading? { readings.min { $0.error < $1.error } }

    /// Something that will be answered under its number leaves; 0 is the hello.
    mutating func asked(_ number: UInt64, at now: Instant) {
        unanswered.append((number, now))
        if unanswered.count > Self.unanswered_max { unanswered.removeFirst() }
    }

    /// - Parameters:
    ///   - heard: when the controller heard it, by its clock.
    ///   - said: when the controller said so, by its clock.
    /// - Returns: whether `best` has changed.
    mutating func answered(_ number: UInt64, heard: Instant, said: Instant, at now: Instant) -> Bool {
        guard let asked = unanswered.first(where: { $0.number == number })?.at else { return false }
        unanswered.removeAll { $0.number <= number }
        let roundTrip = (now - asked) + (said - heard) * -1
        // A clock was set while the answer was on its way.
        guard roundTrip >= .zero, said >= heard else {
            readings = []
            return false
        }
        let before = best
        let sum = (asked - heard) + (now - said)
        add(ClockReading(ahead: Interval(ms: sum.ms / 2), error: Interval(ms: roundTrip.ms / 2 + 1)))
        return best != before
    }

    private mutating func add(_ reading: ClockReading) {
        if let best, !best.agrees(with: reading, within: Self.drift_max) { readings = [] }
        readings.append(reading)
        if readings.count > Self.readings_max { readings.removeFirst() }
    }
}

extension ClockReading {
    /// People read it to the second.
    func isNews(after told: ClockReading?) -> Bool {
        guard let told else { return true }
        let difference = ahead + told.ahead * -1
        return isOff != told.isOff || difference > .milliseconds(250) || difference < .milliseconds(-250)
    }

    fileprivate func agrees(with other: ClockReading, within drift: Interval) -> Bool {
        let difference = ahead + other.ahead * -1
        let allowed = error + other.error + drift
        return difference <= allowed && difference >= allowed * -1
    }
}
