import FoundationEssentials
import NIOCore
import SignedEnvelopes
import SwiftProtobuf
import Testing
import TimeAndChance
import TrainModel
import WireMessages

@testable import AgentLink

struct MessageCodecTests {
    private func payload(_ frame: ByteBuffer) -> [UInt8] { Array(frame.readableBytesView.dropFirst(4)) }

    @Test func `a hello arrives as it was sent`() throws {
        #expect(try AgentMessage(frame: payload(AgentFrame.hello(Sample.hello))) == .hello(Sample.hello))
        let first = Hello(agentVersion: "", running: [], newestHead: nil, at: Sample.now)
        #expect(try AgentMessage(frame: payload(AgentFrame.hello(first))) == .hello(first))
    }

    @Test func `every report arrives as it was sent`() throws {
        let reports: [AgentReport] = [
            .arrived(Sample.orderID, sequence: 9), .refused(Sample.refusal), .progress(Sample.progress),
            .health(Sample.health), .receipt(Sample.orderID, Sample.envelope),
        ]
        for report in reports {
            #expect(try AgentMessage(frame: payload(AgentFrame.report(report))) == .report(report))
        }
    }

    @Test func `every step arrives as it was sent`() throws {
        for step in Step.allCases {
            let progress = OrderProgress(
                order: Sample.orderID,
                step: step,
                fetched_bytes: 0,
                links: ["http://example.com"],
                at: Sample.now
            )
            #expect(
                try AgentMessage(frame: payload(AgentFrame.report(.progress(progress)))) == .report(.progress(progress))
            )
        }
    }

    @Test func `heartbeats and renewals arrive as they were sent`() throws {
        #expect(
            try AgentMessage(frame: payload(AgentFrame.heartbeat(number: 1, at: Sample.now)))
                == .heartbeat(number: 1, nil)
        )
        let reading = ClockReading(ahead: .seconds(-7), error: .milliseconds(3))
        #expect(
            try AgentMessage(frame: payload(AgentFrame.heartbeat(number: 2, at: Sample.now, clock: reading)))
                == .heartbeat(number: 2, reading)
        )
        let answer = try ControllerFrame.heartbeat(
            number: 1,
            at: Sample.now + .seconds(2),
            head: nil,
            answers: (number: 2, heard: Sample.now)
        )
        #expect(
            try ControllerMessage(frame: payload(answer))
                == .heartbeat(
                    nil,
                    answer: HeartbeatAnswer(number: 2, heard: Sample.now, said: Sample.now + .seconds(2))
                )
        )
        #expect(
            try AgentMessage(frame: payload(AgentFrame.renewal(certificateRequest: [1, 2]))) == .renewal([1, 2])
        )
    }

    @Test func `everything a controller says arrives as it was sent`() throws {
        let farewell = Farewell.revoked
        #expect(
            try ControllerMessage(frame: payload(ControllerFrame.welcome(Sample.welcome))) == .welcome(Sample.welcome)
        )
        #expect(
            try ControllerMessage(frame: payload(ControllerFrame.receiptStored(Sample.orderID)))
                == .receiptStored(Sample.orderID)
        )
        for head in [nil, Sample.head] {
            let frame = try ControllerFrame.heartbeat(number: 1, at: Sample.now, head: head)
            #expect(try ControllerMessage(frame: payload(frame)) == .heartbeat(head))
        }
        #expect(try ControllerMessage(frame: payload(ControllerFrame.farewell(farewell))) == .farewell(farewell))
        for answer in [RenewalAnswer.granted(certificateChainPEM: "pem"), .refused("no")] {
            #expect(try ControllerMessage(frame: payload(ControllerFrame.renewal(answer))) == .renewal(answer))
        }
    }

    @Test func `the largest hello of a host fits its limit`() throws {
        let service = RunningService(
            service: Sample.name(String(repeating: "s", count: 63)),
            generation: .max,
            version: Sample.version(String(repeating: "v", count: 64)),
            digest: Sample.digest,
            order: OrderID(String(repeating: "o", count: 300))
        )
        let hello = Hello(
            agentVersion: String(repeating: "v", count: 64),
            running: Array(repeating: service, count: Bounds.services_max),
            newestHead: Sample.head,
            at: Sample.now,
            bundleAddress: NetworkAddress(host: String(repeating: "h", count: 253), port: 65_535),
            // As much as an agent shows of them.
            newestOrders: Array(
                repeating: Envelope(
                    payloadType: "application/vnd.wavetrain.order.v1+deflate",
                    payload: Array(repeating: 7, count: 15 << 10),
                    signatures: Sample.envelope.signatures
                ),
                count: 3
            ),
            heldBundles: Array(repeating: Sample.digest, count: Bounds.heldBundles_max)
        )
        #expect(try AgentMessage(frame: payload(AgentFrame.hello(hello))) == .hello(hello))
    }

    @Test func `kinds, reports and enumeration values of newer versions are unknown and no fault`() throws {
        #expect(try AgentMessage(frame: [0xa2, 0x06, 1, 7]) == .unknown)
        #expect(try ControllerMessage(frame: [0xa2, 0x06, 1, 7]) == .unknown)
        // A report whose kind is field 100.
        #expect(try AgentMessage(frame: [0x12, 4, 0xa2, 0x06, 1, 7]) == .unknown)
        var wire = Wavetrain_V1_FromAgent()
        wire.report.progress.orderID = Sample.orderID.text
        wire.report.progress.step = .UNRECOGNIZED(99)
        wire.report.progress.atUnixMs = 1
        #expect(try AgentMessage(frame: wire.serializedBytes()) == .unknown)
    }

    @Test func `unknown fields outside of what is signed are no fault`() throws {
        let bytes = payload(try AgentFrame.hello(Sample.hello))
        #expect(try AgentMessage(frame: bytes + [0xa2, 0x06, 1, 7]) == .hello(Sample.hello))
    }

    @Test(arguments: [
        ("hello.running[0].service", "service"), ("hello.running[0].artifact_digest", "digest"),
        ("hello.running", "many"), ("hello.newest_head.hash", "head"), ("hello.at_unix_ms", "at"),
        ("hello.agent_version", "version"),
    ]) func `a hello with one lie is refused by its field`(place: String, lie: String) throws {
        var wire = try Wavetrain_V1_FromAgent(serializedBytes: payload(AgentFrame.hello(Sample.hello)))
        switch lie {
        case "service": wire.hello.running[0].service = "No Name"
        case "digest": wire.hello.running[0].artifactDigest = .init([1])
        case "many": wire.hello.running = Array(repeating: wire.hello.running[0], count: 257)
        case "head": wire.hello.newestHead.hash = .init([1])
        case "at": wire.hello.atUnixMs = 0
        default: wire.hello.agentVersion = String(repeating: "v", count: 65)
        }
        let error = #expect(throws: LinkError.self) { try AgentMessage(frame: wire.serializedBytes()) }
        #expect(error?.place == place)
    }

    @Test(arguments: [UInt32(0), 99, 7_501, .max]) func `a welcome with a heartbeat outside its range is refused`(
        every_ms: UInt32
    ) throws {
        var wire = try Wavetrain_V1_FromController(serializedBytes: payload(ControllerFrame.welcome(Sample.welcome)))
        wire.welcome.heartbeatEveryMs = every_ms
        let error = #expect(throws: LinkError.self) { try ControllerMessage(frame: wire.serializedBytes()) }
        #expect(error?.place == "welcome.heartbeat_every_ms")
    }

    @Test func `an envelope that its strict reader refuses is refused in its field`() throws {
        var wire = Wavetrain_V1_FromController()
        wire.order.envelope = .init([0x22, 0])
        let error = #expect(throws: LinkError.self) { try ControllerMessage(frame: wire.serializedBytes()) }
        #expect(error?.place == "order.envelope")
    }

    @Test func `a renewal that grants and refuses at once is refused`() throws {
        var wire = Wavetrain_V1_FromController()
        wire.renewal.certificateChain = "pem"
        wire.renewal.refusal = "no"
        #expect(throws: LinkError.self) { try ControllerMessage(frame: wire.serializedBytes()) }
        wire.renewal = .init()
        #expect(throws: LinkError.self) { try ControllerMessage(frame: wire.serializedBytes()) }
    }

    @Test(arguments: [1, 127, 128, 16_383, 16_384, BundleChunk.bytes_max])
    func `a chunk written by hand is what protobuf reads`(
        count: Int
    ) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        var frame = ByteBuffer()
        BundleChunk.writeHead(into: &frame, chunk_bytes: count)
        frame.writeBytes(bytes)
        var reader = FrameReader(limit: .bundleAnswer)
        reader.append(frame)
        let next = try reader.next()
        let message = try #require(next)
        let rest = try reader.next()
        #expect(try BundleAnswer(frame: message) == .chunk(.init(bytes)))
        #expect(rest == nil)
    }

    @Test func `enrolment's request and answers arrive as they were sent`() throws {
        let request = EnrolRequest(
            secret: Array(repeating: 7, count: 32),
            host: Sample.name("host-1"),
            certificateRequest: [1, 2, 3]
        )
        #expect(try EnrolRequest(frame: payload(request.frame())) == request)
        let enrolled = Enrolled(
            cluster: Sample.name("prod"),
            region: Sample.name("west"),
            certificateChainPEM: "chain",
            authorityPEM: "authority",
            orderKeysPEM: ["key"]
        )
        for answer in [EnrolAnswer.enrolled(enrolled), .refused(.revoked)] {
            #expect(try EnrolAnswer(frame: payload(answer.frame())) == answer)
        }
    }

    @Test(arguments: ["secret", "host", "request"]) func `an enrolment request with one lie is refused`(lie: String)
        throws
    {
        var wire = Wavetrain_V1_EnrolRequest()
        wire.secret = .init(repeating: 1, count: lie == "secret" ? 31 : 32)
        wire.host = lie == "host" ? "a/b" : "host-1"
        wire.certificateRequest = .init(repeating: 1, count: lie == "request" ? 9_000 : 10)
        #expect(throws: LinkError.self) { try EnrolRequest(frame: wire.serializedBytes()) }
    }
}
