import Glibc
import TimeAndChance

/// One run of one program, on the thread that waits for it.
///
/// The thread lives as long as the program: the kernel's death signal belongs to the thread that started a process.
struct HookProcess: ~Copyable {
    /// From asking the group to end until it is killed; for so long may a service take to leave it.
    static let grace_ms: Int64 = 1_000
    private static let look_ms: Int32 = 2
    /// Between two lines of progress that are told; of those between only the newest is.
    private static let progressPause_ms: Int64 = 500

    private let call: HookCall
    private let cancellation: Pipe
    private let output: Pipe
    private let program: StartedProgram
    private let began_ms: Int64
    /// `NAME=value`, in the environment of everything that the program starts.
    private let mark: String
    private var text = HookOutput()
    private var progressDue_ms: Int64 = 0

    static func run(_ call: HookCall, mark: String, cancellation: Pipe) -> HookResult {
        do {
            var process = try HookProcess(starting: call, mark: mark, cancellation: cancellation)
            return process.finish()
        } catch {
            return HookResult(end: .notStarted("\(error)"), output: HookOutput())
        }
    }

    private init(starting call: HookCall, mark: String, cancellation: Pipe) throws {
        let output = try Pipe()
        let began_ms = Monotonic.now_ms()
        let account = try call.user.map(Account.init)
        program = try StartedProgram(
            call.command,
            environment: call.environment.map { "\($0)=\($1)" } + [mark],
            folder: call.folder,
            account: account?.uid == geteuid() ? nil : account,
            output: output.writing
        )
        output.closeWriting()
        self.call = call
        self.cancellation = cancellation
        self.output = output
        self.began_ms = began_ms
        self.mark = mark
    }

    private mutating func finish() -> HookResult {
        let cause = wait()
        let origin = MarkedProcesses.Origin(pid: program.pid, began_ms: began_ms)
        if cause != nil { endGroup() } else if call.mayLeaveProcesses { letLeave(origin) }
        // The program is a zombie until it is reaped below, so its group's number still means this group.
        _ = kill(-program.pid, SIGKILL)
        let status = reap()
        readRest()
        if !call.mayLeaveProcesses {
            MarkedProcesses.killAll(mark: mark, descendingFrom: origin)
        }
        text.finish()
        return HookResult(end: cause ?? Self.end(status), output: text)
    }

    /// Reads until the program ends; returns why it must be ended instead.
    private mutating func wait() -> HookResult.End? {
        let deadline = Monotonic.now_ms() + max(0, call.timeout.ms)
        while true {
            let left = deadline - Monotonic.now_ms()
            guard left > 0 else { return .timedOut }
            tellProgress()
            let pause = text.hasProgress ? max(1, progressDue_ms - Monotonic.now_ms()) : left
            switch poll(for_ms: min(left, pause)) {
            case .exited: return nil
            case .cancelled: return .cancelled
            case .other: continue
            }
        }
    }

    private mutating func tellProgress() {
        let now = Monotonic.now_ms()
        guard now >= progressDue_ms, let words = text.takeProgress() else { return }
        progressDue_ms = now + Self.progressPause_ms
        call.said(words)
    }

    /// Asks, waits a little, insists.
    private mutating func endGroup() {
        _ = kill(-program.pid, SIGTERM)
        let deadline = Monotonic.now_ms() + Self.grace_ms
        while Monotonic.now_ms() < deadline {
            if poll(for_ms: deadline - Monotonic.now_ms(), ignoringCancellation: true) == .exited { return }
        }
        _ = kill(-program.pid, SIGKILL)
    }

    /// A hook that ends with `setsid service &` may be over before its child has come to call setsid(2). Nobody tells
    /// when it has, so the group is looked at until it is empty.
    private func letLeave(_ origin: MarkedProcesses.Origin) {
        let deadline = Monotonic.now_ms() + Self.grace_ms
        while origin.hasCompany(), Monotonic.now_ms() < deadline { _ = Glibc.poll(nil, 0, Self.look_ms) }
    }

    private enum News { case exited, cancelled, other }

    private mutating func poll(for_ms: Int64, ignoringCancellation: Bool = false) -> News {
        var waits = [
            pollfd(fd: output.reading, events: Int16(POLLIN), revents: 0),
            pollfd(fd: program.ended, events: Int16(POLLIN), revents: 0),
            pollfd(fd: ignoringCancellation ? -1 : cancellation.reading, events: Int16(POLLIN), revents: 0),
        ]
        // How many have news, 0 when the time is over, or -1 (a signal came).
        _ = Glibc.poll(&waits, nfds_t(waits.count), Int32(clamping: for_ms))
        if waits[0].revents != 0, !readSome() { output.closeReading() }
        if waits[1].revents != 0 { return .exited }
        return waits[2].revents != 0 ? .cancelled : .other
    }

    /// False at the end of the output.
    private mutating func readSome() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        // How many bytes were read, 0 at the end, or -1.
        let count = Glibc.read(output.reading, &buffer, buffer.count)
        if count > 0 { text.add(buffer[..<count]) }
        return count > 0 || (count < 0 && errno == EINTR)
    }

    /// What is in the pipe now; a service that holds the other end may write on for ever.
    private mutating func readRest() {
        for _ in 0..<64 where output.reading >= 0 {
            var wait = [pollfd(fd: output.reading, events: Int16(POLLIN), revents: 0)]
            // How many have news, 0: nothing now.
            guard Glibc.poll(&wait, 1, 0) > 0, readSome() else { return }
        }
    }

    private func reap() -> Int32 {
        var status: Int32 = 0
        // The process id, or -1; a signal may interrupt.
        while waitpid(program.pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// As wait(2) encodes it: the signal in the low seven bits, otherwise the exit status in the next byte.
    private static func end(_ status: Int32) -> HookResult.End {
        status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .signalled(status & 0x7f)
    }
}

enum Monotonic {
    static func now_ms() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
