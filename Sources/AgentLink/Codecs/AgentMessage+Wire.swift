import FoundationEssentials
import NIOCore
import SignedEnvelopes
import SwiftProtobuf
import TimeAndChance
import TrainModel
import WireMessages

extension AgentMessage {
    /// - Throws: `LinkError` for everything but what a newer version could say: that is `unknown`.
    init(frame: [UInt8]) throws(LinkError) {
        let wire: Wavetrain_V1_FromAgent = try Frame.decode(frame, "from_agent")
        do throws(LinkError) {
            self = try AgentMessage(wire)
        } catch  where error.code == .unknownValue {
            self = .unknown
        }
    }

    private init(_ wire: Wavetrain_V1_FromAgent) throws(LinkError) {
        switch wire.kind {
        case .hello(let hello):
            self = .hello(try Field.message("hello") { () throws(LinkError) in try Hello(hello) })
        case .report(let report):
            let known = try Field.message("report") { () throws(LinkError) in try AgentReport(report) }
            self = known.map(AgentMessage.report) ?? .unknown
        case .receipt(let receipt):
            self = .report(
                try Field.message("receipt") { () throws(LinkError) in
                    .receipt(try Field.orderID(receipt.orderID), try Field.envelope(receipt.envelope))
                }
            )
        case .orderArrived(let arrived):
            self = .report(
                try Field.message("order_arrived") { () throws(LinkError) in
                    .arrived(
                        try Field.orderID(arrived.orderID),
                        sequence: try Field.counter(arrived.sequence, "sequence")
                    )
                }
            )
        case .heartbeat(let heartbeat):
            self = .heartbeat(
                number: heartbeat.number,
                heartbeat.hasClock ? ClockReading(heartbeat.clock) : nil
            )
        case .renewal(let renewal):
            self = .renewal(
                try Field.bytes(
                    renewal.certificateRequest,
                    bytes_max: Bounds.certificateRequestBytes_max,
                    "renewal.certificate_request"
                )
            )
        case nil: self = .unknown
        }
    }
}

/// The frames that an agent sends.
enum AgentFrame {
    static func hello(_ hello: Hello) throws(LinkError) -> ByteBuffer {
        let wire = try Wavetrain_V1_Hello(hello)
        return try Frame.encode(Wavetrain_V1_FromAgent.with { $0.hello = wire }, limit: .hello)
    }

    /// - Throws: `LinkError` `frameTooLarge`, for a receipt whose envelope is.
    static func report(_ report: AgentReport) throws(LinkError) -> ByteBuffer {
        var wire = Wavetrain_V1_FromAgent()
        switch report {
        case .arrived(let order, let sequence):
            wire.orderArrived = .with {
                $0.orderID = order.text
                $0.sequence = sequence
            }
        case .refused(let refusal): wire.report = Wavetrain_V1_Report(refusal)
        case .progress(let progress): wire.report = Wavetrain_V1_Report(progress)
        case .health(let health): wire.report = Wavetrain_V1_Report(health)
        case .clock(let reading): wire.heartbeat.clock = Wavetrain_V1_ClockReading(reading)
        case .receipt(let order, let envelope):
            let bytes = try Field.encoded(envelope)
            wire.receipt = .with {
                $0.orderID = order.text
                $0.envelope = bytes
            }
        }
        return try Frame.encode(wire, limit: .fromAgent)
    }

    static func heartbeat(
        number: UInt64,
        at: Instant,
        clock: ClockReading? = nil
    ) throws(LinkError) -> ByteBuffer {
        let wire = Wavetrain_V1_FromAgent.with {
            $0.heartbeat.number = number
            $0.heartbeat.atUnixMs = at.unix_ms
            if let clock { $0.heartbeat.clock = Wavetrain_V1_ClockReading(clock) }
        }
        return try Frame.encode(wire, limit: .introduction)
    }

    static func renewal(certificateRequest: [UInt8]) throws(LinkError) -> ByteBuffer {
        let wire = Wavetrain_V1_FromAgent.with { $0.renewal.certificateRequest = Data(certificateRequest) }
        return try Frame.encode(wire, limit: .fromAgent)
    }
}

extension ClockReading {
    fileprivate init(_ wire: Wavetrain_V1_ClockReading) {
        self.init(ahead: .milliseconds(wire.aheadMs), error: .milliseconds(Int64(wire.errorMs)))
    }
}

extension Wavetrain_V1_ClockReading {
    fileprivate init(_ reading: ClockReading) {
        self.init()
        aheadMs = reading.ahead.ms
        errorMs = UInt32(clamping: reading.error.ms)
    }
}

extension Hello {
    fileprivate init(_ wire: Wavetrain_V1_Hello) throws(LinkError) {
        self.init(
            agentVersion: try Field.text(wire.agentVersion, bytes_max: Bounds.versionTextBytes_max, "agent_version"),
            running: try Field.list(wire.running, count_max: Bounds.services_max, "running") {
                (service) throws(LinkError) in try RunningService(service)
            },
            newestHead: wire.hasNewestHead
                ? try Field.message("newest_head") { () throws(LinkError) in try ShownHead(wire.newestHead) } : nil,
            epochHighest: wire.epochHighest,
            at: try Field.instant(unix_ms: wire.atUnixMs, "at_unix_ms"),
            bundleAddress: wire.bundleAddress.isEmpty ? nil : try Field.address(wire.bundleAddress, "bundle_address"),
            newestOrders: try Field.list(
                wire.newestOrders,
                count_max: Bounds.newestOrders_max,
                "newest_orders"
            ) { (bytes) throws(LinkError) in try Field.envelope(bytes) },
            heldBundles: try Field.list(wire.heldBundles, count_max: Bounds.heldBundles_max, "held_bundles") {
                (digest) throws(LinkError) in try Field.digest(digest, "")
            },
            trouble: wire.hasTrouble
                ? try Field.message("trouble") { () throws(LinkError) in try HostTrouble(wire.trouble) } : nil
        )
    }
}

extension HostTrouble {
    fileprivate init(_ wire: Wavetrain_V1_HostTrouble) throws(LinkError) {
        self.init(
            code: try Field.code(wire.code, "code"),
            sentence: try Field.text(wire.sentence, bytes_max: Self.sentence_bytes_max, "sentence")
        )
    }
}

extension RunningService {
    fileprivate init(_ wire: Wavetrain_V1_RunningService) throws(LinkError) {
        self.init(
            service: try Field.name(wire.service, "service"),
            generation: try Field.counter(wire.generation, "generation"),
            version: try Field.version(wire.version, "version"),
            digest: try Field.digest(wire.artifactDigest, "artifact_digest"),
            order: wire.orderID.isEmpty ? nil : try Field.orderID(wire.orderID),
            health: Health(wire.health),
            newestGeneration: wire.newestGeneration == 0 ? nil : wire.newestGeneration
        )
    }
}

extension Health {
    /// Nil for what says nothing, or nothing that this version understands.
    fileprivate init?(_ wire: Wavetrain_V1_Health) {
        switch wire {
        case .healthy: self = .healthy
        case .unhealthy: self = .unhealthy
        case .unspecified, .UNRECOGNIZED: return nil
        }
    }
}

extension Wavetrain_V1_Health {
    fileprivate init(_ health: Health?) {
        switch health {
        case .healthy: self = .healthy
        case .unhealthy: self = .unhealthy
        case nil: self = .unspecified
        }
    }
}

extension ShownHead {
    init(_ wire: Wavetrain_V1_ChainHead) throws(LinkError) {
        // An empty log's head has number 0.
        self.init(sequence: wire.sequence, hash: try Field.digest(wire.hash, "hash"))
    }
}

extension Wavetrain_V1_ChainHead {
    init(_ head: ShownHead) {
        self.init()
        sequence = head.sequence
        hash = Data(head.hash.bytes)
    }
}

extension Wavetrain_V1_Hello {
    fileprivate init(_ hello: Hello) throws(LinkError) {
        self.init()
        agentVersion = hello.agentVersion.clipped(bytes_max: Bounds.versionTextBytes_max)
        running = hello.running.map { service in
            .with {
                $0.service = service.service.text
                $0.generation = service.generation
                $0.version = service.version.text
                $0.artifactDigest = Data(service.digest.bytes)
                $0.orderID = service.order?.text ?? ""
                $0.health = Wavetrain_V1_Health(service.health)
                $0.newestGeneration = service.newestGeneration ?? 0
            }
        }
        if let head = hello.newestHead { newestHead = Wavetrain_V1_ChainHead(head) }
        epochHighest = hello.epochHighest
        atUnixMs = hello.at.unix_ms
        bundleAddress = hello.bundleAddress?.description ?? ""
        newestOrders = try hello.newestOrders.map { (envelope) throws(LinkError) in try Field.encoded(envelope) }
        heldBundles = hello.heldBundles.suffix(Bounds.heldBundles_max).map { Data($0.bytes) }
        if let trouble = hello.trouble {
            self.trouble = .with {
                $0.code = trouble.code
                $0.sentence = trouble.sentence.clipped(bytes_max: HostTrouble.sentence_bytes_max)
            }
        }
    }
}

extension Field {
    /// An encoded envelope, through the one strict reader. Nothing in it is believed yet.
    static func envelope(_ bytes: Data) throws(LinkError) -> Envelope {
        guard !bytes.isEmpty else { throw .missing("envelope") }
        do {
            return try Envelope(bytes: [UInt8](bytes))
        } catch {
            throw .invalid("envelope", "\(error)")
        }
    }

    static func encoded(_ envelope: Envelope) throws(LinkError) -> Data {
        do { return Data(try envelope.encoded()) } catch { throw .bounds("envelope", "\(error)") }
    }
}
