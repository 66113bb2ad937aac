import Dispatch

/// A serial executor beside the cooperative pool, for an actor that waits for the disk.
final class DiskExecutor: SerialExecutor {
    private let queue = DispatchQueue(label: "disk")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let executor = asUnownedSerialExecutor()
        queue.async { job.runSynchronously(on: executor) }
    }
}
