import FoundationEssentials
import Cryptography
import SignedEnvelopes
import SwiftProtobuf
import Testing
import TimeAndChance
import TrainModel
import WireMessages

@testable import AgentLink

/// One thing that is wrong with an order, and what must be said of it.
struct OrderLie: Sendable, CustomTestStringConvertible {
    let code: LinkError.Code
    let place: String
    let tell: @Sendable (inout Wavetrain_V1_Order) -> Void

    init(_ code: LinkError.Code, _ place: String, _ tell: @escaping @Sendable (inout Wavetrain_V1_Order) -> Void) {
        self.code = code
        self.place = place
        self.tell = tell
    }

    var testDescription: String { "\(place): \(code)" }

    static let all: [OrderLie] = [
        OrderLie(.missingField, "order.cluster") { $0.cluster = "" },
        OrderLie(.invalidField, "order.cluster") { $0.cluster = "Prod" },
        OrderLie(.missingField, "order.order_id") { $0.orderID = "" },
        OrderLie(.invalidField, "order.order_id") { $0.orderID = "two words" },
        OrderLie(.invalidField, "order.order_id") { $0.orderID = String(repeating: "x", count: 301) },
        OrderLie(.missingField, "order.release_id") { $0.releaseID = "" },
        OrderLie(.invalidField, "order.release_id") { $0.releaseID = "../etc" },
        OrderLie(.missingField, "order.plan_digest") { $0.planDigest = .init() },
        OrderLie(.invalidField, "order.plan_digest") { $0.planDigest.removeLast() },
        OrderLie(.invalidField, "order.plan_digest") { $0.planDigest.append(0) },
        OrderLie(.missingField, "order.epoch") { $0.epoch = 0 },
        OrderLie(.missingField, "order.generation") { $0.generation = 0 },
        OrderLie(.missingField, "order.sequence") { $0.sequence = 0 },
        OrderLie(.missingField, "order.attempt") { $0.attempt = 0 },
        OrderLie(.missingField, "order.stage") { $0.stage = "" },
        OrderLie(.missingField, "order.wave") { $0.wave = "" },
        OrderLie(.invalidField, "order.wave") { $0.wave = "a/b" },
        OrderLie(.missingField, "order.region") { $0.region = "" },
        OrderLie(.missingField, "order.service") { $0.service = "" },
        OrderLie(.invalidField, "order.service") { $0.service = "a..b" },
        OrderLie(.missingField, "order.hosts") { $0.hosts = [] },
        OrderLie(.invalidField, "order.hosts") { $0.hosts = ["host-2", "host-1"] },
        OrderLie(.invalidField, "order.hosts") { $0.hosts = ["host-1", "host-1"] },
        OrderLie(.invalidField, "order.hosts[1]") { $0.hosts = ["host-1", "-"] },
        OrderLie(.outOfBounds, "order.hosts") { $0.hosts = (0...4_096).map { "h\(10_000 + $0)" } },
        OrderLie(.missingField, "order.action") { $0.action = .unspecified },
        OrderLie(.unknownValue, "order.action") { $0.action = .UNRECOGNIZED(77) },
        OrderLie(.missingField, "order.artifact") { $0.clearArtifact() },
        OrderLie(.missingField, "order.artifact.name") { $0.artifact.name = "" },
        OrderLie(.missingField, "order.artifact.version") { $0.artifact.version = "" },
        OrderLie(.invalidField, "order.artifact.version") { $0.artifact.version = "1 0" },
        OrderLie(.invalidField, "order.artifact.digest") { $0.artifact.digest = .init([1, 2]) },
        OrderLie(.missingField, "order.artifact.length_bytes") { $0.artifact.lengthBytes = 0 },
        OrderLie(.invalidField, "order.variables") { $0.variables.reverse() },
        OrderLie(.invalidField, "order.variables") { $0.variables[1].key = $0.variables[0].key },
        OrderLie(.missingField, "order.variables[0].key") { $0.variables[0].key = "" },
        OrderLie(.invalidField, "order.variables[0].key") { $0.variables[0].key = "A=B" },
        OrderLie(.invalidField, "order.variables[0].key") { $0.variables[0].key = "1A" },
        OrderLie(.invalidField, "order.variables[0].value") { $0.variables[0].value = "a\0b" },
        OrderLie(.outOfBounds, "order.variables[0].value") {
            $0.variables[0].value = String(repeating: "x", count: 4_097)
        },
        OrderLie(.outOfBounds, "order.variables") { order in
            order.variables = (0...256).map { number in .with { $0.key = "K\(1_000 + number)" } }
        },
        OrderLie(.outOfBounds, "order.checks") { order in
            order.checks = Array(repeating: order.checks[0], count: 65)
        },
        OrderLie(.missingField, "order.checks[0].name") { $0.checks[0].name = "" },
        OrderLie(.missingField, "order.checks[0].level") { $0.checks[0].level = .unspecified },
        OrderLie(.unknownValue, "order.checks[0].level") { $0.checks[0].level = .UNRECOGNIZED(9) },
        OrderLie(.missingField, "order.checks[0].kind") { $0.checks[0].kind = nil },
        OrderLie(.missingField, "order.checks[0].within_ms") { $0.checks[0].withinMs = 0 },
        OrderLie(.missingField, "order.checks[0].every_ms") { $0.checks[0].everyMs = 0 },
        OrderLie(.missingField, "order.checks[0].for_ms") { $0.checks[0].forMs = 0 },
        OrderLie(.missingField, "order.checks[0].http.url") { $0.checks[0].http.url = "" },
        OrderLie(.missingField, "order.checks[0].http.status") { $0.checks[0].http.status = 0 },
        OrderLie(.outOfBounds, "order.checks[0].http.status") { $0.checks[0].http.status = 600 },
        OrderLie(.missingField, "order.checks[1].tcp.address") { $0.checks[1].tcp.address = "" },
        OrderLie(.missingField, "order.checks[2].command.arguments") { $0.checks[2].command.arguments = [] },
        OrderLie(.missingField, "order.checks[2].command.arguments") { $0.checks[2].command.arguments = [""] },
        OrderLie(.invalidField, "order.checks[2].command.arguments[1]") {
            $0.checks[2].command.arguments = ["a", "\0"]
        },
        OrderLie(.outOfBounds, "order.reference") { $0.reference = String(repeating: "r", count: 1_025) },
        OrderLie(.invalidField, "order.reference") { $0.reference = "\0" },
        OrderLie(.invalidField, "order.recipe") { $0.recipe = "../sh" },
        OrderLie(.outOfBounds, "order.failures") { order in
            order.failures = (0...100).map { number in .with { $0.name = "rule \(number)" } }
        },
        OrderLie(.invalidField, "order.failures") { $0.failures[1].name = $0.failures[0].name },
        OrderLie(.missingField, "order.failures[0].name") { $0.failures[0].name = "" },
        OrderLie(.outOfBounds, "order.failures[0].name") { $0.failures[0].name = String(repeating: "n", count: 129) },
        OrderLie(.outOfBounds, "order.failures[0].output") {
            $0.failures[0].output = String(repeating: "o", count: 801)
        },
        OrderLie(.outOfBounds, "order.failures[0].exit_code") { $0.failures[0].exitCode = 256 },
        OrderLie(.missingField, "order.failures[0].steps[1]") { $0.failures[0].steps[1] = .unspecified },
        OrderLie(.unknownValue, "order.failures[0].steps[0]") { $0.failures[0].steps[0] = .UNRECOGNIZED(12) },
        OrderLie(.outOfBounds, "order.failures[0].steps") {
            $0.failures[0].steps = Array(repeating: .start, count: 12)
        },
        OrderLie(.outOfBounds, "order.failures[1].check") { $0.failures[1].check = String(repeating: "c", count: 129) },
        OrderLie(.outOfBounds, "order.failures[0].lookups") {
            $0.failures[0].lookups = Array(repeating: $0.failures[0].lookups[0], count: 33)
        },
        OrderLie(.missingField, "order.failures[0].lookups[1].name") { $0.failures[0].lookups[1].name = "" },
        OrderLie(.missingField, "order.failures[0].lookups[0].arguments") {
            $0.failures[0].lookups[0].arguments = []
        },
        OrderLie(.outOfBounds, "order.failures[0].lookups[0].arguments") {
            $0.failures[0].lookups[0].arguments = Array(repeating: "a", count: 65)
        },
        OrderLie(.outOfBounds, "order.failures[0].lookups[0].arguments[1]") {
            $0.failures[0].lookups[0].arguments[1] = String(repeating: "a", count: 4_097)
        },
        OrderLie(.missingField, "order.watch_every_ms") { $0.watchEveryMs = 0 },
        OrderLie(.missingField, "order.apply_timeout_ms") { $0.applyTimeoutMs = 0 },
        OrderLie(.missingField, "order.not_before_unix_ms") { $0.notBeforeUnixMs = 0 },
        OrderLie(.outOfBounds, "order.not_before_unix_ms") { $0.notBeforeUnixMs = -1 },
        OrderLie(.outOfBounds, "order.expires_unix_ms") { $0.expiresUnixMs = .max },
        OrderLie(.missingField, "order.expires_unix_ms") { $0.expiresUnixMs = 0 },
        OrderLie(.invalidField, "order.expires_unix_ms") { $0.expiresUnixMs = $0.notBeforeUnixMs },
        OrderLie(.outOfBounds, "order.expires_unix_ms") { $0.expiresUnixMs += 1 },
    ]
}

struct OrderCodecTests {
    let key: PrivateKey
    let verifier: Verifier

    init() throws {
        key = try PrivateKey.generate(.ed25519)
        verifier = try Verifier([key.publicKey])
    }

    @Test func `a sealed order opens as the same order with the digest of its payload`() throws {
        let sealed = try OrderCodec.seal(Sample.order, with: key)
        let opened = try OrderCodec.open(sealed.envelope, with: verifier)
        #expect(opened.order.value == Sample.order)
        #expect(opened.digest == sealed.digest)
        #expect(sealed.digest == SHA256.digest(of: sealed.envelope.payload))
    }

    @Test func `the frame of a sealed order carries its envelope`() throws {
        let sealed = try OrderCodec.seal(Sample.order, with: key)
        var reader = FrameReader(limit: .fromController)
        reader.append(sealed.frame)
        let next = try reader.next()
        let frame = try #require(next)
        #expect(try ControllerMessage(frame: frame) == .order(sealed.envelope))
    }

    @Test func `a roll-back without variables and checks opens as the same order`() throws {
        var order = Sample.order
        order.action = .rollBack
        order.variables = []
        order.checks = []
        #expect(try OrderCodec.open(OrderCodec.seal(order, with: key).envelope, with: verifier).order.value == order)
    }

    @Test(arguments: [Order.Action.deploy, .rollBack, .restart])
    func `an order for a recipe needs no bundle and opens as the same order`(action: Order.Action) throws {
        var order = Sample.order
        order.action = action
        order.recipe = Sample.name("kubernetes")
        order.artifact = Artifact(
            name: order.artifact.name,
            version: order.artifact.version,
            digest: order.artifact.digest,
            length_bytes: 0
        )
        #expect(try OrderCodec.open(OrderCodec.seal(order, with: key).envelope, with: verifier).order.value == order)
        order.recipe = nil
        guard action != .restart else { return }
        let error = #expect(throws: LinkError.self) { try OrderCodec.seal(order, with: key) }
        #expect(error?.place == "order.artifact.length_bytes")
    }

    @Test func `what is the controller's business in a failure rule does not travel`() throws {
        var order = Sample.order
        order.failures[0].action = .retry(times_max: 3, pause: .seconds(10), pause_max: .minutes(2))
        order.failures[0].page = [.group(Sample.name("release"))]
        order.failures[0].diagnose.append(
            Diagnosis(name: "errors", kind: .probe(.http(url: "https://example.com/errors")))
        )
        let opened = try OrderCodec.open(OrderCodec.seal(order, with: key).envelope, with: verifier).order.value
        #expect(opened.failures == Sample.order.failures)
    }

    @Test func `an order read back from a store is sealed into the same frame`() throws {
        let sealed = try OrderCodec.seal(Sample.order, with: key)
        let again = try OrderCodec.seal(Envelope(bytes: sealed.envelope.encoded()))
        #expect(again.frame == sealed.frame)
        #expect(again.digest == sealed.digest)
    }

    @Test(arguments: OrderLie.all) func `a signed order with one lie is refused by its field`(lie: OrderLie) throws {
        var wire = try Wavetrain_V1_Order(signedBytes: Sample.order.signedBytes())
        lie.tell(&wire)
        let envelope = try Envelope.sign(wire, with: [key])
        let error = try #require(throws: LinkError.self) { try OrderCodec.open(envelope, with: verifier) }
        #expect(error.code == lie.code)
        #expect(error.place == lie.place)
    }

    @Test func `fields that are unknown at any depth are refused though they are signed`() throws {
        let extra: [UInt8] = [0xa2, 0x06, 1, 7]  // field 100, one byte
        let plain = try Sample.order.signedBytes()
        var deep = try Wavetrain_V1_Order(signedBytes: plain)
        deep.checks[0].http = try Wavetrain_V1_HTTPCheck(serializedBytes: deep.checks[0].http.serializedBytes() + extra)
        var rule = try Wavetrain_V1_Order(signedBytes: plain)
        rule.failures[0].lookups[0] = try Wavetrain_V1_Lookup(
            serializedBytes: rule.failures[0].lookups[0].serializedBytes() + extra
        )
        for bytes in [plain + extra, try deep.serializedBytes(), try rule.serializedBytes()] {
            let envelope = try Envelope.sign(bytes, as: .order, with: [key])
            let error = try #require(throws: EnvelopeError.self) { try OrderCodec.open(envelope, with: verifier) }
            #expect(error.code == .unknownField)
        }
    }

    @Test func `an order of another key, and a receipt in its place, are refused`() throws {
        let other = try PrivateKey.generate(.ed25519)
        #expect(throws: EnvelopeError.self) {
            try OrderCodec.open(OrderCodec.seal(Sample.order, with: other).envelope, with: verifier)
        }
        #expect(throws: EnvelopeError.self) {
            try OrderCodec.open(ReceiptCodec.seal(Sample.receipt, with: key), with: verifier)
        }
    }

    @Test func `an order that no agent would take is never signed`() throws {
        var order = Sample.order
        order.hosts = []
        #expect(throws: LinkError.self) { try OrderCodec.seal(order, with: key) }
        order = Sample.order
        order.timeout = .days(50)
        #expect(throws: LinkError.self) { try OrderCodec.seal(order, with: key) }
    }

    @Test func `a signed order with any bit changed is refused or says the same`() throws {
        let sealed = try OrderCodec.seal(Sample.order, with: key)
        let bytes = try sealed.envelope.encoded()
        for bit in stride(from: 0, to: bytes.count * 8, by: 7) {
            var altered = bytes
            altered[bit / 8] ^= 1 << (bit % 8)
            guard let envelope = try? Envelope(bytes: altered),
                let opened = try? OrderCodec.open(envelope, with: verifier)
            else { continue }
            #expect(opened.order.value == Sample.order)
        }
    }
}
