import Synchronization

/// Lets one of many pieces of news through per second: people read progress, and the link is not theirs alone.
final class ProgressGate: Sendable {
    private let next = Mutex(ContinuousClock.now)

    func opens() -> Bool {
        let now = ContinuousClock.now
        return next.withLock { next in
            guard now >= next else { return false }
            next = now + .seconds(1)
            return true
        }
    }
}
