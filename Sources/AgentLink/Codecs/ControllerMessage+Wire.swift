import FoundationEssentials
import NIOCore
import SignedEnvelopes
import SwiftProtobuf
import TimeAndChance
import TrainModel
import WireMessages

extension ControllerMessage {
    /// - Throws: `LinkError` for everything but what a newer version could say: that is `unknown`.
    init(frame: [UInt8]) throws(LinkError) {
        let wire: Wavetrain_V1_FromController = try Frame.decode(frame, "from_controller")
        switch wire.kind {
        case .welcome(let welcome):
            self = .welcome(try Field.message("welcome") { () throws(LinkError) in try Welcome(welcome) })
        case .order(let order):
            self = .order(try Field.message("order") { () throws(LinkError) in try Field.envelope(order.envelope) })
        case .receiptStored(let stored):
            self = .receiptStored(try Field.orderID(stored.orderID, "receipt_stored.order_id"))
        case .heartbeat(let heartbeat):
            self = .heartbeat(
                heartbeat.hasHead
                    ? try Field.message("heartbeat.head") { () throws(LinkError) in try ShownHead(heartbeat.head) }
                    : nil,
                answer: HeartbeatAnswer(heartbeat)
            )
        case .renewal(let renewal):
            self = .renewal(try Field.message("renewal") { () throws(LinkError) in try RenewalAnswer(renewal) })
        case .farewell(let farewell):
            self = .farewell(try Field.message("farewell") { () throws(LinkError) in try Farewell(farewell) })
        case nil: self = .unknown
        }
    }
}

extension HeartbeatAnswer {
    /// Nil: the controller has heard none yet, or is too old to say.
    fileprivate init?(_ wire: Wavetrain_V1_Heartbeat) {
        guard wire.answeredNumber > 0 else { return nil }
        number = wire.answeredNumber
        heard = Instant(unix_ms: wire.answeredAtUnixMs)
        said = Instant(unix_ms: wire.atUnixMs)
    }
}

/// The frames that a controller sends.
enum ControllerFrame {
    /// An order's encoded envelope; the same frame for every host of the batch.
    static func order(envelope: Envelope) throws(LinkError) -> ByteBuffer {
        let bytes = try Field.encoded(envelope)
        return try Frame.encode(Wavetrain_V1_FromController.with { $0.order.envelope = bytes }, limit: .fromController)
    }

    static func welcome(_ welcome: Welcome) throws(LinkError) -> ByteBuffer {
        var wire = Wavetrain_V1_Welcome()
        wire.controllerVersion = welcome.controllerVersion.clipped(bytes_max: Bounds.versionTextBytes_max)
        wire.epoch = welcome.epoch
        if let head = welcome.head { wire.head = Wavetrain_V1_ChainHead(head) }
        wire.heartbeatEveryMs = try welcome.heartbeatEvery.wire_ms("welcome.heartbeat_every_ms")
        wire.atUnixMs = welcome.at.unix_ms
        return try Frame.encode(Wavetrain_V1_FromController.with { $0.welcome = wire }, limit: .introduction)
    }

    static func receiptStored(_ order: OrderID) throws(LinkError) -> ByteBuffer {
        try Frame.encode(
            Wavetrain_V1_FromController.with { $0.receiptStored.orderID = order.text },
            limit: .introduction
        )
    }

    static func heartbeat(
        number: UInt64,
        at: Instant,
        head: ShownHead?,
        answers: (number: UInt64, heard: Instant)? = nil
    ) throws(LinkError) -> ByteBuffer {
        let wire = Wavetrain_V1_FromController.with {
            $0.heartbeat.number = number
            $0.heartbeat.atUnixMs = at.unix_ms
            if let head { $0.heartbeat.head = Wavetrain_V1_ChainHead(head) }
            $0.heartbeat.answeredNumber = answers?.number ?? 0
            $0.heartbeat.answeredAtUnixMs = answers?.heard.unix_ms ?? 0
        }
        return try Frame.encode(wire, limit: .introduction)
    }

    static func renewal(_ answer: RenewalAnswer) throws(LinkError) -> ByteBuffer {
        let wire = Wavetrain_V1_FromController.with {
            switch answer {
            case .granted(let chain): $0.renewal.certificateChain = chain
            case .refused(let sentence):
                $0.renewal.refusal = (sentence.isEmpty ? "refused" : sentence).clipped(
                    bytes_max: Bounds.sentenceBytes_max
                )
            }
        }
        return try Frame.encode(wire, limit: .fromController)
    }

    static func farewell(_ farewell: Farewell) throws(LinkError) -> ByteBuffer {
        let wire = Wavetrain_V1_FromController.with { $0.farewell = Wavetrain_V1_Farewell(farewell) }
        return try Frame.encode(wire, limit: .introduction)
    }
}

extension Welcome {
    fileprivate init(_ wire: Wavetrain_V1_Welcome) throws(LinkError) {
        self.init(
            controllerVersion: try Field.text(
                wire.controllerVersion,
                bytes_max: Bounds.versionTextBytes_max,
                "controller_version"
            ),
            epoch: try Field.counter(wire.epoch, "epoch"),
            head: wire.hasHead
                ? try Field.message("head") { () throws(LinkError) in try ShownHead(wire.head) } : nil,
            heartbeatEvery: try Field.interval(ms: wire.heartbeatEveryMs, "heartbeat_every_ms"),
            at: try Field.instant(unix_ms: wire.atUnixMs, "at_unix_ms")
        )
        guard Liveness.every_allowed.contains(heartbeatEvery) else {
            throw .bounds(
                "heartbeat_every_ms",
                "Heartbeats come every \(Liveness.every_allowed.lowerBound) to \(Liveness.every_allowed.upperBound)."
            )
        }
    }
}

extension RenewalAnswer {
    fileprivate init(_ wire: Wavetrain_V1_RenewalAnswer) throws(LinkError) {
        guard wire.refusal.isEmpty else {
            guard wire.certificateChain.isEmpty else { throw .invalid("refusal", "It grants and refuses at once.") }
            self = .refused(try Field.text(wire.refusal, bytes_max: Bounds.sentenceBytes_max, "refusal"))
            return
        }
        let chain = try Field.requiredText(
            wire.certificateChain,
            bytes_max: Bounds.certificateChainBytes_max,
            "certificate_chain"
        )
        self = .granted(certificateChainPEM: chain)
    }
}

extension Farewell {
    init(_ wire: Wavetrain_V1_Farewell) throws(LinkError) {
        self.init(
            code: try Field.code(wire.code),
            sentence: try Field.text(wire.sentence, bytes_max: Bounds.sentenceBytes_max, "sentence")
        )
    }
}

extension Wavetrain_V1_Farewell {
    init(_ farewell: Farewell) {
        self.init()
        code = farewell.code.clipped(bytes_max: Bounds.codeBytes_max)
        sentence = farewell.sentence.clipped(bytes_max: Bounds.sentenceBytes_max)
    }
}
