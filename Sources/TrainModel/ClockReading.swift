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

    /// `3m ahead of the controller's`
    public var words: String {
        ahead < .zero ? "\(ahead * -1) behind the controller's" : "\(ahead) ahead of the controller's"
    }
}
