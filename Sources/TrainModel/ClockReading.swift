import TimeAndChance

/// How far a host's clock is ahead of the controller's (behind: below zero), as the link measured it.
public struct ClockReading: Hashable, Sendable, Codable {
    /// So far a host's clock may be off. Orders begin to be valid that much before they are issued, and the certificates,
    /// logs and windows of both ends agree that well. A host beyond it takes no order.
    public static let ahead_max = Interval.minutes(2)

    public let ahead: Interval
    /// By so much the measure itself may be wrong: half the time of the round trip.
    public let error: Interval

    public init(ahead: Interval, error: Interval) {
        self.ahead = ahead
        self.error = error
    }

    /// Surely beyond what is tolerated, whatever the error.
    public var isOff: Bool { ahead + error * -1 > Self.ahead_max || ahead + error < Self.ahead_max * -1 }

    /// The reading of a clock that is `shift` ahead of this one, where that is surely the better one: not off, and nearer
    /// to the controller's by more than the measure's error and what clocks drift. Nil: there is nothing to gain.
    public func bettered(by shift: Interval) -> ClockReading? {
        let other = ClockReading(ahead: ahead + shift, error: error)
        let gain = ahead.size + other.ahead.size * -1
        return !other.isOff && gain > error + Self.drift_max ? other : nil
    }

    /// A service that keeps a clock right moves it about by less.
    private static let drift_max = Interval.seconds(5)

    /// `3m ahead of the controller's`
    public var words: String {
        ahead < .zero ? "\(ahead * -1) behind the controller's" : "\(ahead) ahead of the controller's"
    }
}

extension Interval {
    fileprivate var size: Interval { max(self, self * -1) }
}
