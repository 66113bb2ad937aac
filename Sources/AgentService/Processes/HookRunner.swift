import CSpawn
import Glibc
import Synchronization

/// Runs programs for the agent, each in a session and process group of its own, with nothing of the agent's
/// environment, descriptors or input.
///
/// However a program ends (by itself, by its time limit, cancelled), its whole process group ends with it; for all but
/// `start` also whatever left the group is found by a mark in its environment and ended. When the agent itself is
/// killed, the kernel kills the program.
struct HookRunner: Sendable {
    static let searchPath = CSPAWN_SEARCH_PATH

    /// Whose hooks these are, for what a killed agent left running.
    private let root: String

    init(root: String) { self.root = root }

    func run(_ call: HookCall) async -> HookResult {
        // A pipe is refused only where no descriptor is left (pipe(2)).
        guard let cancellation = try? Pipe() else {
            return HookResult(end: .notStarted("no descriptor is left; raise the limit"), output: HookOutput())
        }
        return await withTaskCancellationHandler {
            await BlockingThread.run { [mark = mark(of: call)] in
                HookProcess.run(call, mark: mark, cancellation: cancellation)
            }
        } onCancel: {
            cancellation.closeWriting()
        }
    }
}

extension HookRunner {
    static let markVariable = "WAVETRAIN_HOOK_RUN"

    /// Ends what the hooks of an earlier agent in this root left running when it was killed: the kernel killed each
    /// hook, but not its children. What `start` hooks left may be a service and stays. Blocks.
    func endLeftovers() { MarkedProcesses.killAll(mark: markPrefix(mayLeaveProcesses: false)) }

    /// In the environment of everything that the hook starts; of this run and no other.
    private func mark(of call: HookCall) -> String {
        var generator = SystemRandomNumberGenerator()
        let number = generator.next()
        return markPrefix(mayLeaveProcesses: call.mayLeaveProcesses) + String(number, radix: 16)
    }

    private func markPrefix(mayLeaveProcesses: Bool) -> String {
        "\(Self.markVariable)=\(root):\(mayLeaveProcesses ? "may-stay" : "ends"):"
    }
}

/// A pipe whose ends are closed once each, from any thread.
final class Pipe: Sendable {
    private let ends: Mutex<(reading: Int32, writing: Int32)>

    init() throws(AgentError) {
        var descriptors: [Int32] = [-1, -1]
        // 0, or -1.
        guard pipe(&descriptors) == 0 else { throw .system(errno, "making a pipe", "pipe") }
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        ends = Mutex((descriptors[0], descriptors[1]))
    }

    deinit {
        closeReading()
        closeWriting()
    }

    /// -1 once closed.
    var reading: Int32 { ends.withLock { $0.reading } }
    var writing: Int32 { ends.withLock { $0.writing } }

    func closeReading() { ends.withLock { Self.close(&$0.reading) } }
    func closeWriting() { ends.withLock { Self.close(&$0.writing) } }

    private static func close(_ descriptor: inout Int32) {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }
}
