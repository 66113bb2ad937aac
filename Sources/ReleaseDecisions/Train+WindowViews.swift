import Calendars
import TimeAndChance
import TrainModel

/// When the windows of waves open and close, as people see it before they hold anything.
extension Train {
    /// Nil for a wave that is over, and where no window holds.
    func windowView(
        of wave: Wave,
        at position: WavePosition,
        of release: ReleaseState,
        at now: Instant
    ) -> WindowView? {
        let (here, there) = ((release.position.stage, release.position.wave), (position.stage, position.wave))
        guard release.isActive, there >= here, !release.ignoresWindows else { return nil }
        let windows = (wave.gates + wave.regionGates).compactMap { gate -> Window? in
            if case .window(let window) = gate { window } else { nil }
        }
        guard let first = windows.first else { return nil }
        let closed = windows.filter { !$0.isOpen(at: now) }
        guard closed.isEmpty else {
            // The last to open decides.
            let openings = closed.map { ($0, $0.nextOpening(after: now)) }
            guard let last = openings.max(by: { ($0.1 ?? .distantFuture) < ($1.1 ?? .distantFuture) }),
                let opening = last.1
            else { return WindowView(isOpen: false, words: "opens at no time within two years", changes: nil) }
            return WindowView(
                isOpen: false,
                words: "opens \(Self.words(opening, in: last.0.zone, from: now))",
                changes: opening
            )
        }
        let edges = windows.compactMap { window in window.nextChange(after: now).map { (window, $0) } }
        guard let next = edges.min(by: { $0.1 < $1.1 }) else {
            return WindowView(isOpen: true, words: "open as \(first)", changes: nil)
        }
        return WindowView(
            isOpen: true,
            words: "closes \(Self.words(next.1, in: next.0.zone, from: now))",
            changes: next.1
        )
    }
}
