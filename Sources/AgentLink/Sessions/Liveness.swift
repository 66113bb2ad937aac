import TimeAndChance

/// Heartbeats of one end: when to send the next, and when the peer has been silent for too long.
///
/// Instants here are of a steady clock, whatever its origin: wall time may be set, and would then cut every session.
struct Liveness {
    static let every_default = Interval.seconds(5)
    /// What a welcome may ask for. At the upper end a dead peer is noticed within 30 s: three intervals and a tick.
    static let every_allowed = Interval.milliseconds(100)...Interval.milliseconds(7_500)
    /// Heartbeats that may stay out.
    static let misses_max: Int64 = 3

    private let every: Interval
    private var heard: Instant
    private var nextBeat: Instant
    private var number: UInt64 = 0

    enum Verdict: Equatable {
        case wait
        case beat(number: UInt64)
        case silent
    }

    init(every: Interval, now: Instant) {
        self.every = every
        heard = now
        nextBeat = now + every
    }

    /// Anything that arrives shows that the peer lives.
    mutating func heard(now: Instant) {
        heard = max(heard, now)
    }

    /// To be asked at least once per interval.
    mutating func tick(now: Instant) -> Verdict {
        guard now - heard <= every * Self.misses_max else { return .silent }
        guard now >= nextBeat else { return .wait }
        // After a long pause one heartbeat is enough.
        nextBeat = now + every
        number += 1
        return .beat(number: number)
    }
}
