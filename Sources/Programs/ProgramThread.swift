import Glibc

/// A thread for one program, which waits for it: the kernel's death signal belongs to the thread that started it.
enum ProgramThread {
    private final class Work: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func run(_ body: @escaping @Sendable () -> ProgramResult) async -> ProgramResult {
        await withCheckedContinuation { continuation in
            let work = Unmanaged.passRetained(Work { continuation.resume(returning: body()) })
            var thread = pthread_t()
            // 0, or an error number.
            let status = pthread_create(
                &thread,
                nil,
                { pointer in
                    if let pointer { Unmanaged<Work>.fromOpaque(pointer).takeRetainedValue().body() }
                    return nil
                },
                work.toOpaque()
            )
            guard status == 0 else {
                work.release()
                return continuation.resume(
                    returning: ProgramResult(end: .notStarted(SystemRefusal(status).reason))
                )
            }
            pthread_detach(thread)
        }
    }
}
