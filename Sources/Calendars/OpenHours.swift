import TimeAndChance

/// When several windows are open at once and no freeze is active, from an instant on.
public struct OpenHours: Hashable, Sendable {
    /// None: always, outside the freezes.
    public var windows: [Window]
    public var freezes: [Freeze]
    /// Closed before.
    public var from: Instant

    /// So many edges are looked at, so that windows which never meet cost no more.
    private static let edges_max = 10_000

    public init(_ windows: [Window] = [], except freezes: [Freeze] = [], from: Instant) {
        self.windows = windows
        self.freezes = freezes
        self.from = from
    }

    public func contains(_ instant: Instant) -> Bool {
        from <= instant && windows.allSatisfy { $0.isOpen(at: instant) }
            && !freezes.contains { $0.isActive(at: instant) }
    }

    /// What is open at `instant` and after it until it next closes, or else the whole of the next opening; up to
    /// `distantFuture` where it closes at no time that is known. Nil: it does not open within the horizon of a window.
    public func next(at instant: Instant) -> Range<Instant>? {
        var start = max(instant, from)
        for _ in 0..<Self.edges_max {
            if let window = windows.first(where: { !$0.isOpen(at: start) }) {
                guard let opening = window.nextOpening(after: start) else { return nil }
                start = opening
            } else if let freeze = freezes.first(where: { $0.isActive(at: start) }) {
                start = freeze.ends
            } else {
                return start..<end(after: start)
            }
        }
        return nil
    }

    /// When so much of what is open has gone by since `from`; nil: not within the horizon.
    public func end(of length: Interval) -> Instant? {
        var left = length
        for piece in pieces(until: .distantFuture) {
            let duration = piece.upperBound - piece.lowerBound
            if duration >= left { return piece.lowerBound + left }
            left = Interval(ms: left.ms - duration.ms)
        }
        return nil
    }

    /// How much was open from `from` until `instant`.
    public func length(until instant: Instant) -> Interval {
        pieces(until: instant).reduce(.zero) { $0 + (min($1.upperBound, instant) - $1.lowerBound) }
    }

    /// When what is open at `instant` opened; nil: it is closed.
    public func opening(of instant: Instant) -> Instant? {
        guard contains(instant) else { return nil }
        return pieces(until: instant + .milliseconds(1)).reduce(nil) { $1.lowerBound }
    }

    /// Those that begin before `instant`, ascending.
    private func pieces(until instant: Instant) -> some Sequence<Range<Instant>> {
        sequence(state: from) { (after: inout Instant) -> Range<Instant>? in
            guard after < .distantFuture, let piece = next(at: after), piece.lowerBound < instant else { return nil }
            after = piece.upperBound
            return piece
        }
        .prefix(Self.edges_max)
    }

    private func end(after start: Instant) -> Instant {
        let closings = windows.compactMap { $0.nextChange(after: start) }
        let begins = freezes.filter { $0.begins > start && $0.begins < $0.ends }.map(\.begins)
        return (closings + begins).min() ?? .distantFuture
    }
}
