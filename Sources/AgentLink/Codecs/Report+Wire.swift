import FoundationEssentials
import SwiftProtobuf
import TimeAndChance
import TrainModel
import WireMessages

extension Step {
    init(_ wire: Wavetrain_V1_Step, _ field: StaticString = "step") throws(LinkError) {
        switch wire {
        case .accept: self = .accept
        case .fetch: self = .fetch
        case .unpack: self = .unpack
        case .drain: self = .drain
        case .stop: self = .stop
        case .switch: self = .switch
        case .install: self = .install
        case .start: self = .start
        case .verify: self = .verify
        case .smoke: self = .smoke
        case .return: self = .return
        case .unspecified: throw .missing(field)
        case .UNRECOGNIZED(let number): throw .unknownValue(field, number)
        }
    }

    var wire: Wavetrain_V1_Step {
        switch self {
        case .accept: .accept
        case .fetch: .fetch
        case .unpack: .unpack
        case .drain: .drain
        case .stop: .stop
        case .switch: .switch
        case .install: .install
        case .start: .start
        case .verify: .verify
        case .smoke: .smoke
        case .return: .return
        }
    }
}

extension Field {
    static func links(_ wire: [String]) throws(LinkError) -> [String] {
        try list(wire, count_max: Bounds.links_max, "links") {
            (link) throws(LinkError) in try requiredText(link, bytes_max: Bounds.linkBytes_max, "")
        }
    }
}

extension [String] {
    /// Those links that the other end will take; half a link leads nowhere.
    var sendable: [String] {
        Array(
            filter { !$0.isEmpty && $0.utf8.count <= Bounds.linkBytes_max && !$0.utf8.contains(0) }.prefix(
                Bounds.links_max
            )
        )
    }
}

extension AgentReport {
    /// Nil: of a kind that this version does not know.
    init?(_ wire: Wavetrain_V1_Report) throws(LinkError) {
        switch wire.kind {
        case .progress(let progress):
            self = .progress(try Field.message("progress") { () throws(LinkError) in try OrderProgress(progress) })
        case .health(let health):
            self = .health(try Field.message("health") { () throws(LinkError) in try HealthSamples(health) })
        case .refused(let refused):
            self = .refused(try Field.message("refused") { () throws(LinkError) in try OrderRefusal(refused) })
        case nil: return nil
        }
    }
}

extension OrderProgress {
    fileprivate init(_ wire: Wavetrain_V1_OrderProgress) throws(LinkError) {
        self.init(
            order: try Field.orderID(wire.orderID),
            step: try Step(wire.step),
            fetched_bytes: wire.fetchedBytes,
            waitsFor: wire.waitsFor.isEmpty
                ? nil : try Field.text(wire.waitsFor, bytes_max: Bounds.reasonBytes_max, "waits_for"),
            links: try Field.links(wire.links),
            at: try Field.instant(unix_ms: wire.atUnixMs, "at_unix_ms")
        )
    }
}

extension HealthSamples {
    fileprivate init(_ wire: Wavetrain_V1_HealthSamples) throws(LinkError) {
        self.init(
            service: try Field.name(wire.service, "service"),
            generation: try Field.counter(wire.generation, "generation"),
            digest: try Field.digest(wire.artifactDigest, "artifact_digest"),
            healthy: Int(wire.healthy),
            unhealthy: Int(wire.unhealthy),
            reason: try Field.text(wire.reason, bytes_max: Bounds.reasonBytes_max, "reason"),
            from: try Field.instant(unix_ms: wire.fromUnixMs, "from_unix_ms"),
            to: try Field.instant(unix_ms: wire.toUnixMs, "to_unix_ms")
        )
    }
}

extension OrderRefusal {
    fileprivate init(_ wire: Wavetrain_V1_OrderRefused) throws(LinkError) {
        self.init(
            order: try Field.orderID(wire.orderID),
            code: try Field.code(wire.code),
            sentence: try Field.text(wire.sentence, bytes_max: Bounds.sentenceBytes_max, "sentence")
        )
    }
}

extension Wavetrain_V1_Report {
    init(_ progress: OrderProgress) {
        self.init()
        self.progress = .with {
            $0.orderID = progress.order.text
            $0.step = progress.step.wire
            $0.fetchedBytes = progress.fetched_bytes
            $0.waitsFor = progress.waitsFor?.clipped(bytes_max: Bounds.reasonBytes_max) ?? ""
            $0.links = progress.links.sendable
            $0.atUnixMs = progress.at.unix_ms
        }
    }

    init(_ health: HealthSamples) {
        self.init()
        self.health = .with {
            $0.service = health.service.text
            $0.generation = health.generation
            $0.artifactDigest = Data(health.digest.bytes)
            $0.healthy = UInt32(clamping: health.healthy)
            $0.unhealthy = UInt32(clamping: health.unhealthy)
            $0.reason = health.reason.clipped(bytes_max: Bounds.reasonBytes_max)
            $0.fromUnixMs = health.from.unix_ms
            $0.toUnixMs = health.to.unix_ms
        }
    }

    init(_ refusal: OrderRefusal) {
        self.init()
        self.refused = .with {
            $0.orderID = refusal.order.text
            $0.code = refusal.code.clipped(bytes_max: Bounds.codeBytes_max)
            $0.sentence = refusal.sentence.clipped(bytes_max: Bounds.sentenceBytes_max)
        }
    }
}
