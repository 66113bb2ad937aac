import Synchronization
import OrderedCollections
import EventStore
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// What people may see. Nothing is shown before it is durable: what was shown can never be lost.
extension Controller {
    private func durably<Value: Sendable>(_ read: @Sendable (Train) throws -> Value) async throws -> Value {
        let (value, ticket) = try loop.withLock { loop in
            if let failure = loop.failure { throw failure }
            return (try read(loop.train), try store.enqueue([]))
        }
        try await ticket.durable()
        return value
    }

    /// Nil: there is none of that name.
    public func release(_ id: ReleaseID) async throws -> ReleaseView? {
        let now = now()
        return try await durably { $0.view(of: id, at: now) }
    }

    /// Newest first.
    public func releases() async throws -> [ReleaseView] {
        let now = now()
        return try await durably { train in
            train.state.releases.keys.reversed().compactMap { train.view(of: $0, at: now) }
        }
    }

    /// The newest view after each change, as fast as the reader reads; ends when the release has ended.
    public func watch(_ id: ReleaseID) -> AsyncThrowingStream<ReleaseView, any Error> {
        let changes = changes.stream()
        return AsyncThrowingStream { continuation in
            let task = Task {
                var last: ReleaseView?
                do {
                    for await _ in changes {
                        guard let view = try await self.release(id) else { break }
                        if last.map({ view.differs(from: $0) }) ?? true { continuation.yield(view) }
                        last = view
                        if view.state.hasEnded { break }
                        // A fast release changes a thousand times a second, which nobody can read.
                        try await Task.sleep(for: .milliseconds(50))
                    }
                    continuation.finish()
                } catch {
                    continuation.finish(throwing: error)
                }
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    public func agents() async throws -> [AgentView] {
        try await durably { $0.agentViews() }
    }

    /// Oldest first.
    public func artifacts() async throws -> [Artifact] {
        try await durably { Array($0.state.artifacts.values) }
    }
}

extension ReleaseView {
    /// In anything but the instant it was taken.
    fileprivate func differs(from other: ReleaseView) -> Bool {
        var same = other
        same.at = at
        return self != same
    }
}
