import Glibc
import HostDecisions
import TimeAndChance
import TrainModel

/// The steps of an order that replaces the agent. Each may be done again, by whichever program the process is then.
struct OwnSteps: Sendable {
    /// How long a new agent may take until it is connected, where the order gives it that long.
    static let trial_max = Interval.minutes(2)
    /// From the end of that until the kernel ends a program that does not even notice.
    static let grace_s: Int64 = 5
    private static let selfCheck_max = Interval.seconds(20)

    let program: OwnProgram
    let hooks: ServiceHooks
    let linkUp: LinkWitness
    let clock: @Sendable () -> Instant

    /// A program that could not become another one has lost its signal handlers and connections on the way.
    private struct MustEnd: Error {
        let reason: AgentError
    }

    /// Nil: the step is as for any other service.
    ///
    /// `said` is told how far a new agent is. Throws only what must end the process. The next one finds in `agent-program`
    /// and the journal how it went.
    func run(_ order: MoveOrder, said: (String) -> Void) async throws -> MoveResult? {
        let release = order.deployment.map { hooks.directories.name(of: $0.release) }
        do {
            switch order.move {
            case .installNew: return try await check(order, release)
            case .startNew: return try await start(order, release, said)
            case .startOld: return try await goBack(to: release)
            case .verifyNew, .verifyOld: return program.verify(order.deployment)
            default: return nil
            }
        } catch let error as MustEnd {
            throw error.reason
        } catch  where AgentError.mustEndProcess(error) {
            throw error
        } catch {
            return MoveResult(.failed(code: "program-record", sentence: "\(error)"))
        }
    }

    /// Runs the new program once, to see that it starts here and understands what this one has written.
    private func check(_ order: MoveOrder, _ release: String?) async throws -> MoveResult {
        let path = program.program(of: release ?? "")
        let configuration = hooks.configuration.file.map { ["--config", $0] } ?? []
        let call = HookCall(
            label: "the new agent's self-check",
            command: [path, "self-check"] + configuration,
            folder: Files.parent(of: path),
            environment: ["PATH": HookRunner.searchPath],
            timeout: Self.selfCheck_max,
            user: nil,
            mayLeaveProcesses: false
        )
        let result = await hooks.runner.run(call)
        guard let failure = result.explainedFailure(of: call) else { return MoveResult(.passed) }
        return MoveResult(.failed(code: failure.code, sentence: failure.sentence), outputTail: result.output.tail)
    }

    private func start(_ order: MoveOrder, _ release: String?, _ said: (String) -> Void) async throws -> MoveResult {
        var record = try program.load()
        guard program.ownRelease != release else { return try await comeThrough(order, release, said) }
        if let trial = record.trial, trial.release == release, let failure = trial.failure {
            _ = alarm(0)
            record.trial = nil
            record.starts_count = 0
            try program.save(record)
            return MoveResult(.failed(code: "new-agent-failed", sentence: failure))
        }
        let left = min(order.deadline - clock(), Self.trial_max)
        let limit_s = UInt32(clamping: max(0, left.ms / 1_000) + Self.grace_s)
        record.trial = release.map { ProgramRecord.Trial(release: $0, limit_s: limit_s) }
        record.starts_count = 1
        try program.save(record)
        try become(program.program(of: release ?? ""), alarm_s: limit_s, &record)
    }

    private func become(_ path: String, alarm_s: UInt32, _ record: inout ProgramRecord) throws(MustEnd) -> Never {
        let reason = program.become(path, alarm_s: alarm_s)
        record.launchFailed("the agent cannot be started: \(reason)")
        do throws(AgentError) { try program.save(record) } catch { throw MustEnd(reason: error) }
        let remedy = "the next start goes on without it; look at the file"
        throw MustEnd(reason: AgentError(.processFailed, at: path, "it cannot be started: \(reason)", remedy: remedy))
    }

    /// This is the new program: it is believed in when the controller has welcomed it.
    private func comeThrough(
        _ order: MoveOrder,
        _ release: String?,
        _ said: (String) -> Void
    ) async throws -> MoveResult {
        var record = try program.load()
        if record.settled != release || record.trial != nil {
            guard record.trial?.release == release else {
                let sentence = "\(OwnProgram.fileName) does not say that this agent is on trial"
                return MoveResult(.failed(code: "program-record", sentence: sentence))
            }
            said("the new agent runs and waits for a link to the controller")
            let patience = min(order.deadline - clock(), Self.trial_max)
            guard await linkUp.comes(within: patience) else {
                let sentence = "the new agent started and had no link to the controller within \(patience)"
                return MoveResult(.failed(code: "not-connected", sentence: sentence))
            }
            record.settle(release)
            try program.save(record)
        }
        _ = alarm(0)
        return MoveResult(.passed)
    }

    /// There is no other way than this one, so what the disk does not take is tried again, and then by the next start.
    private func goBack(to release: String?) async throws -> MoveResult {
        var record = program.record()
        let path = release.map(program.program) ?? record.installedPath
        let isOwn = program.ownRelease == release
        if !isOwn, record.trial == nil, record.settled == release, record.starts_count >= ProgramRecord.starts_max {
            _ = alarm(0)
            return MoveResult(.failed(code: "old-agent-failed", sentence: "\(path) cannot be started"))
        }
        record.settle(release)
        try await save(record, pauses: MoveRunner.switchPauses)
        _ = alarm(0)
        guard !isOwn else { return MoveResult(.passed) }
        try become(path, alarm_s: 0, &record)
    }

    private func save(_ record: ProgramRecord, pauses: [Duration]) async throws {
        do throws(AgentError) {
            try program.save(record)
        } catch {
            guard !AgentError.mustEndProcess(error), let pause = pauses.first else { throw MustEnd(reason: error) }
            do { try await Task.sleep(for: pause) } catch is CancellationError { throw MustEnd(reason: error) }
            try await save(record, pauses: Array(pauses.dropFirst()))
        }
    }
}
