import NIOPosix

/// Threads for what waits for a disk or computes for long, so that neither links nor decisions nor the API wait for it.
enum DiskThreads {
    /// Lives as long as the process.
    private static let pool: NIOThreadPool = {
        let pool = NIOThreadPool(numberOfThreads: 2)
        pool.start()
        return pool
    }()

    static func run<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        try await pool.runIfActive(work)
    }
}
