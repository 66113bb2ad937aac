import Synchronization

/// The lock of the root that the agent works in, through changes of where that is.
final class RootLock: Sendable {
    private let held = Mutex<(root: String, lock: ProcessLock)?>(nil)

    func hold(_ root: String) throws(AgentError) {
        try held.withLock { held throws(AgentError) in
            guard held?.root != root else { return }
            held?.lock.release()
            held = nil
            held = (root, try ProcessLock(root: root))
        }
    }

    func release() {
        held.withLock { held in
            held?.lock.release()
            held = nil
        }
    }
}
