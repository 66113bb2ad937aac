import Cryptography
import Glibc
import HTTPCalls
import HostDecisions
import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// A server on a port of its own that gives every connection the same answer.
final class FixedServer: Sendable {
    let port: Int
    private let listener: Int32

    init(_ answer: String) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) | listen(listener, 16) | getsockname(listener, $0, &length)
            }
        }
        guard status == 0 else { throw AgentError.system(errno, "listening", "127.0.0.1") }
        port = Int(UInt16(bigEndian: address.sin_port))
        self.listener = listener
        BlockingThread.start {
            while case let connection = accept(listener, nil, nil), connection >= 0 {
                var request = [UInt8](repeating: 0, count: 4_096)
                _ = recv(connection, &request, request.count, 0)
                let bytes = Array(answer.utf8)
                _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                _ = close(connection)
            }
        }
    }

    deinit {
        _ = shutdown(listener, Int32(SHUT_RDWR))
        _ = close(listener)
    }
}

@Suite struct CheckTests {
    private let folder: TemporaryFolder
    private let checks: CheckRunner

    init() throws {
        folder = try TemporaryFolder()
        let host = HostIdentity(
            cluster: try #require(ClusterName("demo")),
            key: HostKey(region: try #require(RegionName("westus3")), host: try #require(HostName("host-1")))
        )
        let hooks = ServiceHooks(
            runner: HookRunner(root: folder.path),
            directories: ReleaseDirectories(root: folder.path),
            identity: host,
            configuration: AgentConfiguration()
        )
        checks = CheckRunner(hooks: hooks, http: HTTPClient())
    }

    private func subject(
        port: Int,
        limit: Interval = .milliseconds(100),
        _ kinds: [(Check.Kind, Check.Level)]
    ) throws -> ServiceHooks.Subject {
        let artifact = Artifact(
            name: try #require(ArtifactName("cache")),
            version: try #require(Version("1.0")),
            digest: try #require(Digest(bytes: [UInt8](repeating: 1, count: 32))),
            length_bytes: 1
        )
        let deployment = Deployment(
            order: try #require(OrderID("x")),
            generation: 1,
            artifact: artifact,
            variables: [Variable(key: "port", value: "\(port)")],
            checks: kinds.enumerated().map { index, kind in
                Check(
                    name: "check-\(index)",
                    level: kind.1,
                    kind: kind.0,
                    within: .seconds(5),
                    every: .milliseconds(10),
                    limit: limit
                )
            },
            watchEvery: .milliseconds(10)
        )
        let service = try #require(ServiceName("cache"))
        try Files.makeFolder(checks.hooks.directories.path(of: artifact, service))
        return checks.hooks.subject(service, deployment, for: .watch)
    }

    private func look(_ kind: Check.Kind, port: Int) async throws -> CheckRunner.Look {
        let subject = try subject(port: port, [(kind, .fail)])
        return await checks.look(try #require(subject.deployment.checks.first), at: subject)
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
        for wrong in ["127.0.0.1:1", "127.0.0.1", "127.0.0.1:x"] {
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

    @Test func `a watch gives a probe per round, unhealthy with the first failing check`() async throws {
        let script = "if [ -e seen ]; then exit 1; fi; touch seen"
        let subject = try subject(port: 1, [(.command(arguments: ["/bin/sh", "-c", script]), .fail)])
        let probes = Mutex<[HealthProbe]>([])
        let watch = HealthWatch(checks: checks)
        let task = Task {
            try await watch.run(subject) { probe in
                probes.withLock { $0.append(probe) }
                if probes.withLock({ $0.count }) == 2 { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        try await task.value
        #expect(
            probes.withLock { $0 } == [
                .healthy, .unhealthy(reason: "check-0: the check check-0 ended with exit status 1"),
            ]
        )
    }
}
