import Foundation
import Synchronization
import TestSupport

/// The agent of a host, started again whenever it fails, as systemd does with `Restart=on-failure`.
final class SupervisedAgent: Sendable {
    private let configuration: String
    private let state = Mutex(State())

    private struct State {
        var program: BuiltProgram?
        var starts = 0
        var isStopped = false
    }

    init(configuration: String) {
        self.configuration = configuration
    }

    var starts: Int { state.withLock(\.starts) }

    func start() throws {
        state.withLock { $0.isStopped = false }
        try launch()
    }

    private func launch() throws {
        try state.withLock { state in
            guard !state.isStopped else { return }
            let program = try BuiltProgram("wavetrain-agent", ["run", "--config", configuration])
            state.program = program
            state.starts += 1
            Task { [self] in
                guard await program.ended() != 0 else { return }
                try launch()
            }
        }
    }

    /// Kills it; it is started again.
    func kill() { state.withLock(\.program)?.end() }

    func stop() {
        let program = state.withLock { state in
            state.isStopped = true
            return state.program
        }
        program?.end()
    }

    /// The file that the agent is now; nil: it is just being started.
    var file: String? {
        guard let pid = state.withLock(\.program)?.pid else { return nil }
        return try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/exe")
    }
}
