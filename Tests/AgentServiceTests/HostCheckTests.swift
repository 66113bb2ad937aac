import Foundation
import Glibc
import HostDecisions
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// Looks at files and processes.
@Suite(.timeLimit(.minutes(10))) struct HostCheckTests {
    private var bench: CheckBench

    init() throws { bench = try CheckBench() }

    // MARK: Files

    @Test func `a file check wants a regular file, young and large enough`() async throws {
        try bench.folder.write("state/ready", "0123456789")
        let path = bench.folder.path + "/state/ready"
        #expect(try await bench.look(.file(FileCheck(path: path)), port: 1) == .passed)
        #expect(
            try await bench.look(.file(FileCheck(path: path, size_bytes_min: 11)), port: 1)
                == .failed("\(path) has 10 bytes, less than 11")
        )
        #expect(
            try await bench.look(.file(FileCheck(path: path + "x")), port: 1)
                == .failed("\(path)x: No such file or directory")
        )
        #expect(
            try await bench.look(.file(FileCheck(path: bench.folder.path + "/state")), port: 1)
                == .failed("\(bench.folder.path)/state is no regular file")
        )
        age(path)
        let look = try await bench.look(.file(FileCheck(path: path, age_max: .hours(1))), port: 1)
        guard case .failed(let sentence) = look else { throw Unexpected(look) }
        #expect(sentence.hasSuffix("ago, more than 1h"))
    }

    /// As if it had been written in 1970.
    private func age(_ path: String) {
        var times = [timeval(tv_sec: 1_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000, tv_usec: 0)]
        #expect(utimes(path, &times) == 0)
    }

    @Test(arguments: [Int64.max, .min, .max / 1_000, 1 << 40])
    func `a file may say that it was written at any time`(written_unix_s: Int64) {
        var status = Glibc.stat()
        status.st_mtim.tv_sec = Int(written_unix_s)
        let limit = Int64.max / 1_000
        #expect(status.written.unix_ms / 1_000 == max(-limit, min(limit, written_unix_s)))
        // Whatever is counted from there.
        #expect(status.written + .seconds(10) >= status.written)
        #expect(status.written - .seconds(10) <= status.written)
    }

    @Test func `a service that dates its files to the end of time disturbs no check`() async throws {
        // A file system in memory keeps any date.
        let path = "/dev/shm/wavetrain-check-\(getpid())-\(UInt64.random(in: 0 ... .max))"
        let process = try sleeper()
        defer {
            end(process)
            unlink(path)
        }
        try Files.replace(path, with: Array("\(process.processIdentifier)\n".utf8))
        for written_unix_s in [Int.min, Int.max] {
            let times = [timespec](repeating: timespec(tv_sec: written_unix_s, tv_nsec: 0), count: 2)
            #expect(utimensat(AT_FDCWD, path, times, 0) == 0)
            let isOld = written_unix_s < 0
            let look = try await bench.look(.file(FileCheck(path: path, age_max: .hours(1))), port: 1)
            #expect((look == .passed) == !isOld)
            let process = try await bench.look(.process(.pidFile(path: path)), port: 1)
            #expect((process == .passed) == !isOld)
        }
    }

    @Test func `a file without a leading slash stands inside the release directory`() async throws {
        let subject = try bench.subject(port: 1, [(.file(FileCheck(path: "ready")), .fail)])
        #expect(try await bench.look(at: subject) != .passed)
        try Files.replace(subject.folder + "/ready", with: [])
        #expect(try await bench.look(at: subject) == .passed)
    }

    // MARK: Processes

    private func sleeper() throws -> ForeignProcess {
        let process = ForeignProcess()
        process.arguments = ["sleep", "1000"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    private func end(_ process: ForeignProcess) {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    @Test func `a process that is restarted fails once, and one that has ended fails`() async throws {
        let path = bench.folder.path + "/pid"
        let subject = try bench.subject(port: 1, [(.process(.pidFile(path: path)), .fail)])
        #expect(try await bench.look(at: subject) == .failed("\(path) cannot be read"))
        let (first, second) = (try sleeper(), try sleeper())
        defer { end(first) }
        try bench.folder.write("pid", "\(first.processIdentifier)\n")
        #expect(try await bench.look(at: subject) == .passed)
        #expect(try await bench.look(at: subject) == .passed)
        try bench.folder.write("pid", "\(second.processIdentifier)\n")
        let words =
            "the process was restarted: \(second.processIdentifier) runs, and \(first.processIdentifier) ran before"
        #expect(try await bench.look(at: subject) == .failed(words))
        #expect(try await bench.look(at: subject) == .passed)
        end(second)
        #expect(
            try await bench.look(at: subject)
                == .failed("process \(second.processIdentifier), which \(path) names, does not run")
        )
    }

    @Test func `a number that another process got after its file was written is not the service's`() async throws {
        let path = bench.folder.path + "/pid"
        let process = try sleeper()
        defer { end(process) }
        try bench.folder.write("pid", "\(process.processIdentifier)")
        age(path)
        #expect(
            try await bench.look(.process(.pidFile(path: path)), port: 1)
                == .failed("process \(process.processIdentifier) began after \(path) was written: it is another one")
        )
    }

    /// A folder as the kernel's, in which a test says which processes there are.
    private func table(_ stats: [pid_t: String], group: (String, [pid_t])? = nil) throws -> ProcessTable {
        for (pid, stat) in stats { try bench.folder.write("proc/\(pid)/stat", stat) }
        if let (path, pids) = group {
            try bench.folder.write("cgroup/\(path)/cgroup.procs", pids.map { "\($0)\n" }.joined())
        }
        return ProcessTable(folder: bench.folder.path + "/proc", groups: bench.folder.path + "/cgroup")
    }

    private static func stat(_ pid: pid_t, _ name: String, _ state: String, began: Int) -> String {
        "\(pid) (\(name)) \(state) " + Array(repeating: "0", count: 18).joined(separator: " ") + " \(began) 0 0\n"
    }

    @Test func `of several processes of a program the oldest is the service's, and none that is dead`() throws {
        let table = try table([
            11: Self.stat(11, "web", "Z", began: 10), 12: Self.stat(12, "web", "S", began: 30),
            13: Self.stat(13, "web", "R", began: 20), 14: Self.stat(14, "a) R 1 (web", "S", began: 5),
        ])
        let found = table.find(.program(name: "web"), path: { $0 }, before: nil)
        #expect(try found.get() == ProcessSight(pid: 13, began_ticks: 20))
        let worker = ProcessSight(pid: 12, began_ticks: 30)
        #expect(try table.find(.program(name: "web"), path: { $0 }, before: worker).get() == worker)
        let gone = table.find(.program(name: "a-name-of-more-than-fifteen"), path: { $0 }, before: nil)
        #expect(throws: ProcessTable.Absence(sentence: "no process called a-name-of-more- runs")) { try gone.get() }
    }

    @Test(arguments: [
        "system.slice/web@1.service", "system.slice/system-web.slice/web@1.service",
        "unified/system.slice/web@1.service", "system.slice/web@1.service/main",
    ])
    func `a unit's processes are found in its control group`(place: String) throws {
        let table = try table([21: Self.stat(21, "web", "S", began: 7)], group: (place, [21, 22]))
        let found = table.find(.unit(name: "web@1.service"), path: { $0 }, before: nil)
        #expect(try found.get() == ProcessSight(pid: 21, began_ticks: 7))
        #expect(throws: ProcessTable.Absence.self) {
            try table.find(.unit(name: "other.service"), path: { $0 }, before: nil).get()
        }
    }

    @Test func `this very process is found among the kernel's`() throws {
        let name = try #require(SmallFile.read("/proc/self/comm")).split(separator: UInt8(ascii: "\n"))[0]
        let found = ProcessTable().find(
            .program(name: String(decoding: name, as: UTF8.self)),
            path: { $0 },
            before: nil
        )
        #expect(try found.get().began_ticks > 0)
    }
}
