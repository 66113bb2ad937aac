import TimeAndChance

/// A time in which nothing may be released, from a local time up to another, exclusive.
public struct Freeze: Hashable, Sendable, Codable {
    public let name: String
    public let from: LocalTime
    /// Exclusive. Not after `from`: the freeze is never active.
    public let to: LocalTime
    public let zone: Zone
    public let reason: String

    public init(name: String, from: LocalTime, to: LocalTime, zone: Zone, reason: String) {
        self.name = name
        self.from = from
        self.to = to
        self.zone = zone
        self.reason = reason
    }

    public var begins: Instant { zone.instant(of: from) }
    /// The first instant after it.
    public var ends: Instant { zone.instant(of: to) }

    public func isActive(at instant: Instant) -> Bool { begins <= instant && instant < ends }
}

extension Freeze: CustomStringConvertible {
    /// `year-end (books are closed) from 2026-12-18T17:00 to 2027-01-04T08:00 Europe/Berlin`
    public var description: String { "\(name) (\(reason)) from \(from) to \(to) \(zone.name)" }
}
