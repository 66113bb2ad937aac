import Cryptography
import NIOCore
import NIOPosix
import Synchronization
import TLSChannel
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

@Suite(.timeLimit(.minutes(3)))
struct EnrolmentTests {
    let host: HostName = Sample.name("host-1")
    let region: RegionName = Sample.name("west")
    let key: PrivateKey
    let orderKey: PrivateKey

    init() throws {
        key = try PrivateKey.generate(.p256)
        orderKey = try PrivateKey.generate(.ed25519)
    }

    private func token(_ cluster: TestCluster, expires: Instant = WallClock.now() + .minutes(5)) throws -> JoinToken {
        try JoinToken(cluster: cluster.name, region: region, expires: expires, authority: cluster.authority.certificate)
    }

    /// An answer as a controller gives it, but for what the test changes.
    private func answer(
        _ cluster: TestCluster,
        to request: EnrolRequest,
        host: HostName? = nil,
        key: PublicKey? = nil,
        region: RegionName? = nil,
        issuer: TestCluster? = nil,
        authorityPEM: String? = nil
    ) throws -> EnrolAnswer {
        let region = region ?? self.region
        let terms = try CertificateTerms(
            peer: .agent(cluster: cluster.name, region: region, host: host ?? request.host),
            usages: .clientAuth,
            validity: .starting(now_unix_s: TestCluster.now_unix_s, lifetime_s: 3_600)
        )
        let publicKey = try key ?? CertificateRequest(der: request.certificateRequest).publicKey
        return .enrolled(
            Enrolled(
                cluster: cluster.name,
                region: region,
                certificateChainPEM: try (issuer ?? cluster).authority.issue(for: publicKey, under: terms).pem,
                authorityPEM: authorityPEM ?? cluster.authorityPEM,
                orderKeysPEM: [orderKey.publicKey.pem]
            )
        )
    }

    private func enrol(_ controller: TestController, _ token: JoinToken) async throws -> Enrolled {
        try await Enrolment.enrol(
            with: controller.address,
            token: token,
            host: host,
            key: key,
            group: MultiThreadedEventLoopGroup.singleton
        )
    }

    /// Enrols with a controller that answers like this.
    private func enrol(_ answer: @escaping @Sendable (TestCluster, EnrolRequest) throws -> EnrolAnswer) async throws {
        try await TestController.run { controller in
            let cluster = controller.cluster
            controller.service.behaviour.withLock { behaviour in
                behaviour.enrol = { request in
                    do { return try answer(cluster, request) } catch {
                        return .refused(Farewell(code: "test", sentence: "\(error)"))
                    }
                }
            }
            _ = try await enrol(controller, token(cluster))
        }
    }

    @Test func `a host with a token gets a certificate that opens a session`() async throws {
        try await TestController.run { controller in
            let token = try token(controller.cluster)
            let cluster = controller.cluster
            controller.service.behaviour.withLock { behaviour in
                behaviour.enrol = { request in
                    guard SHA256.digest(of: request.secret) == token.secretDigest else { return .refused(.revoked) }
                    do { return try answer(cluster, to: request) } catch { return .refused(.stopping) }
                }
            }
            let enrolled = try await enrol(controller, JoinToken(text: token.secretText()))
            #expect(enrolled.orderKeysPEM == [orderKey.publicKey.pem])
            let identity = TLSIdentity(
                certificateChainPEM: enrolled.certificateChainPEM,
                privateKeyPEM: try key.secretPEM()
            )
            let name = HostKey(region: region, host: host)
            try await controller.with(controller.agent(name, identity: identity)) { events in
                try await events.connected()
            }
        }
    }

    @Test func `a refusal comes back in the controller's words`() async throws {
        let error = await #expect(throws: LinkError.self) {
            try await enrol { _, _ in .refused(Farewell(code: "token-used", sentence: "The token has been used.")) }
        }
        #expect(error?.code == .refused)
        #expect(error?.sentence == "The token has been used.")
        #expect(error?.place == "controller: token-used")
    }

    @Test func `an expired token is not even shown`() async throws {
        try await TestController.run { controller in
            let token = try token(controller.cluster, expires: WallClock.now() - .seconds(1))
            let error = await #expect(throws: LinkError.self) { try await enrol(controller, token) }
            #expect(error?.code == .expired)
        }
    }

    @Test func `a controller that the token does not pin learns no secret`() async throws {
        try await TestController.run { controller in
            let isAsked = Mailbox<Bool>()
            controller.service.behaviour.withLock { behaviour in
                behaviour.enrol = { _ in
                    isAsked.post(true)
                    return .refused(.revoked)
                }
            }
            // The same cluster's name, another authority.
            let error = await #expect(throws: LinkError.self) { try await enrol(controller, token(TestCluster())) }
            #expect(error?.code == .wrongPeer)
            #expect(isAsked.rest.isEmpty)
        }
    }

    @Test func `nobody there is said as such`() async throws {
        let cluster = try TestCluster()
        let port = try DeadPort()
        defer { withExtendedLifetime(port) {} }
        let gone = try #require(NetworkAddress(host: "127.0.0.1", port: Int(port.number)))
        let error = await #expect(throws: LinkError.self) {
            try await Enrolment.enrol(
                with: gone,
                token: token(cluster),
                host: host,
                key: key,
                group: MultiThreadedEventLoopGroup.singleton
            )
        }
        #expect(error?.code == .unreachable)
        #expect(error?.place == "\(gone)")
        #expect(error?.sentence == "The connection failed: Connection refused.")
    }

    @Test func `an answer for another host, key, region or authority is refused`() async throws {
        let other = try TestCluster()
        let otherKey = try PrivateKey.generate(.p256).publicKey
        let lies: [@Sendable (TestCluster, EnrolRequest) throws -> EnrolAnswer] = [
            { try answer($0, to: $1, host: Sample.name("host-2")) },
            { try answer($0, to: $1, key: otherKey) },
            { try answer($0, to: $1, region: Sample.name("east")) },
            { try answer($0, to: $1, issuer: other) },
            { try answer($0, to: $1, issuer: other, authorityPEM: other.authorityPEM) },
        ]
        for lie in lies {
            let error = await #expect(throws: LinkError.self) { try await enrol(lie) }
            #expect(error?.code == .invalidField)
        }
    }

    @Test func `a stranger's broken request is answered with a refusal, and nothing more is read`() async throws {
        try await TestController.run { controller in
            try await RawPeer.connect(to: controller, identity: nil, .enrol) { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: [0, 0, 0x40, 1]))
                var incoming = inbound.makeAsyncIterator()
                var reader = FrameReader(limit: .enrolAnswer)
                let frame = try await RawPeer.frame(&reader, &incoming)
                guard case .refused(let farewell) = try frame.map({ try EnrolAnswer(frame: $0) }) else {
                    Issue.record("no refusal")
                    return
                }
                #expect(farewell.code == "frame-too-large")
                #expect(try await RawPeer.frame(&reader, &incoming) == nil)
            }
        }
    }
}
