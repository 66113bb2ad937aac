import CMemory
import Synchronization

/// Keeps an agent that has nothing to do small. Starting, connecting and deploying touch ten times the code and twice the
/// memory that watching does, and an agent mostly watches.
final class IdleMemory: Sendable {
    /// After the last thing that was done, since deployments come in groups; and once more for what ends by itself behind
    /// them, such as connections that are kept for a while.
    static let pauses = [Duration.seconds(5), .seconds(30)]
    /// Enough that the few busy threads seldom wait for each other.
    static let heaps_max: Int32 = 2

    private let waiting = Mutex<Task<Void, Never>?>(nil)

    /// Before any thread is started.
    static func prepare() { cmemory_limit_heaps(heaps_max) }

    /// Something was done; when nothing more is for a while, what it took is given back.
    func settle() {
        waiting.withLock { waiting in
            waiting?.cancel()
            waiting = Task {
                for pause in Self.pauses {
                    do {
                        try await Task.sleep(for: pause)
                    } catch {
                        return  // something more was done
                    }
                    cmemory_give_back()
                }
            }
        }
    }

    deinit { waiting.withLock { $0?.cancel() } }
}
