import Cryptography
import Glibc
import HTTPCalls
import HostDecisions
import Logging
import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

@Suite(.timeLimit(.minutes(10))) struct CheckTests {
    private let bench: CheckBench
    private var checks: CheckRunner { bench.checks }

    init() throws { bench = try CheckBench() }

    private func subject(
        port: Int,
        limit: Interval = .milliseconds(100),
        _ kinds: [(Check.Kind, Check.Level)]
    ) throws -> ServiceHooks.Subject {
        try bench.subject(port: port, limit: limit, kinds)
    }

    private func look(_ kind: Check.Kind, port: Int) async throws -> CheckRunner.Look {
        try await bench.look(kind, port: port)
    }

    private static let answer = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nConnection: close\r\n\r\nversion 1.0"

    @Test func `an HTTP check passes on status and body, with variables in both`() async throws {
        let server = try FixedServer(Self.answer)
        let url = "http://127.0.0.1:${port}/health"
        #expect(
            try await look(.http(HTTPCheck(url: url, bodyContains: "version ${version}")), port: server.port)
                == .passed
        )
        for wrong in [
            Check.Kind.http(HTTPCheck(url: url, status: HTTPStatuses(204))),
            .http(HTTPCheck(url: url, bodyContains: "version 2")),
        ] {
            #expect(try await look(wrong, port: server.port) != .passed)
        }
    }

    @Test func `a TCP check passes where somebody listens and nowhere else`() async throws {
        let server = try FixedServer("")
        #expect(try await look(.tcp(address: "127.0.0.1:${port}"), port: server.port) == .passed)
        #expect(
            try await look(.tcp(address: "127.0.0.1:1"), port: server.port)
                == .failed("127.0.0.1:1 cannot be connected to: Connection refused")
        )
        for wrong in ["127.0.0.1", "127.0.0.1:x"] {
            #expect(try await look(.tcp(address: wrong), port: server.port) != .passed)
        }
    }

    @Test func `a command check passes on exit code 0 in the release directory`() async throws {
        let there = Check.Kind.command(arguments: ["/bin/sh", "-c", "test $PWD = $WAVETRAIN_RELEASE_DIR"])
        #expect(try await look(there, port: 1) == .passed)
        guard
            case .failed(let sentence) = try await look(
                .command(arguments: ["/bin/sh", "-c", "echo no; exit 4"]),
                port: 1
            )
        else { return #expect(Bool(false)) }
        #expect(sentence.contains("exit status 4: no"))
    }

    @Test func `a variable that nobody set is named`() async throws {
        let look = try await look(.tcp(address: "127.0.0.1:${prot}"), port: 1)
        #expect(look == .failed("no variable is called prot; set it in the plan, or for this service in agent.yaml"))
    }

    @Test func `smoke tests fail at level fail and only warn at level warn`() async throws {
        let server = try FixedServer(Self.answer)
        let good = Check.Kind.tcp(address: "127.0.0.1:${port}")
        let bad = Check.Kind.command(arguments: ["/bin/false"])
        let smokeTests = SmokeTests(checks: checks)
        let warned = await smokeTests.run(try subject(port: server.port, [(good, .fail), (bad, .warn)])).result
        #expect(warned.verdict == .passed)
        #expect(warned.warnings == ["check-1: the check check-1 ended with exit status 1"])
        let failed = await smokeTests.run(try subject(port: server.port, [(good, .fail), (bad, .fail)]))
        guard case .failed("smoke-test-failed", let sentence) = failed.result.verdict else {
            return #expect(Bool(false))
        }
        #expect(failed.signs.check == "check-1")
        #expect(sentence.hasPrefix("check-1: "))
    }

    @Test func `a smoke test is tried again until it passes`() async throws {
        let script = "echo x >> tries; test $(wc -l < tries) -ge 3"
        let subject = try subject(
            port: 1,
            limit: .seconds(60),
            [(.command(arguments: ["/bin/sh", "-c", script]), .fail)]
        )
        let result = await SmokeTests(checks: checks).run(subject).result
        #expect(result.verdict == .passed)
    }

    @Test func `a watch gives a probe per round, with what each check saw`() async throws {
        let script = "if [ -e seen ]; then exit 1; fi; touch seen"
        let subject = try subject(port: 1, [(.command(arguments: ["/bin/sh", "-c", script]), .fail)])
        let probes = Mutex<[HealthProbe]>([])
        let watch = HealthWatch(checks: checks, logger: Logger(label: "test"))
        let task = Task {
            try await watch.run(subject) { probe in
                probes.withLock { $0.append(probe) }
                if probes.withLock({ $0.count }) == 2 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        try await task.value
        #expect(
            probes.withLock { $0 }.map { $0.looks.filter { $0.check != "release" }.map(\.outcome) } == [
                [.passed], [.failed("the check check-0 ended with exit status 1")],
            ]
        )
    }
}
