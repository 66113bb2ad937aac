import Cryptography
import Glibc
import HTTPCalls
import HostDecisions
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
            // Here: another thread could be given the number while this one still accepts from it.
            _ = close(listener)
        }
    }

    deinit {
        // Wakes the thread.
        _ = shutdown(listener, Int32(SHUT_RDWR))
    }
}

/// Looks at the service `cache` on a disk of its own.
struct CheckBench {
    let folder: TemporaryFolder
    var checks: CheckRunner

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

    func subject(
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

    func look(_ kind: Check.Kind, port: Int) async throws -> CheckRunner.Look {
        try await look(at: subject(port: port, [(kind, .fail)]))
    }

    /// Through the first of the checks.
    func look(at subject: ServiceHooks.Subject) async throws -> CheckRunner.Look {
        await checks.look(try #require(subject.deployment.checks.first), at: subject)
    }
}
