import Glibc

/// One run of one program, on the thread that waits for it.
struct RunningProgram: ~Copyable {
    /// From asking the group to end until it is killed.
    static let grace_ms: Int64 = 500

    private let program: Program
    private let cancellation: DescriptorPair
    private let outputs: DescriptorPair
    private let errorOutputs: DescriptorPair
    private let spawned: Spawned
    private let deadline_ms: Int64
    private var output: [UInt8] = []
    private var errors: [UInt8] = []

    static func run(_ program: Program, cancellation: DescriptorPair) -> ProgramResult {
        do {
            var running = try RunningProgram(program, cancellation)
            return running.finish()
        } catch {
            return ProgramResult(end: .notStarted(error.reason))
        }
    }

    private init(_ program: Program, _ cancellation: DescriptorPair) throws(SystemRefusal) {
        let (outputs, errorOutputs) = (try DescriptorPair(), try DescriptorPair())
        let began_ms = Self.now_ms()
        spawned = try Spawned(program, output: outputs.writing, errors: errorOutputs.writing)
        deadline_ms = began_ms + Int64(max(0, program.timeout_ms))
        outputs.closeWriting()
        errorOutputs.closeWriting()
        self.program = program
        self.cancellation = cancellation
        self.outputs = outputs
        self.errorOutputs = errorOutputs
    }

    private mutating func finish() -> ProgramResult {
        var cause = wait()
        if cause != nil { endGroup() }
        // The program is a zombie until it is reaped below, so its group's number still means this group.
        _ = kill(-spawned.pid, SIGKILL)
        let status = reap()
        readRest()
        if cause == nil, output.count > program.outputBytes_max { cause = .tooMuchOutput }
        return ProgramResult(
            end: cause ?? Self.end(status),
            output: Array(output.prefix(program.outputBytes_max)),
            errors: errors.suffix(ProgramResult.errorBytes_max)
        )
    }

    /// Reads until the program ends; returns why it must be ended instead.
    private mutating func wait() -> ProgramResult.End? {
        while true {
            let left_ms = deadline_ms - Self.now_ms()
            guard left_ms > 0 else { return .timedOut }
            switch poll(for_ms: left_ms) {
            case .exited: return nil
            case .cancelled: return .cancelled
            case .other: if output.count > program.outputBytes_max { return .tooMuchOutput }
            }
        }
    }

    /// Asks, waits a little, insists.
    private mutating func endGroup() {
        _ = kill(-spawned.pid, SIGTERM)
        let deadline_ms = Self.now_ms() + Self.grace_ms
        while case let left_ms = deadline_ms - Self.now_ms(), left_ms > 0 {
            if poll(for_ms: left_ms, heedsCancellation: false) == .exited { return }
        }
    }

    private enum News { case exited, cancelled, other }

    private mutating func poll(for_ms: Int64, heedsCancellation: Bool = true) -> News {
        var waits = [
            outputs.reading, errorOutputs.reading, spawned.ended, heedsCancellation ? cancellation.reading : -1,
        ].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        // How many have news, 0 when the time is over, or -1 (a signal came).
        guard Glibc.poll(&waits, nfds_t(waits.count), Int32(clamping: for_ms)) > 0 else { return .other }
        if waits[0].revents != 0, !readOutput() { outputs.closeReading() }
        if waits[1].revents != 0, !readErrors() { errorOutputs.closeReading() }
        if waits[2].revents != 0 { return .exited }
        return waits[3].revents != 0 ? .cancelled : .other
    }

    // MARK: - Reading

    /// False at the end. What is too much is read and dropped, so that memory stays bounded while the group ends.
    private mutating func readOutput() -> Bool {
        guard let bytes = Self.read(outputs.reading) else { return false }
        output += bytes.prefix(max(0, program.outputBytes_max + 1 - output.count))
        return true
    }

    private mutating func readErrors() -> Bool {
        guard let bytes = Self.read(errorOutputs.reading) else { return false }
        errors = (errors + bytes).suffix(ProgramResult.errorBytes_max)
        return true
    }

    /// Nil at the end.
    private static func read(_ descriptor: Int32) -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        // How many bytes were read, 0 at the end, or -1.
        let count = Glibc.read(descriptor, &buffer, buffer.count)
        if count < 0 && errno == EINTR { return [] }
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// What is in the pipes now; a process that left the group may hold the other end for ever.
    private mutating func readRest() {
        while output.count <= program.outputBytes_max, Self.hasNews(outputs.reading), readOutput() {}
        for _ in 0..<64 where Self.hasNews(errorOutputs.reading) {
            guard readErrors() else { return }
        }
    }

    private static func hasNews(_ descriptor: Int32) -> Bool {
        var wait = [pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)]
        // How many have news, 0: nothing now.
        return Glibc.poll(&wait, 1, 0) > 0
    }

    // MARK: - Ending

    private func reap() -> Int32 {
        var status: Int32 = 0
        // The process id, or -1; a signal may interrupt.
        while waitpid(spawned.pid, &status, 0) < 0, errno == EINTR {}
        return status
    }

    /// As wait(2) encodes it: the signal in the low seven bits, otherwise the exit status in the next byte.
    private static func end(_ status: Int32) -> ProgramResult.End {
        status & 0x7f == 0 ? .exited(status >> 8 & 0xff) : .signalled(status & 0x7f)
    }

    private static func now_ms() -> Int64 {
        var time = timespec()
        // 0: read; CLOCK_MONOTONIC always exists.
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000
    }
}
