import FoundationEssentials
public import SignedEnvelopes
import SwiftProtobuf
import TimeAndChance
public import TrainModel
import WireMessages

/// An order as it is signed: `proto/wavetrain/v1/order.proto`.
extension Order: SignedDocument {
    public static var payloadType: PayloadType { .order }

    /// - Throws: `EnvelopeError` for bytes that are no order message or hold fields unknown at any depth; `LinkError`
    ///   naming the field that breaks its rule.
    public init(signedBytes bytes: [UInt8]) throws {
        let wire = try Wavetrain_V1_Order(signedBytes: bytes)
        self = try Field.message("order") { () throws(LinkError) in try Order(wire) }
    }

    /// - Throws: `LinkError` for an order that no agent would read, so that none such is ever signed.
    public func signedBytes() throws -> [UInt8] {
        let wire = try Wavetrain_V1_Order(self)
        _ = try Field.message("order") { () throws(LinkError) in try Order(wire) }
        return try wire.signedBytes()
    }
}

extension Order {
    init(_ wire: Wavetrain_V1_Order) throws(LinkError) {
        guard wire.hasArtifact else { throw .missing("artifact") }
        let recipe: RecipeName? = wire.recipe.isEmpty ? nil : try Field.name(wire.recipe, "recipe")
        self.init(
            cluster: try Field.name(wire.cluster, "cluster"),
            id: try Field.orderID(wire.orderID),
            release: try Field.name(wire.releaseID, "release_id"),
            planDigest: try Field.digest(wire.planDigest, "plan_digest"),
            epoch: try Field.counter(wire.epoch, "epoch"),
            generation: try Field.counter(wire.generation, "generation"),
            sequence: try Field.counter(wire.sequence, "sequence"),
            stage: try Field.name(wire.stage, "stage"),
            wave: try Field.name(wire.wave, "wave"),
            region: try Field.name(wire.region, "region"),
            service: try Field.name(wire.service, "service"),
            hosts: try Self.hosts(wire.hosts),
            action: try Action(wire.action),
            artifact: try Field.message("artifact") { () throws(LinkError) in
                try Artifact(wire.artifact, isBundle: recipe == nil && wire.action != .restart)
            },
            reference: try Field.text(wire.reference, bytes_max: Bounds.referenceBytes_max, "reference"),
            recipe: recipe,
            variables: try Self.variables(wire.variables),
            checks: try Field.list(wire.checks, count_max: Bounds.checks_max, "checks") {
                (check) throws(LinkError) in try Check(check)
            },
            failures: try Self.failures(wire.failures),
            watchEvery: try Field.interval(ms: wire.watchEveryMs, "watch_every_ms"),
            timeout: try Field.interval(ms: wire.applyTimeoutMs, "apply_timeout_ms"),
            notBefore: try Field.instant(unix_ms: wire.notBeforeUnixMs, "not_before_unix_ms"),
            expires: try Field.instant(unix_ms: wire.expiresUnixMs, "expires_unix_ms"),
            attempt: try Field.counter(wire.attempt, "attempt")
        )
        guard expires > notBefore else { throw .invalid("expires_unix_ms", "The order expires before it may begin.") }
        guard expires - notBefore <= Order.lifetime_max else {
            throw .bounds("expires_unix_ms", "An order lives at most \(Order.lifetime_max).")
        }
    }

    /// One order of the same names has one spelling: sorted, each once.
    private static func hosts(_ wire: [String]) throws(LinkError) -> [HostName] {
        guard !wire.isEmpty else { throw .missing("hosts") }
        let hosts = try Field.list(wire, count_max: Bounds.hosts_max, "hosts") {
            (host) throws(LinkError) -> HostName in try Field.name(host, "")
        }
        guard zip(hosts, hosts.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw .invalid("hosts", "The hosts are not sorted, or one stands twice.")
        }
        return hosts
    }

    private static func variables(_ wire: [Wavetrain_V1_Variable]) throws(LinkError) -> [Variable] {
        let variables = try Field.list(wire, count_max: Bounds.variables_max, "variables") {
            (variable) throws(LinkError) in try Variable(variable)
        }
        guard zip(variables, variables.dropFirst()).allSatisfy({ $0.key < $1.key }) else {
            throw .invalid("variables", "The keys are not sorted, or one stands twice.")
        }
        return variables
    }

    /// Receipts name a rule, so each name stands once.
    private static func failures(_ wire: [Wavetrain_V1_FailureRule]) throws(LinkError) -> [FailureRule] {
        let rules = try Field.list(wire, count_max: Bounds.failures_max, "failures") {
            (rule) throws(LinkError) in try FailureRule(rule)
        }
        guard Set(rules.map(\.name)).count == rules.count else {
            throw .invalid("failures", "The name of a rule stands twice.")
        }
        return rules
    }
}

extension Order.Action {
    fileprivate init(_ wire: Wavetrain_V1_OrderAction) throws(LinkError) {
        switch wire {
        case .deploy: self = .deploy
        case .rollBack: self = .rollBack
        case .restart: self = .restart
        case .unspecified: throw .missing("action")
        case .UNRECOGNIZED(let number): throw .unknownValue("action", number)
        }
    }
}

extension Artifact {
    /// What has to be fetched has a length.
    fileprivate init(_ wire: Wavetrain_V1_Artifact, isBundle: Bool) throws(LinkError) {
        self.init(
            name: try Field.name(wire.name, "name"),
            version: try Field.version(wire.version, "version"),
            digest: try Field.digest(wire.digest, "digest"),
            length_bytes: isBundle ? try Field.counter(wire.lengthBytes, "length_bytes") : wire.lengthBytes
        )
    }
}

extension Variable {
    fileprivate init(_ wire: Wavetrain_V1_Variable) throws(LinkError) {
        let key = try Field.requiredText(wire.key, bytes_max: Bounds.variableKeyBytes_max, "key")
        guard Self.isKey(key) else {
            throw .invalid("key", "A variable's key has letters, digits and '_', and begins with a letter.")
        }
        self.init(key: key, value: try Field.text(wire.value, bytes_max: Bounds.variableValueBytes_max, "value"))
    }

    private static func isKey(_ text: String) -> Bool {
        let isLetter = { (byte: UInt8) in (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte) }
        guard let first = text.utf8.first, isLetter(first) else { return false }
        return text.utf8.allSatisfy { isLetter($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_") }
    }
}

extension Wavetrain_V1_Order {
    fileprivate init(_ order: Order) throws(LinkError) {
        self.init()
        cluster = order.cluster.text
        orderID = order.id.text
        releaseID = order.release.text
        planDigest = Data(order.planDigest.bytes)
        epoch = order.epoch
        generation = order.generation
        sequence = order.sequence
        stage = order.stage.text
        wave = order.wave.text
        region = order.region.text
        service = order.service.text
        hosts = order.hosts.map(\.text)
        action =
            switch order.action {
            case .deploy: .deploy
            case .rollBack: .rollBack
            case .restart: .restart
            }
        artifact.name = order.artifact.name.text
        artifact.version = order.artifact.version.text
        artifact.digest = Data(order.artifact.digest.bytes)
        artifact.lengthBytes = order.artifact.length_bytes
        reference = order.reference
        recipe = order.recipe?.text ?? ""
        failures = try Field.list(order.failures, count_max: Bounds.failures_max, "order.failures") {
            (rule) throws(LinkError) in try Wavetrain_V1_FailureRule(rule)
        }
        variables = order.variables.map { variable in
            .with {
                $0.key = variable.key
                $0.value = variable.value
            }
        }
        checks = try Field.list(order.checks, count_max: Bounds.checks_max, "order.checks") {
            (check) throws(LinkError) in try Wavetrain_V1_Check(check)
        }
        watchEveryMs = try order.watchEvery.wire_ms("order.watch_every_ms")
        applyTimeoutMs = try order.timeout.wire_ms("order.apply_timeout_ms")
        notBeforeUnixMs = order.notBefore.unix_ms
        expiresUnixMs = order.expires.unix_ms
        attempt = order.attempt
    }
}

extension Interval {
    /// At most 49 days, as 32 bits of milliseconds allow.
    func wire_ms(_ field: StaticString) throws(LinkError) -> UInt32 {
        guard let wire_ms = UInt32(exactly: ms) else {
            throw .bounds(field, "\(self) is not between 1ms and 49d.")
        }
        return wire_ms
    }
}
