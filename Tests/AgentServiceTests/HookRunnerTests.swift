import Glibc
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

@Suite(.timeLimit(.minutes(10))) struct HookRunnerTests {
    private let folder: TemporaryFolder
    private let runner: HookRunner

    init() throws {
        folder = try TemporaryFolder()
        runner = HookRunner(root: folder.path)
    }

    private func call(
        _ script: String,
        timeout: Interval = .seconds(20),
        user: String? = nil,
        mayLeaveProcesses: Bool = false
    ) -> HookCall {
        HookCall(
            label: "the test hook",
            command: ["/bin/sh", "-c", script],
            folder: folder.path,
            environment: ["PATH": HookRunner.searchPath, "WAVETRAIN_SERVICE": "cache"],
            timeout: timeout,
            user: user,
            mayLeaveProcesses: mayLeaveProcesses
        )
    }

    /// The process id that a script wrote into a file.
    private func pid(in file: String) throws -> pid_t {
        let text = try #require(try folder.read(file))
        return try #require(pid_t(text.filter(\.isNumber)))
    }

    /// Waits until the process has gone; a zombie is gone.
    private func isGone(_ pidFile: String) async throws -> Bool {
        let pid = try pid(in: pidFile)
        for _ in 0..<500 {
            guard let stat = try? Files.read("/proc/\(pid)/stat"),
                !String(decoding: stat, as: UTF8.self).contains(") Z ")
            else { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return false
    }

    @Test func `a hook runs in its release directory with the scrubbed environment and no input`() async throws {
        setenv("WAVETRAIN_TEST_SECRET", "canary", 1)
        let result = await runner.run(call("pwd; env | sort; cat; ls /proc/self/fd | wc -l"))
        let lines = result.output.tail.split(separator: "\n").map(String.init)
        #expect(result.hasPassed)
        #expect(lines.first == folder.path)
        #expect(lines.contains("WAVETRAIN_SERVICE=cache"))
        #expect(!result.output.tail.contains("canary"))
        let names = Set(lines.filter { $0.contains("=") }.map { $0.prefix { $0 != "=" } }.map(String.init))
        #expect(names == ["PATH", "PWD", "WAVETRAIN_SERVICE", HookRunner.markVariable])
        // Input, two outputs, and the descriptor that lists them.
        #expect(lines.last == "4")
    }

    @Test func `the exit status, a signal and a missing program are told apart`() async throws {
        #expect(await runner.run(call("exit 3")).end == .exited(3))
        #expect(await runner.run(call("kill -9 $$")).end == .signalled(SIGKILL))
        let missing = HookCall(
            label: "the test hook",
            command: ["hooks/start"],
            folder: folder.path,
            environment: [:],
            timeout: .seconds(20),
            user: nil,
            mayLeaveProcesses: false
        )
        guard case .notStarted(let sentence) = await runner.run(missing).end else {
            return #expect(Bool(false), "a program that is not there ran")
        }
        #expect(sentence.contains("hooks/start: it cannot be started: No such file or directory"))
        let failure = await runner.run(call("exit 3")).failure(of: call("exit 3"))
        #expect(failure?.sentence == "the test hook ended with exit status 3")
    }

    @Test func `a failure ends with what the program said last to people`() async throws {
        let loud = call("echo begun; echo 'disk full' >&2; echo wavetrain:link https://example.com; exit 3")
        let failure = await runner.run(loud).explainedFailure(of: loud)
        #expect(failure?.sentence == "the test hook ended with exit status 3: disk full")
        let mute = call("exit 3")
        #expect(await runner.run(mute).explainedFailure(of: mute)?.sentence == "the test hook ended with exit status 3")
        let fine = call("echo fine")
        #expect(await runner.run(fine).explainedFailure(of: fine) == nil)
    }

    @Test
    func `a program is found in the release directory, on the search path, and without a line that names its shell`()
        async throws
    {
        try Files.replace(folder.path + "/script", with: Array("echo $1 $PWD\n".utf8), mode: 0o755)
        for (command, output) in [(["./script", "a"], "a \(folder.path)\n"), (["echo", "b"], "b\n")] {
            let call = HookCall(
                label: "the test hook",
                command: command,
                folder: folder.path,
                environment: ["PATH": HookRunner.searchPath],
                timeout: .seconds(20),
                user: nil,
                mayLeaveProcesses: false
            )
            let result = await runner.run(call)
            #expect(result.hasPassed)
            #expect(result.output.tail == output)
        }
    }

    @Test func `what began after a process is among the younger ones, and a number that came round finds everybody`()
        throws
    {
        let null = try OpenFile("/dev/null", O_WRONLY)
        let child = try StartedProgram(["sleep", "1000"], environment: [], folder: "/", output: null.descriptor)
        let now = Monotonic.now_ms()
        let family = MarkedProcesses.Origin(pid: child.pid, began_ms: now)
        #expect(family.younger()?.contains(child.pid) ?? true)
        #expect(MarkedProcesses.Origin(pid: child.pid, began_ms: now - 1_000_000_000).younger() == nil)
        #expect(MarkedProcesses.Origin(pid: .max, began_ms: now).younger() == nil)
        _ = kill(child.pid, SIGKILL)
        var status: Int32 = 0
        #expect(waitpid(child.pid, &status, 0) == child.pid)
    }

    @Test func `lines for the agent are read, and everything else is only kept`() async throws {
        let result = await runner.run(
            call(
                """
                echo wavetrain:link https://example.com/a; echo wavetrain:link javascript:alert; echo hello
                echo wavetrain:version 1.2; echo wavetrain:link https://example.com/a; printf 'wavetrain:version 1.3'
                """
            )
        )
        #expect(result.output.links == ["https://example.com/a"])
        #expect(result.output.version?.description == "1.3")
        #expect(result.output.tail.contains("hello"))
    }

    @Test func `a flood of output is bounded and does not hold the hook up`() async throws {
        let result = await runner.run(
            call("yes wavetrain:link https://example.com/$$ | head -n 50000; echo end", timeout: .minutes(2))
        )
        #expect(result.hasPassed)
        #expect(result.output.tail.utf8.count <= 2_048)
        #expect(result.output.tail.hasSuffix("end\n"))
        #expect(result.output.links.count == 1)
    }

    @Test func `a hook that does not end is ended, with its children, even when they ignore being asked`() async throws
    {
        let script = "trap '' TERM; sh -c 'trap \"\" TERM; echo $$ > child; while :; do sleep 1; done' & wait; wait"
        let result = await runner.run(call(script, timeout: .milliseconds(300)))
        #expect(result.end == .timedOut)
        #expect(try await isGone("child"))
    }

    @Test func `children that a hook leaves in its group end with it`() async throws {
        let result = await runner.run(call("sleep 1000 & echo $! > child; exit 0"))
        #expect(result.hasPassed)
        #expect(try await isGone("child"))
    }

    @Test func `a hook that forks twice into a session of its own leaves nobody behind`() async throws {
        let result = await runner.run(
            call(
                "(setsid sh -c 'echo $$ > child; exec sleep 1000' </dev/null >/dev/null 2>&1 &); while ! [ -s child ]; do :; done"
            )
        )
        #expect(result.hasPassed)
        #expect(try await isGone("child"))
    }

    @Test func `a service lives on that leaves for a session of its own only after its start hook has ended`()
        async throws
    {
        let script = "sh -c 'sleep 0.2; exec setsid sleep 1000' </dev/null >/dev/null 2>&1 & echo $! > service"
        let result = await runner.run(call(script, mayLeaveProcesses: true))
        #expect(result.hasPassed)
        let pid = try pid(in: "service")
        #expect(getsid(pid) == pid)
        _ = kill(pid, SIGKILL)
    }

    @Test func `a child that never leaves the group of its start hook ends with it`() async throws {
        let result = await runner.run(call("sleep 1000 & echo $! > child; exit 0", mayLeaveProcesses: true))
        #expect(result.hasPassed)
        #expect(try await isGone("child"))
    }

    @Test func `a service that a start hook puts into a session of its own lives on`() async throws {
        let result = await runner.run(
            call(
                "setsid sh -c 'echo $$ > child; exec sleep 1000' & while ! [ -s child ]; do :; done",
                mayLeaveProcesses: true
            )
        )
        #expect(result.hasPassed)
        let pid = try pid(in: "child")
        #expect(kill(pid, 0) == 0)
        _ = kill(pid, SIGKILL)
    }

    @Test func `what a killed agent's hooks left is ended by the next one, and services are not`() async throws {
        let null = try OpenFile("/dev/null", O_WRONLY)
        func leave(_ kind: String) throws -> pid_t {
            let mark = "\(HookRunner.markVariable)=\(folder.path):\(kind):1"
            return try StartedProgram(
                ["sleep", "1000"],
                environment: [mark],
                folder: "/",
                output: null.descriptor
            ).pid
        }
        let leftover = try leave("ends")
        let service = try leave("may-stay")
        // Only after exec(2) a process has its own environment.
        try await until { MarkedProcesses.all(mark: "\(HookRunner.markVariable)=\(folder.path):").count == 2 }
        runner.endLeftovers()
        var status: Int32 = 0
        #expect(waitpid(leftover, &status, 0) == leftover)
        #expect(status & 0x7f == SIGKILL)
        #expect(waitpid(service, &status, WNOHANG) == 0)
        _ = kill(service, SIGKILL)
        #expect(waitpid(service, &status, 0) == service)
    }

    @Test func `cancelling ends the hook`() async throws {
        let task = Task { await runner.run(call("echo $$ > child; exec sleep 1000", timeout: .seconds(1_000))) }
        while try folder.read("child")?.isEmpty ?? true { try await Task.sleep(for: .milliseconds(5)) }
        task.cancel()
        #expect(await task.value.end == .cancelled)
        #expect(try await isGone("child"))
    }

    @Test(.enabled(if: geteuid() == 0)) func `root runs a hook as the named user`() async throws {
        #expect(chmod(folder.path, 0o755) == 0)
        let result = await runner.run(call("id -un; id -Gn", user: "nobody"))
        #expect(result.output.tail == "nobody\nnogroup\n")
        let unknown = await runner.run(call("true", user: "no-such-user"))
        guard case .notStarted(let sentence) = unknown.end else { return #expect(Bool(false), "\(unknown.end)") }
        #expect(sentence.contains("no such user"))
    }

    @Test func `forty hooks at once all end`() async throws {
        let ends = await withTaskGroup(of: HookResult.End.self) { group in
            for number in 0..<40 { group.addTask { await runner.run(call("exit \(number)")).end } }
            return await group.reduce(into: Set<HookResult.End>()) { $0.insert($1) }
        }
        #expect(ends == Set((0..<40).map { .exited($0) }))
    }
}
