import EventStore
import OrderedCollections
import ReleaseDecisions
import Synchronization
import TimeAndChance
import TrainModel

/// What people may see. Nothing is shown before it is durable: what was shown can never be lost.
extension Controller {
    /// A fast release changes a thousand times a second, which nobody can read.
    private static let watchPace = Duration.milliseconds(50)

    /// Nil: there is none of that name.
    public func release(_ id: ReleaseID) async throws -> ReleasePicture? {
        try await release(id, pace: .zero)
    }

    private func release(_ id: ReleaseID, pace: Duration) async throws -> ReleasePicture? {
        let seen = try await gallery.picture(
            of: id,
            pace: pace,
            revision: { try self.loop.withLock { try $0.presentTrain().revision(of: id) } },
            look: { try self.look() }
        )
        guard let seen else { return nil }
        try await seen.ticket.durable()
        return seen.picture
    }

    /// Newest first.
    public func releases() async throws -> [ReleasePicture] {
        let look = try look()
        let pictures = await gallery.pictures(look)
        try await look.ticket.durable()
        return pictures
    }

    /// The newest picture after each change, as fast as the reader reads; ends when the release has ended.
    public func watch(_ id: ReleaseID) -> AsyncThrowingStream<ReleasePicture, any Error> {
        let changes = changes.stream()
        return AsyncThrowingStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
            let task = Task {
                var last: UInt64?
                do {
                    for await _ in changes {
                        guard let picture = try await self.release(id, pace: Self.watchPace) else { break }
                        if last != picture.revision { continuation.yield(picture) }
                        last = picture.revision
                        if picture.view.state.hasEnded { break }
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
        let look = try look()
        let views = look.train.agentViews()
        try await look.ticket.durable()
        return views
    }

    /// Oldest first.
    public func artifacts() async throws -> [ArtifactRecord] {
        let look = try look()
        try await look.ticket.durable()
        return Array(look.train.state.artifacts.values)
    }

    /// What is known of the bytes of each bundle that was ever pushed.
    public func bundleFates() async throws -> [Digest: BundleFate] {
        let look = try look()
        try await look.ticket.durable()
        let (state, needs) = (look.train.state, look.train.bundleNeeds())
        var fates: [Digest: BundleFate] = [:]
        for artifact in state.artifacts.values.lazy.map(\.artifact) where artifact.length_bytes > 0 {
            fates[artifact.digest] =
                state.isHere(artifact) ? needs[artifact.digest].map { .needed($0) } ?? .kept : .removed
        }
        return fates
    }

    func look() throws -> Look {
        let (now, taken) = (now(), ContinuousClock.now)
        return try loop.withLock { loop in
            Look(train: try loop.presentTrain(), now: now, taken: taken, ticket: try store.enqueue([]))
        }
    }
}

/// Whether a bundle's bytes are here, and why.
public enum BundleFate: Hashable, Sendable {
    case needed(BundleNeed)
    /// Nothing needs it, and there is room.
    case kept
    case removed
}

extension Controller.Loop {
    /// Throws once nothing is decided any more.
    fileprivate func presentTrain() throws -> Train {
        if let failure { throw failure }
        return train
    }
}
