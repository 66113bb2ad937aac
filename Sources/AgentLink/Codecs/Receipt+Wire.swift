import FoundationEssentials
public import SignedEnvelopes
import SwiftProtobuf
import TimeAndChance
public import TrainModel
import WireMessages

/// A receipt as it is signed: `Receipt` in `proto/wavetrain/v1/report.proto`.
extension Receipt: SignedDocument {
    public static var payloadType: PayloadType { .receipt }

    /// - Throws: `EnvelopeError` for bytes that are no receipt message or hold fields unknown at any depth; `LinkError`
    ///   naming the field that breaks its rule.
    public init(signedBytes bytes: [UInt8]) throws {
        let wire = try Wavetrain_V1_Receipt(signedBytes: bytes)
        self = try Field.message("receipt") { () throws(LinkError) in try Receipt(wire) }
    }

    /// Texts are cut and lists end where the bounds are: a hook that talks much must not cost the receipt.
    ///
    /// - Throws: `LinkError` for a receipt that no controller would read.
    public func signedBytes() throws -> [UInt8] {
        let wire = Wavetrain_V1_Receipt(self)
        _ = try Field.message("receipt") { () throws(LinkError) in try Receipt(wire) }
        return try wire.signedBytes()
    }
}

extension Receipt {
    init(_ wire: Wavetrain_V1_Receipt) throws(LinkError) {
        let outcome = try Outcome(wire.outcome)
        self.init(
            cluster: try Field.name(wire.cluster, "cluster"),
            host: HostKey(region: try Field.name(wire.region, "region"), host: try Field.name(wire.host, "host")),
            order: try Field.orderID(wire.orderID),
            release: try Field.name(wire.releaseID, "release_id"),
            service: try Field.name(wire.service, "service"),
            epoch: try Field.counter(wire.epoch, "epoch"),
            generation: try Field.counter(wire.generation, "generation"),
            attempt: try Field.counter(wire.attempt, "attempt"),
            orderDigest: try Field.digest(wire.orderDigest, "order_digest"),
            outcome: outcome,
            failedStep: try Self.failedStep(wire, outcome),
            code: outcome == .applied ? try Self.absent(wire.code, "code") : try Field.code(wire.code),
            sentence: try Field.text(wire.sentence, bytes_max: Bounds.sentenceBytes_max, "sentence"),
            running: wire.hasRunning
                ? try Field.message("running") { () throws(LinkError) in try Running(wire.running) } : nil,
            steps: try Field.list(wire.steps, count_max: Bounds.steps_max, "steps") {
                (step) throws(LinkError) in try StepOutcome(step)
            },
            links: try Field.links(wire.links),
            warnings: try Field.list(wire.warnings, count_max: Bounds.warnings_max, "warnings") {
                (text) throws(LinkError) in try Field.text(text, bytes_max: Bounds.reasonBytes_max, "")
            },
            rule: outcome == .applied
                ? try Self.absent(wire.rule, "rule")
                : try Field.text(wire.rule, bytes_max: Bounds.ruleNameBytes_max, "rule"),
            findings: try Field.list(wire.findings, count_max: Bounds.lookups_max, "findings") {
                (finding) throws(LinkError) in try Finding(finding)
            },
            accepted: try Field.instant(unix_ms: wire.acceptedUnixMs, "accepted_unix_ms"),
            finished: try Field.instant(unix_ms: wire.finishedUnixMs, "finished_unix_ms")
        )
        guard outcome != .applied || running != nil else { throw .missing("running") }
        guard findings.isEmpty || !rule.isEmpty else { throw .missing("rule") }
    }

    /// An outcome other than applied was decided somewhere; applied was not.
    private static func failedStep(_ wire: Wavetrain_V1_Receipt, _ outcome: Outcome) throws(LinkError) -> Step? {
        guard outcome == .applied else { return try Step(wire.step) }
        guard wire.step == .unspecified else { throw .invalid("step", "An applied order has no step that failed.") }
        return nil
    }

    private static func absent(_ text: String, _ field: StaticString) throws(LinkError) -> String {
        guard text.isEmpty else { throw .invalid(field, "An applied order has none.") }
        return text
    }
}

extension Receipt.Outcome {
    fileprivate init(_ wire: Wavetrain_V1_Outcome) throws(LinkError) {
        switch wire {
        case .applied: self = .applied
        case .returned: self = .returned
        case .failed: self = .failed
        case .unknown: self = .unknown
        case .unspecified: throw .missing("outcome")
        case .UNRECOGNIZED(let number): throw .unknownValue("outcome", number)
        }
    }

    fileprivate var wire: Wavetrain_V1_Outcome {
        switch self {
        case .applied: .applied
        case .returned: .returned
        case .failed: .failed
        case .unknown: .unknown
        }
    }
}

extension Receipt.Running {
    fileprivate init(_ wire: Wavetrain_V1_Receipt.Artifact) throws(LinkError) {
        self.init(
            name: try Field.name(wire.name, "name"),
            version: try Field.version(wire.version, "version"),
            digest: try Field.digest(wire.digest, "digest")
        )
    }
}

extension Receipt.StepOutcome {
    fileprivate init(_ wire: Wavetrain_V1_StepOutcome) throws(LinkError) {
        self.init(
            step: try Step(wire.step),
            started: try Field.instant(unix_ms: wire.startedUnixMs, "started_unix_ms"),
            finished: try Field.instant(unix_ms: wire.finishedUnixMs, "finished_unix_ms"),
            outputTail: try Field.text(wire.outputTail, bytes_max: Bounds.outputTailBytes_max, "output_tail")
        )
    }
}

extension Finding {
    fileprivate init(_ wire: Wavetrain_V1_Finding) throws(LinkError) {
        self.init(
            name: try Field.requiredText(wire.name, bytes_max: Bounds.ruleNameBytes_max, "name"),
            text: try Field.text(wire.text, bytes_max: Bounds.findingBytes_max, "text")
        )
    }
}

extension Wavetrain_V1_Receipt {
    fileprivate init(_ receipt: Receipt) {
        self.init()
        cluster = receipt.cluster.text
        region = receipt.host.region.text
        host = receipt.host.host.text
        orderID = receipt.order.text
        releaseID = receipt.release.text
        service = receipt.service.text
        epoch = receipt.epoch
        generation = receipt.generation
        attempt = receipt.attempt
        orderDigest = Data(receipt.orderDigest.bytes)
        outcome = receipt.outcome.wire
        step = receipt.failedStep?.wire ?? .unspecified
        code = receipt.code.clipped(bytes_max: Bounds.codeBytes_max)
        sentence = receipt.sentence.clipped(bytes_max: Bounds.sentenceBytes_max)
        if let running = receipt.running {
            self.running = .with {
                $0.name = running.name.text
                $0.version = running.version.text
                $0.digest = Data(running.digest.bytes)
            }
        }
        steps = receipt.steps.prefix(Bounds.steps_max).map { outcome in
            .with {
                $0.step = outcome.step.wire
                $0.startedUnixMs = outcome.started.unix_ms
                $0.finishedUnixMs = outcome.finished.unix_ms
                $0.outputTail = outcome.outputTail.clipped(bytes_max: Bounds.outputTailBytes_max)
            }
        }
        links = receipt.links.sendable
        warnings = receipt.warnings.prefix(Bounds.warnings_max).map { $0.clipped(bytes_max: Bounds.reasonBytes_max) }
        rule = receipt.rule
        findings = receipt.findings.prefix(Bounds.lookups_max).map { finding in
            .with {
                $0.name = finding.name
                $0.text = finding.text.clipped(bytes_max: Bounds.findingBytes_max)
            }
        }
        acceptedUnixMs = receipt.accepted.unix_ms
        finishedUnixMs = receipt.finished.unix_ms
    }
}
