import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// Windows: an edge makes what has not started wait, and never makes anything fail. A region in hand goes on beyond it.
extension Train {
    func windowStatus(_ window: Window, _ key: GateKey, of release: ReleaseState, at now: Instant) -> GateStatus {
        let change = window.nextChange(after: now)
        guard !window.isOpen(at: now) else { return .passed(until: change) }
        let opens = change.map { "it opens \(Self.words($0, in: window.zone, from: now))" }
        return .unmet(
            Hold(
                kind: .window,
                subject: key.description,
                unmet: "outside the window \(window); " + (opens ?? "it opens at no time within two years"),
                canAct: change == nil ? "whoever may change the plan" : "",
                since: reached(key, of: release),
                nextChange: change
            ),
            until: change
        )
    }
}
