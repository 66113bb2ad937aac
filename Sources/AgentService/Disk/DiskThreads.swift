import NIOPosix

/// Runs work that waits for the disk on threads that are kept for it, and never on one of the cooperative pool.
enum DiskThreads {
    /// - Throws: what `body` throws; `CancellationError` when the task is cancelled before it begins.
    static func run<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(body)
    }
}
