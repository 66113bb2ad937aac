import NIOCore
import NIOPosix
import TimeAndChance

/// Waits by the timer of the event loop, which the link keeps awake anyhow. `Task.sleep` reaches its timer through
/// clocks and instants of any kind, a megabyte of code that a watching agent touches for nothing else.
enum Pause {
    /// Not at all, when `interval` is over already.
    ///
    /// - Throws: when the task is cancelled meanwhile, at once.
    static func pass(_ interval: Interval) async throws {
        guard interval > .zero else { return try Task.checkCancellation() }
        let timer = MultiThreadedEventLoopGroup.singleton.next().scheduleTask(in: .milliseconds(interval.ms)) {}
        do {
            try await withTaskCancellationHandler {
                try await timer.futureResult.get()
            } onCancel: {
                timer.cancel()
            }
        } catch {
            throw CancellationError()
        }
    }
}
