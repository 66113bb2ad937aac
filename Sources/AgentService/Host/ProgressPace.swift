import Synchronization
import TrainModel

/// Tells an order's progress at the pace of people: the first news at once, then the newest every so often, and none
/// behind the receipt. A short order's steps are over before anybody could read them.
final class ProgressPace: Sendable {
    static let pause = Duration.milliseconds(100)

    /// Orders of which something was told a moment ago, and what has come since.
    private let newest = Mutex<[OrderID: OrderProgress?]>([:])
    private let send: @Sendable (OrderProgress) -> Void

    init(_ send: @escaping @Sendable (OrderProgress) -> Void) { self.send = send }

    func tell(_ progress: OrderProgress) {
        let isFirst = newest.withLock { newest in
            guard newest[progress.order] != nil else {
                newest[progress.order] = .some(nil)
                return true
            }
            newest[progress.order] = progress
            return false
        }
        guard isFirst else { return }
        send(progress)
        Task { try await followUp(progress.order) }
    }

    func end(_ order: OrderID) { newest.withLock { _ = $0.removeValue(forKey: order) } }

    private func followUp(_ order: OrderID) async throws {
        while true {
            try await Task.sleep(for: Self.pause)
            guard let progress = take(order) else { return }
            send(progress)
        }
    }

    /// Nil when nothing has come since, or the order has ended: then the next is the first again.
    private func take(_ order: OrderID) -> OrderProgress? {
        newest.withLock { newest in
            guard let waiting = newest[order], let progress = waiting else {
                newest.removeValue(forKey: order)
                return nil
            }
            newest[order] = .some(nil)
            return progress
        }
    }
}
