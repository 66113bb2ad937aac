import Cryptography
import NIOCore
import NIOPosix
import SignedEnvelopes
import Synchronization
import TLSChannel
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

/// Peers that are slow, broken, or too many.
@Suite(.timeLimit(.minutes(3)))
struct HostilePeerTests {
    let orderKey: PrivateKey
    let host = Sample.host(1)

    init() throws {
        orderKey = try PrivateKey.generate(.ed25519)
    }

    @Test func `a reader that stops reading is cut, and the memory it costs is bounded`() async throws {
        try await TestController.run { controller in
            try await RawPeer.connect(
                to: controller,
                identity: controller.cluster.agent(host),
                receiveBuffer_bytes: 4_096
            ) {
                inbound,
                outbound in
                try await outbound.write(AgentFrame.hello(Sample.hello))
                try await controller.service.opened(host)
                var order = Sample.order
                var chance = SeededGenerator(seed: 1)
                // Large, and not to be deflated.
                order.variables = (0..<40).map { number in
                    Variable(
                        key: "K\(10 + number)",
                        value: String(
                            (0..<4_000).map { _ in Character(UnicodeScalar(.random(in: 33...126, using: &chance))) }
                        )
                    )
                }
                let sealed = try OrderCodec.seal(order, with: orderKey)
                while controller.listener.sessionCount > 0 {
                    controller.listener.send(sealed, to: [host])
                    // Others dial in meanwhile.
                    try await Task.sleep(for: .milliseconds(1))
                }
                #expect(try await controller.service.closed(host).code == .slow)
                _ = inbound
            }
        }
    }

    @Test(arguments: [
        [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff], [0, 0, 0, 2, 0xff, 0xff], Array("GET / HTTP/1.1\r\n\r\n".utf8),
        [0, 3, 0, 1],
    ]) func `broken frames are answered with a farewell and the end`(bytes: [UInt8]) async throws {
        try await TestController.run { controller in
            try await RawPeer.connect(to: controller, identity: controller.cluster.agent(host)) { inbound, outbound in
                try await outbound.write(ByteBuffer(bytes: bytes))
                var incoming = inbound.makeAsyncIterator()
                var reader = FrameReader(limit: .fromController)
                let frame = try await RawPeer.frame(&reader, &incoming)
                guard case .farewell(let farewell) = try frame.map({ try ControllerMessage(frame: $0) }) else {
                    Issue.record("no farewell")
                    return
                }
                #expect(["malformed-frame", "frame-too-large"].contains(farewell.code))
                #expect(try await RawPeer.frame(&reader, &incoming) == nil)
            }
            #expect(controller.service.happenings.rest.isEmpty)
        }
    }

    @Test func `a session lives though its bytes come one at a time`() async throws {
        try await TestController.run { controller in
            try await RawPeer.connect(to: controller, identity: controller.cluster.agent(host)) { _, outbound in
                for byte in try AgentFrame.hello(Sample.hello).readableBytesView {
                    try await outbound.write(ByteBuffer(bytes: [byte]))
                }
                try await controller.service.opened(host)
            }
        }
    }

    @Test func `strangers count per address until they have said who they are, or have gone`() {
        let census = AddressCensus(strangers_max: 2)
        let first = census.enter("192.0.2.1")
        let second = census.enter("192.0.2.1")
        #expect(first != nil && second != nil)
        #expect(census.enter("192.0.2.1") == nil)
        #expect(census.enter("192.0.2.2") != nil)
        first?.leave()
        first?.leave()
        #expect(census.enter("192.0.2.1") != nil)
        #expect(census.enter("192.0.2.1") == nil)
    }

    @Test func `a stranger beyond the cap of its address is turned away, agents are unharmed`() async throws {
        try await TestController.run(configure: { $0.strangers_perAddress_max = 1 }) { controller in
            try await controller.with(controller.agent(host)) { events in
                try await events.connected()
                // Who enrols is a stranger to the end; this one waits for its answer.
                let asked = Mailbox<Bool>()
                let answers = Mailbox<EnrolAnswer>()
                controller.service.behaviour.withLock { behaviour in
                    behaviour.enrol = { _ in
                        asked.post(true)
                        do { return try await answers.first() } catch { return .refused(.stopping) }
                    }
                }
                let request = EnrolRequest(
                    secret: Array(repeating: 1, count: 32),
                    host: host.host,
                    certificateRequest: [1]
                )
                let identity = try controller.cluster.agent(Sample.host(2))
                try await RawPeer.connect(to: controller, identity: nil, .enrol) { stranger, toController in
                    try await toController.write(request.frame())
                    try await asked.first()
                    await #expect(throws: (any Error).self) {
                        try await RawPeer.connect(to: controller, identity: identity) { inbound, outbound in
                            try await outbound.write(AgentFrame.hello(Sample.hello))
                            for try await _ in inbound { Issue.record("the controller speaks") }
                            Issue.record("the handshake was completed")
                        }
                    }
                    #expect(controller.listener.sessionCount == 1)
                    answers.post(.refused(.stopping))
                    for try await _ in stranger {}
                }
                // There is room again.
                try await controller.with(controller.agent(Sample.host(2), identity: identity)) { others in
                    try await others.connected()
                }
            }
        }
    }
}
