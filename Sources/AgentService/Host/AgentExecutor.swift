import Dispatch

/// The one thread on which the agent thinks: its decisions, their journal, and the tasks that carry them out.
///
/// Nothing of that can go on while a journal entry is on its way to the disk, so a second thread would only cost switches
/// between the two. What takes longer than one flush runs elsewhere: `DiskThreads`, `BlockingThread`.
final class AgentExecutor: TaskExecutor, SerialExecutor {
    private let queue = DispatchQueue(label: "agent")

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.async {
            job.runSynchronously(
                isolatedTo: self.asUnownedSerialExecutor(),
                taskExecutor: self.asUnownedTaskExecutor()
            )
        }
    }
}
