import AgentLink
import Cryptography
import Glibc
import Logging
import NIOPosix
import SignedEnvelopes
import Synchronization
import TLSChannel
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// A controller that certifies hosts, hands out bundles and keeps reports; nothing of it decides.
final class TestController: AgentLinkService {
    let authority: TestAuthority
    let orderKey: PrivateKey
    private let bundles: [TestBundle]
    /// How long renewed and first certificates live.
    private let lifetime_s: Int64
    private let state = Mutex<(reports: [AgentReport], renewals: Int)>(([], 0))

    init(_ bundles: [TestBundle], authority: TestAuthority, lifetime_s: Int64 = 86_400) throws {
        self.bundles = bundles
        self.authority = authority
        self.lifetime_s = lifetime_s
        orderKey = try PrivateKey.generate(.ed25519)
    }

    var renewals: Int { state.withLock { $0.renewals } }
    var reports: [AgentReport] { state.withLock { $0.reports } }

    func listen(_ group: MultiThreadedEventLoopGroup) async throws -> AgentListener {
        try await authority.listen(for: self, on: group)
    }

    func admit(_ agent: AgentIdentity) -> Farewell? { nil }

    func sessionOpened(_ agent: AgentIdentity, hello: Hello) -> Welcome {
        Welcome(controllerVersion: "test", epoch: 1, head: nil, heartbeatEvery: .seconds(5), at: WallClock.now())
    }

    func received(_ report: AgentReport, from host: HostKey) { state.withLock { $0.reports.append(report) } }
    func sessionClosed(_ host: HostKey, because error: LinkError) {}

    func renew(_ agent: AgentIdentity, certificateRequest: [UInt8]) async -> RenewalAnswer {
        do {
            let key = try CertificateRequest(der: certificateRequest).publicKey
            state.withLock { $0.renewals += 1 }
            return .granted(certificateChainPEM: try authority.hostChain(for: key, seconds: 80_000))
        } catch {
            return .refused("\(error)")
        }
    }

    func enrol(_ request: EnrolRequest, from address: String) async -> EnrolAnswer {
        do {
            let key = try CertificateRequest(der: request.certificateRequest).publicKey
            return .enrolled(
                Enrolled(
                    cluster: authority.cluster,
                    region: try #require(RegionName("westus3")),
                    certificateChainPEM: try authority.hostChain(for: key, seconds: lifetime_s),
                    authorityPEM: authority.authority.certificate.pem,
                    orderKeysPEM: [orderKey.publicKey.pem]
                )
            )
        } catch {
            return .refused(Farewell(code: "broken", sentence: "\(error)"))
        }
    }

    func supply(_ wish: BundleWish, to host: HostKey) async -> BundleSupply {
        guard wish.part == .bytes, let bundle = bundles.first(where: { $0.artifact.digest == wish.digest }) else {
            return .nothing
        }
        return .file(BundleFile(path: bundle.archive, length_bytes: bundle.artifact.length_bytes))
    }
}

private let quiet: Logger = {
    var logger = Logger(label: "test")
    logger.logLevel = .critical
    return logger
}()

/// The agent's commands against a real listener, over TLS on the loopback.
@Suite(.timeLimit(.minutes(2))) struct LiveLinkTests {
    private let folder: TemporaryFolder
    private let group = MultiThreadedEventLoopGroup.singleton
    private var configuration: AgentConfiguration

    init() throws {
        folder = try TemporaryFolder()
        try Files.makeFolder(folder.path + "/state")
        configuration = AgentConfiguration()
        configuration.root = folder.path + "/root"
        configuration.variables = ["state": folder.path + "/state"]
    }

    private func token(_ authority: TestAuthority) throws -> String {
        try JoinToken(
            cluster: authority.cluster,
            region: try #require(RegionName("westus3")),
            expires: WallClock.now() + .minutes(5),
            authority: authority.authority.certificate
        ).secretText()
    }

    private func enrol(_ controller: TestController, port: Int) async throws -> String {
        try await AgentCommands.enrol(
            configuration,
            controller: "127.0.0.1:\(port)",
            token: try token(controller.authority),
            host: "host-1"
        )
    }

    private func whileAgentRuns(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { [configuration] in
                do { try await AgentCommands.run(.fixed(configuration), logger: quiet) } catch is CancellationError {}
            }
            try await body()
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    @Test func `a host enrols, fetches a bundle, applies an order and sends its signed receipt`() async throws {
        let bundle = try TestBundle("1.0", in: folder)
        defer {
            let pid = try? folder.read("state/pid").flatMap { pid_t($0.filter(\.isNumber)) }
            if let pid { _ = kill(pid, SIGKILL) }
        }
        let controller = try TestController([bundle], authority: try TestAuthority())
        let listener = try await controller.listen(group)
        #expect(try await enrol(controller, port: listener.port) == "westus3/host-1 of the cluster demo")
        let hostKey = try IdentityFiles(root: configuration.root).load().key.publicKey
        let order = try bundle.order(generation: 1)
        let sealed = try OrderCodec.seal(order, with: controller.orderKey)
        let host = HostKey(region: order.region, host: order.hosts[0])
        try await whileAgentRuns {
            while !listener.send(sealed, to: [host]).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            while true {
                for case .receipt(order.id, let envelope) in controller.reports {
                    let receipt = try ReceiptCodec.open(envelope, with: Verifier([hostKey])).value
                    #expect(receipt.outcome == .applied, "\(receipt.sentence)")
                    #expect(receipt.orderDigest == sealed.digest)
                    return
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        await listener.stop()
    }

    @Test func `an order that says what this agent does not know is refused by its name, with the reason`() async throws
    {
        let bundle = try TestBundle("1.0", in: folder)
        let controller = try TestController([bundle], authority: try TestAuthority())
        let listener = try await controller.listen(group)
        _ = try await enrol(controller, port: listener.port)
        let order = try bundle.order(generation: 1)
        // As a newer controller's: field 100, one byte.
        let later = try order.signedBytes() + [0xa2, 0x06, 1, 7]
        let sealed = try OrderCodec.seal(Envelope.sign(later, as: .order, with: [controller.orderKey]))
        let host = HostKey(region: order.region, host: order.hosts[0])
        try await whileAgentRuns {
            while !listener.send(sealed, to: [host]).isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            while true {
                for case .refused(let refusal) in controller.reports {
                    #expect(refusal.order == order.id && refusal.code == "not-understood")
                    #expect(refusal.sentence.contains("upgrade the agent"))
                    return
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        }
        await listener.stop()
    }

    @Test func `a certificate past two thirds of its life is renewed for the same key`() async throws {
        // Certificates begin a little in the past, so a short one is due at once.
        let controller = try TestController([], authority: try TestAuthority(), lifetime_s: 60)
        let listener = try await controller.listen(group)
        _ = try await enrol(controller, port: listener.port)
        let files = IdentityFiles(root: configuration.root)
        let before = try files.load()
        try await whileAgentRuns {
            while try files.load().validity == before.validity { try await Task.sleep(for: .milliseconds(5)) }
        }
        #expect(controller.renewals == 1)
        #expect(try files.load().key.publicKey == before.key.publicKey)
        await listener.stop()
    }

    @Test func `enrolling twice, without a controller or with a bad token says what to do`() async throws {
        let controller = try TestController([], authority: try TestAuthority())
        let listener = try await controller.listen(group)
        var failure = await #expect(throws: (any Error).self) {
            try await AgentCommands.enrol(
                configuration,
                controller: "127.0.0.1:\(listener.port)",
                token: "x",
                host: "a"
            )
        }
        #expect(failure.map(AgentFailure.exitCode) == 76)
        failure = await #expect(throws: (any Error).self) { try await enrol(controller, port: 1) }
        #expect(failure.map(AgentFailure.exitCode) == 69)
        _ = try await enrol(controller, port: listener.port)
        failure = await #expect(throws: (any Error).self) { try await enrol(controller, port: listener.port) }
        #expect(failure.map(AgentFailure.exitCode) == 78)
        await listener.stop()
    }
}
