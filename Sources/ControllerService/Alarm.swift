import NIOCore
import NIOPosix
import Synchronization
import TimeAndChance

/// Rings once at the earliest instant it was set to.
final class Alarm: Sendable {
    private struct Armed {
        let at: Instant
        let task: Scheduled<Void>
    }

    private let loop: any EventLoop
    private let armed = Mutex<Armed?>(nil)

    init(loop: any EventLoop) {
        self.loop = loop
    }

    /// A later wish than the one it is set to is dropped: whoever is woken says again what comes next.
    func set(at instant: Instant, now: Instant, ring: @escaping @Sendable () -> Void) {
        guard instant < .distantFuture else { return }
        armed.withLock { armed in
            if let armed, armed.at <= instant { return }
            armed?.task.cancel()
            let delay_ms = max(0, min((instant - now).ms, Interval.days(1).ms))
            armed = Armed(
                at: instant,
                task: loop.scheduleTask(in: .milliseconds(delay_ms)) { [self] in
                    self.armed.withLock { $0 = nil }
                    ring()
                }
            )
        }
    }

    func cancel() {
        armed.withLock { armed in
            armed?.task.cancel()
            armed = nil
        }
    }
}
