import Glibc
import Synchronization

/// A thread for one call that waits, which ends with it.
enum CallThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func start(_ body: @escaping @Sendable () -> Void) {
        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        // 0, or an error number when there are too many threads.
        let status = pthread_create(
            &thread,
            nil,
            { pointer in
                if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
                return nil
            },
            work.toOpaque()
        )
        precondition(status == 0, "the system starts no more threads")
        pthread_detach(thread)
    }
}

/// Asked for from any thread; seen by libcurl's thread at its next progress.
final class Cancellation: Sendable {
    private let isAskedFor = Atomic(false)

    func ask() { isAskedFor.store(true, ordering: .relaxed) }
    var isAsked: Bool { isAskedFor.load(ordering: .relaxed) }
}
