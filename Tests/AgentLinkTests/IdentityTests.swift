import Cryptography
import Glibc
import NIOCore
import NIOPosix
import Synchronization
import TLSChannel
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

/// Who is refused, and by whom, before an application byte is parsed.
@Suite(.timeLimit(.minutes(3)))
struct IdentityTests {
    let host = Sample.host(1)

    /// Sends a hello as whoever this is, and expects that the controller neither reads it nor says a word.
    private func expectRefusal(
        _ identity: (TestCluster) throws -> TLSIdentity?,
        _ application: ApplicationProtocol = .control
    ) async throws {
        try await TestController.run { controller in
            let identity = try identity(controller.cluster)
            await #expect(throws: (any Error).self) {
                try await RawPeer.connect(to: controller, identity: identity, application) { inbound, outbound in
                    try await outbound.write(AgentFrame.hello(Sample.hello))
                    for try await _ in inbound { Issue.record("the controller speaks") }
                    // An end without an error would be a refusal after the handshake.
                    Issue.record("the handshake was completed")
                }
            }
            #expect(controller.service.happenings.rest.isEmpty)
            #expect(controller.listener.sessionCount == 0)
        }
    }

    @Test(arguments: [ApplicationProtocol.control, .bundle]) func `a peer without a certificate is refused`(
        application: ApplicationProtocol
    ) async throws {
        try await expectRefusal({ _ in nil }, application)
    }

    @Test func `an agent of another cluster's authority is refused`() async throws {
        let other = try TestCluster()
        try await expectRefusal { _ in try other.agent(host) }
    }

    @Test func `a certificate that names another cluster is refused though the authority is ours`() async throws {
        try await expectRefusal { cluster in
            try cluster.identity(
                .agent(cluster: Sample.name("test"), region: host.region, host: host.host),
                .clientAuth
            )
        }
    }

    @Test func `a controller's certificate is no agent's`() async throws {
        try await expectRefusal { cluster in try cluster.controller() }
        try await expectRefusal { cluster in
            try cluster.identity(.controller(cluster: cluster.name), [.serverAuth, .clientAuth])
        }
    }

    @Test func `an agent's certificate for another usage is refused`() async throws {
        try await expectRefusal { cluster in
            try cluster.identity(
                .agent(cluster: cluster.name, region: host.region, host: host.host),
                .serverAuth
            )
        }
    }

    @Test func `an expired agent is refused`() async throws {
        try await expectRefusal { cluster in
            let key = try PrivateKey.generate(.p256)
            let terms = try CertificateTerms(
                peer: .agent(cluster: cluster.name, region: host.region, host: host.host),
                usages: .clientAuth,
                validity: Validity(
                    notBefore_unix_s: TestCluster.now_unix_s - 7_200,
                    notAfter_unix_s: TestCluster.now_unix_s - 3_600
                )
            )
            return TLSIdentity(
                certificateChainPEM: try cluster.authority.issue(for: key.publicKey, under: terms).pem,
                privateKeyPEM: try key.secretPEM()
            )
        }
    }

    @Test func `an agent that the service refuses does not get through the handshake`() async throws {
        try await TestController.run { controller in
            controller.service.behaviour.withLock {
                $0.refusals[host] = Farewell(code: "unknown-host", sentence: "No.")
            }
            let identity = try controller.cluster.agent(host)
            await #expect(throws: (any Error).self) {
                try await RawPeer.connect(to: controller, identity: identity) { inbound, outbound in
                    try await outbound.write(AgentFrame.hello(Sample.hello))
                    for try await _ in inbound { Issue.record("the controller speaks") }
                }
            }
            #expect(controller.service.happenings.rest.isEmpty)
        }
    }

    @Test(arguments: [ApplicationProtocol.control, .bundle])
    func `a revocation between the handshake and the session is not lost`(application: ApplicationProtocol) async throws
    {
        try await TestController.run { controller in
            // The handshake's question is the first, the one about the findable connection the second.
            controller.service.behaviour.withLock { $0.admissions_max = 1 }
            let identity = try controller.cluster.agent(host)
            try await RawPeer.connect(to: controller, identity: identity, application) { inbound, _ in
                var incoming = inbound.makeAsyncIterator()
                var reader = FrameReader(limit: .bundleAnswer)
                let frame = try await RawPeer.frame(&reader, &incoming)
                switch application {
                case .bundle: #expect(try frame.map { try BundleAnswer(frame: $0) } == .refused(.revoked))
                default: #expect(try frame.map { try ControllerMessage(frame: $0) } == .farewell(.revoked))
                }
                #expect(try await RawPeer.frame(&reader, &incoming) == nil)
            }
            #expect(controller.service.happenings.rest.isEmpty)
        }
    }

    @Test func `a heartbeat too rare to notice the dead in time is refused when the listener starts`() async throws {
        let error = await #expect(throws: LinkError.self) {
            try await TestController.run(configure: { $0.heartbeatEvery = .seconds(8) }) { _ in }
        }
        #expect(error?.code == .outOfBounds)
    }

    @Test func `a port in use is an error with its address`() async throws {
        try await TestController.run { controller in
            let port = controller.listener.port
            let error = await #expect(throws: LinkError.self) {
                try await TestController.run(configure: { $0.port = port }) { _ in }
            }
            #expect(error?.code == .unreachable)
            #expect(error?.place == "127.0.0.1:\(port)")
        }
    }

    /// An agent dials this server; it must give up in the handshake, before its hello.
    private func expectDistrust(of identity: (TestCluster) throws -> TLSIdentity) async throws {
        let cluster = try TestCluster()
        let heard = Mailbox<Bool>()
        try await RawPeer.listen(
            identity: identity(cluster),
            authorityPEM: cluster.authorityPEM,
            .control,
            serve: { inbound, _, _ in
                defer { heard.post(false) }
                for try await _ in inbound { heard.post(true) }
            }
        ) { address in
            let agent = try AgentConnection(
                controller: address,
                cluster: cluster.name,
                identity: cluster.agent(host),
                authorityPEM: cluster.authorityPEM,
                group: MultiThreadedEventLoopGroup.singleton,
                logger: .silent,
                hello: { Sample.hello }
            )
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await agent.run() }
                for _ in 0..<3 {
                    let hasHeard = try await heard.first()
                    #expect(!hasHeard)
                }
                group.cancelAll()
            }
        }
    }

    @Test func `an agent tells nothing to a server with an agent's certificate`() async throws {
        try await expectDistrust { cluster in try cluster.agent(Sample.host(2)) }
        try await expectDistrust { cluster in
            try cluster.identity(
                .agent(cluster: cluster.name, region: host.region, host: host.host),
                [.serverAuth, .clientAuth]
            )
        }
    }

    @Test func `an agent tells nothing to another cluster's controller`() async throws {
        let other = try TestCluster()
        try await expectDistrust { _ in try other.controller() }
        try await expectDistrust { cluster in
            try cluster.identity(.controller(cluster: Sample.name("test")), .serverAuth)
        }
    }
}
