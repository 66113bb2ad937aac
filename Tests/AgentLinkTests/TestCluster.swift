import Cryptography
import Glibc
import Logging
import Synchronization
import NIOCore
import NIOPosix
import TLSChannel
import TimeAndChance
import TrainModel

@testable import AgentLink

/// A cluster's authority, and certificates of everybody in it.
struct TestCluster: Sendable {
    let name: ClusterName
    let authority: CertificateAuthority

    static var now_unix_s: Int64 { WallClock.now().unix_ms / 1_000 }

    init(_ name: String = "prod") throws {
        self.name = Sample.name(name)
        authority = try .create(
            commonName: "Wavetrain \(name)",
            validity: .starting(now_unix_s: Self.now_unix_s, lifetime_s: 86_400)
        )
    }

    var authorityPEM: String { authority.certificate.pem }

    func identity(_ peer: PeerName, _ usages: ExtendedUsages, lifetime_s: Int64 = 3_600) throws -> TLSIdentity {
        let key = try PrivateKey.generate(.p256)
        let terms = try CertificateTerms(
            peer: peer,
            usages: usages,
            validity: .starting(now_unix_s: Self.now_unix_s, lifetime_s: lifetime_s)
        )
        return TLSIdentity(
            // With the authority behind it, as the controller sends it.
            certificateChainPEM: try authority.issue(for: key.publicKey, under: terms).pem + authorityPEM,
            privateKeyPEM: try key.secretPEM()
        )
    }

    func controller() throws -> TLSIdentity { try identity(.controller(cluster: name), .serverAuth) }

    func agent(_ host: HostKey, lifetime_s: Int64 = 3_600) throws -> TLSIdentity {
        try identity(.agent(cluster: name, region: host.region, host: host.host), .clientAuth, lifetime_s: lifetime_s)
    }
}

/// A controller's service that records what happened and answers as it is told.
final class TestService: AgentLinkService {
    enum Happening: Hashable {
        case opened(HostKey, Hello)
        case received(AgentReport, HostKey)
        case closed(HostKey, LinkError)
        case bundleAsked(HostKey)
        case indexAsked(HostKey)
        case held(HostKey)
    }

    struct Behaviour: Sendable {
        var refusals: [HostKey: Farewell] = [:]
        /// So many times everybody is admitted, then nobody is.
        var admissions_max = Int.max
        var bundles: [Digest: BundleFile] = [:]
        var indexes: [Digest: BundleFile] = [:]
        /// Asked first; nil: what stands above.
        var supply: @Sendable (BundleWish, HostKey) async -> BundleSupply? = { _, _ in nil }
        var enrol: @Sendable (EnrolRequest) async -> EnrolAnswer = { _ in
            .refused(Farewell(code: "no", sentence: "No."))
        }
        var renew: @Sendable (AgentIdentity, [UInt8]) -> RenewalAnswer = { _, _ in .refused("No.") }
    }

    let happenings = Mailbox<Happening>()
    let behaviour = Mutex(Behaviour())

    func admit(_ agent: AgentIdentity) -> Farewell? {
        behaviour.withLock { behaviour in
            behaviour.admissions_max -= 1
            return behaviour.admissions_max < 0 ? .revoked : behaviour.refusals[agent.host]
        }
    }

    func sessionOpened(_ agent: AgentIdentity, hello: Hello) -> Welcome {
        happenings.post(.opened(agent.host, hello))
        return Sample.welcome
    }

    func received(_ report: AgentReport, from host: HostKey) { happenings.post(.received(report, host)) }

    func sessionClosed(_ host: HostKey, because error: LinkError) { happenings.post(.closed(host, error)) }

    func renew(_ agent: AgentIdentity, certificateRequest: [UInt8]) async -> RenewalAnswer {
        behaviour.withLock { $0.renew }(agent, certificateRequest)
    }

    func enrol(_ request: EnrolRequest, from address: String) async -> EnrolAnswer {
        await behaviour.withLock { $0.enrol }(request)
    }

    func supply(_ wish: BundleWish, to host: HostKey) async -> BundleSupply {
        if let supply = await behaviour.withLock({ $0.supply })(wish, host) { return supply }
        switch wish.part {
        case .bytes:
            happenings.post(.bundleAsked(host))
            return behaviour.withLock { $0.bundles[wish.digest] }.map { .file($0) } ?? .nothing
        case .index:
            happenings.post(.indexAsked(host))
            return behaviour.withLock { $0.indexes[wish.digest] }.map { .file($0) } ?? .nothing
        case .held:
            happenings.post(.held(host))
            return .noted
        }
    }

    func opened(_ host: HostKey) async throws {
        try await happenings.first { if case .opened(host, _) = $0 { true } else { false } }
    }

    func closed(_ host: HostKey) async throws -> LinkError {
        let happening = try await happenings.first { if case .closed(host, _) = $0 { true } else { false } }
        guard case .closed(_, let error) = happening else { preconditionFailure("it matched") }
        return error
    }
}

/// A controller that listens, for the length of a test.
struct TestController: Sendable {
    let cluster: TestCluster
    let service: TestService
    let listener: AgentListener

    static func run(
        cluster: TestCluster? = nil,
        configure: (inout AgentListener.Configuration) -> Void = { _ in },
        _ body: (TestController) async throws -> Void
    ) async throws {
        let cluster = try cluster ?? TestCluster()
        let service = TestService()
        var configuration = AgentListener.Configuration(
            cluster: cluster.name,
            host: "127.0.0.1",
            port: 0,
            identity: try cluster.controller(),
            authorityPEM: cluster.authorityPEM
        )
        // Tests of deadlines set their own; in all others a busy machine has time.
        configuration.introductionWithin = .seconds(60)
        configure(&configuration)
        let listener = try await AgentListener.start(
            configuration,
            service: service,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: .silent
        )
        do {
            try await body(TestController(cluster: cluster, service: service, listener: listener))
        } catch {
            await listener.stop()
            throw error
        }
        await listener.stop()
    }

    var address: NetworkAddress {
        guard let address = NetworkAddress(host: "127.0.0.1", port: listener.port) else {
            preconditionFailure("a listener has a port")
        }
        return address
    }

    func agent(
        _ host: HostKey,
        identity: TLSIdentity? = nil,
        clock: @escaping @Sendable () -> Instant = WallClock.now
    ) throws -> AgentConnection {
        try AgentConnection(
            controller: address,
            cluster: cluster.name,
            identity: identity ?? cluster.agent(host),
            authorityPEM: cluster.authorityPEM,
            group: MultiThreadedEventLoopGroup.singleton,
            logger: .silent,
            clock: clock,
            hello: { Sample.hello }
        )
    }

    /// Runs an agent for the length of `body`, its events in a mailbox.
    func with<Result>(
        _ agent: AgentConnection,
        _ body: (Mailbox<ControllerEvent>) async throws -> Result
    ) async throws -> Result {
        let events = Mailbox<ControllerEvent>()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await agent.run() }
            group.addTask {
                for await event in agent.events {
                    // The clock is measured in every session, at any time; what is told of it has tests of its own.
                    if case .clockRead = event { continue }
                    events.post(event)
                }
            }
            let result = try await body(events)
            group.cancelAll()
            return result
        }
    }
}

extension Logger {
    static var silent: Logger { Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }) }
}

extension Mailbox<ControllerEvent> {
    func connected() async throws {
        try await first { if case .connected = $0 { true } else { false } }
    }

    /// False: not before the time was over.
    func connected(within: Duration) async throws -> Bool {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            group.addTask {
                try await self.connected()
                return true
            }
            group.addTask {
                try await Task.sleep(for: within)
                return false
            }
            defer { group.cancelAll() }
            return try await group.next() ?? false
        }
    }

    func disconnected() async throws -> LinkError {
        let event = try await first { if case .disconnected = $0 { true } else { false } }
        guard case .disconnected(let error) = event else { preconditionFailure("it matched") }
        return error
    }
}

/// A folder that is gone after the test.
struct Folder {
    let path: String

    static func with(_ body: (Folder) async throws -> Void) async throws {
        var template = Array("/tmp/agent-link-XXXXXX\0".utf8CString)
        guard mkdtemp(&template) != nil else { preconditionFailure("no temporary folder") }
        let folder = Folder(path: String(decoding: template.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self))
        defer { folder.remove() }
        try await body(folder)
    }

    func file(_ name: String, _ bytes: some Sequence<UInt8>) -> String {
        let path = "\(path)/\(name)"
        let bytes = Array(bytes)
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        precondition(descriptor >= 0 && write(descriptor, bytes, bytes.count) == bytes.count && close(descriptor) == 0)
        return path
    }

    /// A file of zeros that takes no room on the disk, and is more than sockets buffer.
    func sparse(_ name: String, length_bytes: Int) -> String {
        let path = file(name, [])
        precondition(truncate(path, off_t(length_bytes)) == 0)
        return path
    }

    static func read(_ path: String) -> [UInt8] {
        let descriptor = open(path, O_RDONLY)
        precondition(descriptor >= 0)
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Int(lseek(descriptor, 0, SEEK_END)))
        let count = pread(descriptor, &bytes, bytes.count, 0)
        precondition(count == bytes.count)
        return bytes
    }

    private func remove() {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != "." && name != ".." { unlink("\(path)/\(name)") }
        }
        closedir(folder)
        rmdir(path)
    }
}
