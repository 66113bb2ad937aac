import Synchronization

/// Tells whoever watches that something may have changed. Watchers that are slow hear once for many changes.
final class Changes: Sendable {
    private struct Watchers {
        var next = 0
        var continuations: [Int: AsyncStream<Void>.Continuation] = [:]
    }

    private let watchers = Mutex(Watchers())

    func announce() {
        watchers.withLock { watchers in
            for continuation in watchers.continuations.values { continuation.yield() }
        }
    }

    /// Begins with one element, so that a watcher sees the present first.
    func stream() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let number = watchers.withLock { watchers in
            watchers.next += 1
            watchers.continuations[watchers.next] = continuation
            return watchers.next
        }
        continuation.onTermination = { [weak self] _ in
            self?.watchers.withLock { $0.continuations[number] = nil }
        }
        continuation.yield()
        return stream
    }
}
