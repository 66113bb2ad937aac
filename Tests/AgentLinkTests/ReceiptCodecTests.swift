import Cryptography
import SignedEnvelopes
import SwiftProtobuf
import Testing
import TrainModel
import WireMessages

@testable import AgentLink

/// One thing that is wrong with a receipt, and what must be said of it.
struct ReceiptLie: Sendable, CustomTestStringConvertible {
    let code: LinkError.Code
    let place: String
    let tell: @Sendable (inout Wavetrain_V1_Receipt) -> Void

    init(_ code: LinkError.Code, _ place: String, _ tell: @escaping @Sendable (inout Wavetrain_V1_Receipt) -> Void) {
        self.code = code
        self.place = place
        self.tell = tell
    }

    var testDescription: String { "\(place): \(code)" }

    static let all: [ReceiptLie] = [
        ReceiptLie(.missingField, "receipt.cluster") { $0.cluster = "" },
        ReceiptLie(.invalidField, "receipt.region") { $0.region = "West" },
        ReceiptLie(.missingField, "receipt.host") { $0.host = "" },
        ReceiptLie(.missingField, "receipt.order_id") { $0.orderID = "" },
        ReceiptLie(.missingField, "receipt.release_id") { $0.releaseID = "" },
        ReceiptLie(.missingField, "receipt.service") { $0.service = "" },
        ReceiptLie(.missingField, "receipt.epoch") { $0.epoch = 0 },
        ReceiptLie(.missingField, "receipt.generation") { $0.generation = 0 },
        ReceiptLie(.missingField, "receipt.attempt") { $0.attempt = 0 },
        ReceiptLie(.invalidField, "receipt.order_digest") { $0.orderDigest.removeLast() },
        ReceiptLie(.missingField, "receipt.outcome") { $0.outcome = .unspecified },
        ReceiptLie(.unknownValue, "receipt.outcome") { $0.outcome = .UNRECOGNIZED(9) },
        ReceiptLie(.missingField, "receipt.step") { $0.step = .unspecified },
        ReceiptLie(.unknownValue, "receipt.step") { $0.step = .UNRECOGNIZED(90) },
        ReceiptLie(.invalidField, "receipt.step") { $0.outcome = .applied },
        ReceiptLie(.invalidField, "receipt.code") {
            $0.outcome = .applied
            $0.step = .unspecified
        },
        ReceiptLie(.missingField, "receipt.code") { $0.code = "" },
        ReceiptLie(.invalidField, "receipt.code") { $0.code = "two words" },
        ReceiptLie(.outOfBounds, "receipt.code") { $0.code = String(repeating: "c", count: 65) },
        ReceiptLie(.outOfBounds, "receipt.sentence") { $0.sentence = String(repeating: "s", count: 2_049) },
        ReceiptLie(.missingField, "receipt.running") {
            $0.outcome = .applied
            $0.step = .unspecified
            $0.code = ""
            $0.rule = ""
            $0.findings = []
            $0.clearRunning()
        },
        ReceiptLie(.missingField, "receipt.running.name") { $0.running.name = "" },
        ReceiptLie(.invalidField, "receipt.running.digest") { $0.running.digest.append(1) },
        ReceiptLie(.outOfBounds, "receipt.steps") { $0.steps = Array(repeating: $0.steps[0], count: 65) },
        ReceiptLie(.missingField, "receipt.steps[0].step") { $0.steps[0].step = .unspecified },
        ReceiptLie(.missingField, "receipt.steps[0].started_unix_ms") { $0.steps[0].startedUnixMs = 0 },
        ReceiptLie(.outOfBounds, "receipt.steps[0].output_tail") {
            $0.steps[0].outputTail = String(repeating: "x", count: 2_049)
        },
        ReceiptLie(.outOfBounds, "receipt.links") { $0.links = Array(repeating: "http://example.com", count: 9) },
        ReceiptLie(.missingField, "receipt.links[0]") { $0.links = [""] },
        ReceiptLie(.outOfBounds, "receipt.warnings") { $0.warnings = Array(repeating: "w", count: 65) },
        ReceiptLie(.invalidField, "receipt.warnings[0]") { $0.warnings = ["\0"] },
        ReceiptLie(.outOfBounds, "receipt.rule") { $0.rule = String(repeating: "r", count: 129) },
        ReceiptLie(.missingField, "receipt.rule") { $0.rule = "" },
        ReceiptLie(.invalidField, "receipt.rule") {
            $0.outcome = .applied
            $0.step = .unspecified
            $0.code = ""
        },
        ReceiptLie(.outOfBounds, "receipt.findings") { $0.findings = Array(repeating: $0.findings[0], count: 33) },
        ReceiptLie(.missingField, "receipt.findings[1].name") { $0.findings[1].name = "" },
        ReceiptLie(.outOfBounds, "receipt.findings[0].name") {
            $0.findings[0].name = String(repeating: "n", count: 129)
        },
        ReceiptLie(.outOfBounds, "receipt.findings[0].text") {
            $0.findings[0].text = String(repeating: "t", count: 2_049)
        },
        ReceiptLie(.missingField, "receipt.accepted_unix_ms") { $0.acceptedUnixMs = 0 },
        ReceiptLie(.outOfBounds, "receipt.finished_unix_ms") { $0.finishedUnixMs = -5 },
    ]
}

struct ReceiptCodecTests {
    let key: PrivateKey
    let verifier: Verifier

    init() throws {
        key = try PrivateKey.generate(.p256)
        verifier = try Verifier([key.publicKey])
    }

    @Test func `a sealed receipt opens as the same receipt`() throws {
        #expect(
            try ReceiptCodec.open(ReceiptCodec.seal(Sample.receipt, with: key), with: verifier).value == Sample.receipt
        )
    }

    @Test func `a receipt of a host that runs nothing opens as the same receipt`() throws {
        var receipt = Sample.receipt
        receipt.running = nil
        receipt.outcome = .failed
        receipt.steps = []
        receipt.links = []
        receipt.warnings = []
        receipt.rule = ""
        receipt.findings = []
        #expect(try ReceiptCodec.open(ReceiptCodec.seal(receipt, with: key), with: verifier).value == receipt)
    }

    @Test(arguments: ReceiptLie.all) func `a signed receipt with one lie is refused by its field`(
        lie: ReceiptLie
    ) throws {
        var wire = try Wavetrain_V1_Receipt(signedBytes: Sample.receipt.signedBytes())
        lie.tell(&wire)
        let envelope = try Envelope.sign(wire, with: [key])
        let error = try #require(throws: LinkError.self) { try ReceiptCodec.open(envelope, with: verifier) }
        #expect(error.code == lie.code)
        #expect(error.place == lie.place)
    }

    @Test func `a receipt of another host's key is refused`() throws {
        let other = try PrivateKey.generate(.p256)
        #expect(throws: EnvelopeError.self) {
            try ReceiptCodec.open(ReceiptCodec.seal(Sample.receipt, with: other), with: verifier)
        }
    }

    @Test func `a hook that prints too much, and too much of everything, costs words and not the receipt`() throws {
        var receipt = Sample.receipt
        let step = Receipt.StepOutcome(
            step: .start,
            started: Sample.now,
            finished: Sample.now,
            outputTail: "\0" + String(repeating: "é", count: 5_000)
        )
        receipt.steps = Array(repeating: step, count: 200)
        receipt.links = Array(repeating: "http://example.com", count: 20) + [String(repeating: "l", count: 9_000)]
        receipt.warnings = Array(repeating: String(repeating: "w", count: 900), count: 100)
        receipt.sentence = String(repeating: "👩‍👩‍👧", count: 1_000)
        receipt.findings = Array(
            repeating: Finding(name: "log", text: "\0" + String(repeating: "é", count: 5_000)),
            count: 100
        )
        let opened = try ReceiptCodec.open(ReceiptCodec.seal(receipt, with: key), with: verifier).value
        #expect(opened.findings.count == Bounds.lookups_max)
        #expect(opened.findings[0].text == String(repeating: "é", count: 1_024))
        #expect(opened.steps.count == Bounds.steps_max)
        #expect(opened.steps[0].outputTail == String(repeating: "é", count: 1_024))
        #expect(opened.links.count == Bounds.links_max)
        #expect(opened.warnings.count == Bounds.warnings_max)
        #expect(receipt.sentence.hasPrefix(opened.sentence))
    }

    @Test func `the largest receipt fits into one frame`() throws {
        var receipt = Sample.receipt
        let step = Receipt.StepOutcome(
            step: .start,
            started: Sample.now,
            finished: Sample.now,
            outputTail: String(repeating: "x", count: 4_000)
        )
        receipt.steps = Array(repeating: step, count: 100)
        receipt.warnings = Array(repeating: String(repeating: "w", count: 900), count: 100)
        receipt.findings = Array(
            repeating: Finding(name: "log", text: String(repeating: "x", count: 4_000)),
            count: 100
        )
        let envelope = try ReceiptCodec.seal(receipt, with: key)
        #expect(throws: Never.self) { try AgentFrame.report(.receipt(receipt.order, envelope)) }
    }
}
