import Synchronization
import TimeAndChance

/// Whether the controller has welcomed this process, for those who wait for it.
final class LinkWitness: Sendable {
    private struct State {
        var isUp = false
        var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
        var last: UInt64 = 0
    }

    private let state = Mutex(State())

    func up() {
        let waiting = state.withLock { state in
            state.isUp = true
            defer { state.waiting = [:] }
            return Array(state.waiting.values)
        }
        for continuation in waiting { continuation.resume(returning: true) }
    }

    /// False when the time is over, or the task cancelled, before it has.
    func comes(within patience: Interval) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await self.wait() }
            group.addTask {
                do {
                    try await Task.sleep(for: .milliseconds(max(0, patience.ms)))
                } catch {
                    return false  // it came, or nobody waits any more
                }
                return false
            }
            let came = await group.next() ?? false
            group.cancelAll()
            return came
        }
    }

    private func wait() async -> Bool {
        let number = state.withLock { state in
            state.last += 1
            return state.last
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.isUp { return true }
                    if Task.isCancelled { return false }
                    state.waiting[number] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            state.withLock { $0.waiting.removeValue(forKey: number) }?.resume(returning: false)
        }
    }

}
