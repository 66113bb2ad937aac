import Foundation
import Glibc
import Programs
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(1))) struct ProgramTests {
    private func shell(_ script: String, timeout_ms: Int = 30_000, outputBytes_max: Int = 1 << 20) -> Program {
        Program(
            ["sh", "-c", script],
            environment: ["PATH": Program.searchPath],
            timeout_ms: timeout_ms,
            outputBytes_max: outputBytes_max
        )
    }

    @Test func `output and errors come apart, with the exit status`() async {
        let program = shell("echo value; echo first >&2; echo last >&2; exit 3")
        let result = await program.run()
        #expect(result.end == .exited(3))
        #expect(String(decoding: result.output, as: UTF8.self) == "value\n")
        #expect(result.failure(of: program) == "ended with exit status 3: last")
    }

    @Test func `a program has the environment that it was given and no other`() async {
        setenv("WAVETRAIN_TEST_SECRET", "x", 1)
        let result = await Program(["env"], environment: ["A": "b c"], timeout_ms: 30_000).run()
        #expect(String(decoding: result.output, as: UTF8.self) == "A=b c\n")
    }

    @Test func `the whole group ends when the time is over`() async throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("pids-\(UUID())").path
        defer { unlink(path) }
        let result = await shell("trap '' TERM; sleep 600 & echo $! > \(path); wait", timeout_ms: 300).run()
        #expect(result.end == .timedOut)
        let text = try String(contentsOfFile: path, encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
        let child = try #require(pid_t(text))
        // Killed with its group; it may not have come to its end, and init may not have reaped it yet.
        try await until {
            let state = try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)
            return state.map { $0.contains(") Z ") } ?? true
        }
    }

    @Test func `a program that prints without end is ended`() async {
        let program = shell("while :; do echo 0123456789; done", outputBytes_max: 1_000)
        let result = await program.run()
        #expect(result.end == .tooMuchOutput)
        #expect(result.output.count == 1_000)
    }

    @Test func `what is printed in a burst right before the end is counted too`() async {
        let fits = await shell("head -c 60000 /dev/zero", outputBytes_max: 60_000).run()
        #expect(fits.end == .exited(0))
        #expect(fits.output.count == 60_000)
        let tooLong = await shell("head -c 60001 /dev/zero", outputBytes_max: 60_000).run()
        #expect(tooLong.end == .tooMuchOutput)
    }

    @Test func `cancelling the task ends the program`() async {
        let task = Task { await shell("sleep 600").run() }
        task.cancel()
        #expect(await task.value.end == .cancelled)
    }

    @Test func `a program that is not there is no crash`() async {
        let program = Program(["/nowhere/program"], timeout_ms: 1_000)
        #expect(await program.run().failure(of: program) == "could not be started: No such file or directory")
    }
}
