import Glibc
import HostDecisions
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

@Suite(.timeLimit(.minutes(10))) struct LogCheckTests {
    private let bench: CheckBench
    private var log: String { bench.folder.path + "/log/app.log" }

    init() throws {
        bench = try CheckBench()
        try Files.makeFolder(bench.folder.path + "/log")
    }

    private func write(_ text: String, mode: String = "a") throws {
        let file = try #require(fopen(log, mode))
        fputs(text, file)
        fclose(file)
    }

    private func subject(lines_max: Int = 0) throws -> ServiceHooks.Subject {
        try bench.subject(
            port: 1,
            [(.log(LogCheck(path: log, pattern: "ERROR|panic", lines_max: lines_max)), .fail)]
        )
    }

    private func start(_ subject: ServiceHooks.Subject) throws {
        try bench.checks.logs.begin(subject, bench.checks.hooks.directories)
    }

    @Test func `only lines written since the service was started count`() async throws {
        try write("ERROR of yesterday\n")
        let subject = try subject(lines_max: 1)
        try start(subject)
        #expect(try await bench.look(at: subject) == .passed)
        try write("INFO fine\nERROR one\n")
        #expect(try await bench.look(at: subject) == .passed)
        try write("panic: two\nERROR th")
        #expect(
            try await bench.look(at: subject) == .failed("\(log) has 2 lines with ERROR|panic: ERROR one")
        )
    }

    @Test func `a log is followed through rotation by renaming`() async throws {
        try write("")
        let subject = try subject(lines_max: 2)
        try start(subject)
        try write("ERROR 1\n")
        #expect(try await bench.look(at: subject) == .passed)
        try write("ERROR 2\n")
        #expect(rename(log, log + ".1") == 0)
        #expect(try await bench.look(at: subject) == .passed)
        try write("ERROR 3\n")
        #expect(
            try await bench.look(at: subject) == .failed("\(log) has 3 lines with ERROR|panic: ERROR 1")
        )
    }

    @Test func `a log that is cut is read from its beginning, also when it has grown beyond where it was`() async throws
    {
        try write("INFO 0123456789\n")
        let subject = try subject(lines_max: 1)
        try start(subject)
        try write("ERROR 1\n", mode: "w")
        #expect(try await bench.look(at: subject) == .passed)
        try write("INFO 0123456789 and much more than before\nERROR 2\n", mode: "w")
        #expect(
            try await bench.look(at: subject) == .failed("\(log) has 2 lines with ERROR|panic: ERROR 1")
        )
    }

    @Test func `a restarted agent goes on where the deployment began, in a file that was renamed meanwhile too`()
        async throws
    {
        try write("ERROR of yesterday\n")
        let subject = try subject()
        try start(subject)
        try write("ERROR of today\n")
        #expect(rename(log, log + ".1") == 0)
        try write("INFO fine\n")
        let restarted = CheckRunner(hooks: bench.checks.hooks, http: bench.checks.http)
        #expect(
            await restarted.look(try #require(subject.deployment.checks.first), at: subject)
                == .failed("\(log) has 1 line with ERROR|panic: ERROR of today")
        )
    }

    @Test func `a log that is not there is no data, and what appears is read in whole`() async throws {
        let subject = try subject()
        try start(subject)
        #expect(try await bench.look(at: subject) == .blind("there is no log \(log)"))
        try write("ERROR at once\n")
        #expect(
            try await bench.look(at: subject) == .failed("\(log) has 1 line with ERROR|panic: ERROR at once")
        )
    }

    @Test func `a look reads a bounded part, sees nothing until it has caught up, and is not read again`() async throws
    {
        try write("")
        let subject = try subject()
        try start(subject)
        let line = String(repeating: "x", count: 1_023) + "\n"
        try write(String(repeating: line, count: LogCursor.look_bytes_max / 1_024 + 1_024))
        #expect(try await bench.look(at: subject) == .blind("\(1 << 20) bytes of \(log) are still to be read"))
        let restarted = CheckRunner(hooks: bench.checks.hooks, http: bench.checks.http)
        #expect(await restarted.look(try #require(subject.deployment.checks.first), at: subject) == .passed)
    }

    @Test func `a log that cannot be read is no data`() async throws {
        // A regular file that the kernel opens, and whose first page it does not read.
        let path = "/proc/self/mem"
        let subject = try bench.subject(port: 1, [(.log(LogCheck(path: path, pattern: "ERROR", lines_max: 0)), .fail)])
        try start(subject)
        guard case .blind(let sentence) = try await bench.look(at: subject) else {
            Issue.record("it was seen")
            return
        }
        #expect(sentence.contains("/proc/self/mem"))
    }

    @Test func `logs of one service that are read at once keep all their marks`() async throws {
        let logs = (0..<8).map { bench.folder.path + "/log/\($0).log" }
        for log in logs { try Files.replace(log, with: []) }
        let subject = try bench.subject(
            port: 1,
            logs.map { (.log(LogCheck(path: $0, pattern: "ERROR", lines_max: 0)), .fail) }
        )
        try start(subject)
        let line = String(repeating: "x", count: 1_023) + "\n"
        let text = Array(String(repeating: line, count: Int(LogMark.step_bytes) / 1_024 + 1).utf8)
        for log in logs {
            let file = try #require(fopen(log, "a"))
            #expect(fwrite(text, 1, text.count, file) == text.count)
            fclose(file)
        }
        let looks = await withTaskGroup(of: CheckRunner.Look.self) { group in
            for check in subject.deployment.checks {
                group.addTask { await bench.checks.look(check, at: subject) }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(looks == Array(repeating: .passed, count: logs.count))
        let marks = try LogMark.read(bench.checks.hooks.directories.folder(of: subject.service) + "/log-marks")
        #expect(marks.map(\.offset) == Array(repeating: Int64(text.count), count: logs.count))
    }

    @Test func `a line longer than the limit is looked at by its beginning alone`() async throws {
        try write("")
        let subject = try subject()
        try start(subject)
        try write(String(repeating: "x", count: LogCursor.line_bytes_max) + "ERROR\nINFO\n")
        #expect(try await bench.look(at: subject) == .passed)
    }
}
