import Cryptography
import NIOCore
import NIOPosix
import SignedEnvelopes
import Synchronization
import TLSChannel
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

/// Both ends over real sockets and real TLS.
@Suite(.timeLimit(.minutes(3)))
struct LinkTests {
    let orderKey: PrivateKey
    let host = Sample.host(1)

    init() throws {
        orderKey = try PrivateKey.generate(.ed25519)
    }

    @Test func `an agent says hello, gets orders in order, and its reports arrive in order`() async throws {
        try await TestController.run { controller in
            let agent = try controller.agent(host)
            try await controller.with(agent) { events in
                try await events.connected()
                let opened = try await controller.service.happenings.first()
                #expect(opened == .opened(host, Sample.hello))
                let sealed = try (1...50).map { number in
                    var order = Sample.order
                    order.sequence = UInt64(number)
                    return try OrderCodec.seal(order, with: orderKey)
                }
                for order in sealed { #expect(controller.listener.send(order, to: [host]).isEmpty) }
                for order in sealed { #expect(try await events.first() == .order(order.envelope)) }
                for number in 1...50 { #expect(agent.send(.arrived(Sample.orderID, sequence: UInt64(number)))) }
                for number in 1...50 {
                    var report = try await controller.service.happenings.first()
                    // Told with heartbeats, whenever they come.
                    while case .received(.clock, _) = report {
                        report = try await controller.service.happenings.first()
                    }
                    #expect(report == .received(.arrived(Sample.orderID, sequence: UInt64(number)), host))
                }
                controller.listener.acknowledge(receiptOf: Sample.orderID, to: host)
                #expect(try await events.first() == .receiptStored(Sample.orderID))
            }
            _ = try await controller.service.closed(host)
        }
    }

    @Test func `the clock that is measured is the one the host decides by, whatever the machine's says`() async throws {
        try await TestController.run(configure: { $0.heartbeatEvery = .milliseconds(500) }) { controller in
            let agent = try controller.agent(host, clock: { WallClock.now() + .hours(1) })
            let running = Task { await agent.run() }
            defer { running.cancel() }
            // This controller's welcome is of another day; its heartbeats tell the time.
            var hasWelcome = false
            for await event in agent.events {
                guard case .clockRead(let reading) = event else { continue }
                guard hasWelcome else {
                    hasWelcome = true
                    continue
                }
                #expect(reading.isOff)
                let difference = reading.ahead + .hours(-1)
                #expect(max(difference, difference * -1) <= reading.error)
                return
            }
            Issue.record("no clock was measured")
        }
    }

    @Test func `one order reaches 200 agents, and all acknowledge it`() async throws {
        try await TestController.run { controller in
            let hosts = (1...200).map(Sample.host)
            let sealed = try OrderCodec.seal(Sample.order, with: orderKey)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for host in hosts {
                    let agent = try controller.agent(host)
                    group.addTask { await agent.run() }
                    group.addTask {
                        for await event in agent.events {
                            guard case .order(let envelope) = event else { continue }
                            #expect(envelope == sealed.envelope)
                            agent.send(.arrived(Sample.orderID, sequence: 9))
                        }
                    }
                }
                for host in hosts { try await controller.service.opened(host) }
                #expect(controller.listener.sessionCount == 200)
                #expect(controller.listener.send(sealed, to: hosts + [Sample.host(0)]) == [Sample.host(0)])
                for host in hosts {
                    try await controller.service.happenings.first { happening in
                        happening == .received(.arrived(Sample.orderID, sequence: 9), host)
                    }
                }
                group.cancelAll()
            }
        }
    }

    @Test func `an agent whose controller stops dials again and finds the next one on the same port`() async throws {
        let cluster = try TestCluster()
        var port = 0
        var agent: AgentConnection?
        let events = Mailbox<ControllerEvent>()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for round in 0..<3 {
                let fixed = port
                try await TestController.run(cluster: cluster, configure: { $0.port = fixed }) { controller in
                    port = controller.listener.port
                    if agent == nil {
                        let first = try controller.agent(host)
                        agent = first
                        group.addTask { await first.run() }
                        group.addTask { for await event in first.events { events.post(event) } }
                    }
                    try await controller.service.opened(host)
                    try await events.connected()
                    #expect(round < 3)
                }
                let error = try await events.disconnected()
                #expect(error.code == .closed)
            }
            group.cancelAll()
        }
    }

    @Test func `heartbeats keep an idle session and carry the newest head`() async throws {
        try await TestController.run(configure: { $0.heartbeatEvery = .milliseconds(500) }) { controller in
            controller.listener.show(Sample.head)
            try await controller.with(controller.agent(host)) { events in
                for _ in 0..<4 { try await events.first { $0 == .headShown(Sample.head) } }
                let newer = ShownHead(sequence: 5, hash: SHA256.digest(of: [1]))
                controller.listener.show(newer)
                try await events.first { $0 == .headShown(newer) }
                #expect(controller.listener.sessionCount == 1)
            }
        }
    }

    @Test func `a newer session of the same host replaces the older one, closed before opened`() async throws {
        try await TestController.run { controller in
            let identity = try controller.cluster.agent(host)
            try await RawPeer.connect(to: controller, identity: identity) { inbound, outbound in
                try await outbound.write(AgentFrame.hello(Sample.hello))
                var incoming = inbound.makeAsyncIterator()
                var reader = FrameReader(limit: .fromController)
                _ = try await RawPeer.frame(&reader, &incoming)
                try await controller.with(controller.agent(host, identity: identity)) { events in
                    try await events.connected()
                    let farewell = try await RawPeer.frame(&reader, &incoming)
                    #expect(try farewell.map { try ControllerMessage(frame: $0) } == .farewell(.replaced))
                    let story = controller.service.happenings.rest
                    #expect(story.count == 3)
                    guard case .opened = story[0], case .closed(_, let error) = story[1], case .opened = story[2] else {
                        Issue.record("not opened, closed, opened: \(story)")
                        return
                    }
                    #expect(error.code == .replaced)
                }
            }
        }
    }

    @Test func `a renewed certificate is used from the next session on`() async throws {
        try await TestController.run { controller in
            let key = try PrivateKey.generate(.p256)
            let request = try CertificateRequest(for: key)
            let authority = controller.cluster.authority
            controller.service.behaviour.withLock { behaviour in
                behaviour.renew = { agent, der in
                    do {
                        let asked = try CertificateRequest(der: der)
                        let terms = try CertificateTerms(
                            peer: agent.certificate.peerName(),
                            usages: .clientAuth,
                            validity: agent.certificate.validity
                        )
                        let chain = try authority.issue(for: asked.publicKey, under: terms).pem
                        return .granted(certificateChainPEM: chain)
                    } catch {
                        return .refused("\(error)")
                    }
                }
            }
            let agent = try controller.agent(host)
            try await controller.with(agent) { events in
                try await events.connected()
                #expect(agent.renew(certificateRequest: request.der))
                guard case .renewal(.granted(let chain)) = try await events.first() else {
                    Issue.record("not granted")
                    return
                }
                try agent.use(TLSIdentity(certificateChainPEM: chain, privateKeyPEM: key.secretPEM()))
                #expect(controller.listener.sessionCount == 1)
                controller.listener.cut(host, because: .stopping)
                _ = try await events.disconnected()
                try await events.connected()
            }
        }
    }

    @Test func `an agent that has been revoked is cut at once, bundle transfers included, and does not come back`()
        async throws
    {
        try await TestController.run { controller in
            let identity = try controller.cluster.agent(host)
            try await Folder.with { folder in
                let path = folder.sparse("bundle", length_bytes: 1 << 26)
                controller.service.behaviour.withLock {
                    $0.bundles[Sample.digest] = BundleFile(path: path, length_bytes: 1 << 26)
                }
                try await RawPeer.connect(to: controller, identity: identity, .bundle, receiveBuffer_bytes: 4_096) {
                    inbound,
                    outbound in
                    try await outbound.write(BundleRequest(digest: Sample.digest, part: .rest(offset_bytes: 0)).frame())
                    try await controller.service.happenings.first { $0 == .bundleAsked(host) }
                    let agent = try controller.agent(host, identity: identity)
                    try await controller.with(agent) { events in
                        try await events.connected()
                        controller.service.behaviour.withLock { $0.refusals[host] = .revoked }
                        controller.listener.cut(host, because: .revoked)
                        let error = try await events.disconnected()
                        #expect(error.code == .refused)
                        #expect(error.sentence == Farewell.revoked.sentence)
                        #expect(try await controller.service.closed(host).code == .refused)
                    }
                    // The transfer ends too, long before its end; what had been sent before is still there to be read.
                    var received = 0
                    do { for try await piece in inbound { received += piece.readableBytes } } catch is TLSError {}
                    #expect(received < 1 << 26)
                    await #expect(throws: (any Error).self) {
                        try await RawPeer.connect(to: controller, identity: identity) { inbound, _ in
                            for try await _ in inbound {}
                        }
                    }
                }
                #expect(controller.listener.sessionCount == 0)
            }
        }
    }

    @Test func `an enrolled agent's certificate ends its session when it expires`() async throws {
        try await TestController.run(configure: { $0.heartbeatEvery = .seconds(1) }) { controller in
            // Long enough to connect; on a busy machine longer.
            for lifetime_s: Int64 in [3, 10, 30] {
                let agent = try controller.agent(
                    host,
                    identity: controller.cluster.agent(host, lifetime_s: lifetime_s)
                )
                let isConnected = try await controller.with(agent) { events in
                    guard try await events.connected(within: .seconds(lifetime_s)) else { return false }
                    #expect(try await controller.service.closed(host).code == .expired)
                    return true
                }
                if isConnected { return }
            }
            Issue.record("no certificate lived long enough to connect")
        }
    }

    @Test func `a certificate loaded anew serves the next connection, and the session goes on`() async throws {
        try await TestController.run { controller in
            try await controller.with(controller.agent(host)) { events in
                try await events.connected()
                try controller.listener.reload(
                    identity: controller.cluster.controller(),
                    authorityPEM: controller.cluster.authorityPEM
                )
                try await controller.with(controller.agent(Sample.host(2))) { others in
                    try await others.connected()
                    #expect(controller.listener.sessionCount == 2)
                }
            }
        }
    }
}
