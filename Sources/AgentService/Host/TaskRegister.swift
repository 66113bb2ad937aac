import Synchronization
import TrainModel

/// Tasks of the agent that something else may end by name. Each is awaited by the agent's own group, so none outlives
/// it, and its error is the agent's.
final class TaskRegister: Sendable {
    enum Key: Hashable, Sendable {
        case move(UInt64)
        case watch(ServiceName)
        case timer
    }

    private struct Entry {
        let number: UInt64
        let task: Task<Void, any Error>
    }

    private struct Entries {
        var byKey: [Key: Entry] = [:]
        var last: UInt64 = 0
    }

    private let executor: AgentExecutor
    private let entries = Mutex(Entries())

    init(on executor: AgentExecutor) { self.executor = executor }

    /// A task of the same name is cancelled first.
    func start(
        _ key: Key,
        in group: inout ThrowingDiscardingTaskGroup<any Error>,
        _ body: @escaping @Sendable () async throws -> Void
    ) {
        let task = Task(executorPreference: executor) { try await body() }
        let number = entries.withLock { entries in
            entries.last += 1
            entries.byKey.updateValue(Entry(number: entries.last, task: task), forKey: key)?.task.cancel()
            return entries.last
        }
        group.addTask {
            try await withTaskCancellationHandler {
                try await task.value
            } onCancel: {
                task.cancel()
            }
            self.forget(key, number)
        }
    }

    func cancel(_ key: Key) {
        entries.withLock { $0.byKey.removeValue(forKey: key)?.task.cancel() }
    }

    /// Started, and neither ended nor cancelled by name.
    func holds(_ key: Key) -> Bool { entries.withLock { $0.byKey[key] != nil } }

    private func forget(_ key: Key, _ number: UInt64) {
        entries.withLock { entries in
            if entries.byKey[key]?.number == number { entries.byKey[key] = nil }
        }
    }
}
