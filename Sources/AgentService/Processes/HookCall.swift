import HostDecisions
import TimeAndChance
import TrainModel

/// A program of a release to run for the agent.
struct HookCall: Sendable {
    /// For sentences: `the start hook`.
    let label: String
    /// The program and its arguments; never empty.
    let command: [String]
    /// The release directory: where it runs, and where a relative program stands.
    let folder: String
    /// All of it; nothing of the agent's own environment is added.
    let environment: [String: String]
    let timeout: Interval
    /// Nil: as the agent itself.
    let user: String?
    /// True for `start`: processes that leave the hook's session (setsid), at the latest a moment after it ended, are the
    /// service and live on.
    let mayLeaveProcesses: Bool
    /// Told the newest line in which the program says how far it is, a little after the one before.
    var said: @Sendable (String) -> Void = { _ in }
}

/// How a program ended.
struct HookResult: Sendable {
    enum End: Hashable, Sendable {
        case exited(Int32)
        case signalled(Int32)
        case timedOut
        case cancelled
        /// The sentence says why, and what to do.
        case notStarted(String)
    }

    let end: End
    let output: HookOutput

    var hasPassed: Bool { end == .exited(0) }

    /// What failure rules may look at.
    var signs: FailureSigns {
        var exitCode: Int?
        if case .exited(let status) = end { exitCode = Int(status) }
        return FailureSigns(output: output.whole, exitCode: exitCode)
    }

    /// Nil when it passed. With what the program said last, which mostly is why.
    func explainedFailure(of call: HookCall) -> (code: String, sentence: String)? {
        failure(of: call).map { failure in
            let words = output.lastWords
            return words.isEmpty ? failure : (failure.code, "\(failure.sentence): \(words)")
        }
    }

    /// A service that does not answer has no version: what was asked for it must not count as running. Nil: one was named,
    /// or none was promised.
    func versionFlaw(of call: HookCall) -> (code: String, sentence: String)? {
        output.noVersion.map { words in
            let shown = words.filter { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f } }.prefix(
                80
            )
            return ("wrong-version", "\(call.label) named \"\(shown)\", which is no version; \(Version.rule)")
        }
    }

    /// Nil when it passed.
    func failure(of call: HookCall) -> (code: String, sentence: String)? {
        switch end {
        case .exited(0): nil
        case .exited(let status): ("hook-failed", "\(call.label) ended with exit status \(status)")
        case .signalled(let signal): ("hook-failed", "\(call.label) was ended by signal \(signal)")
        case .timedOut: ("hook-timed-out", "\(call.label) did not end within \(call.timeout)")
        case .cancelled: ("cancelled", "\(call.label) was cancelled")
        case .notStarted(let sentence): ("hook-not-started", "\(call.label) could not be started: \(sentence)")
        }
    }
}
