import Cryptography
import Foundation
import SignedEnvelopes
import TrainModel
import WireMessages

/// A receipt as the log tells it, against what its host has signed.
enum SignedReceipt {
    /// - Throws: when the envelope is not signed with `key`, or says something else than the log.
    static func check(_ receipt: Receipt, envelope text: String, key: PublicKey) throws {
        guard let bytes = Base64.standard.decode(text) else { throw Fault("its envelope is no base64") }
        let signed = try Verifier([key]).verify(Envelope(bytes: bytes), as: Wavetrain_V1_Receipt.self).value
        for (name, logged, said) in facts(receipt, signed) where logged != said {
            throw Fault("the log says \(name) \"\(logged)\", but its host signed \"\(said)\"")
        }
    }

    /// Everything that a decision rests on.
    private static func facts(
        _ receipt: Receipt,
        _ signed: Wavetrain_V1_Receipt
    ) -> [(name: String, logged: String, signed: String)] {
        let running = receipt.running.map { "\($0.name) \($0.version) \($0.digest)" } ?? "nothing"
        let signedRunning =
            signed.hasRunning
            ? "\(signed.running.name) \(signed.running.version) \(Hexadecimal.encode(signed.running.digest))"
            : "nothing"
        return [
            ("cluster", receipt.cluster.text, signed.cluster),
            ("host", "\(receipt.host)", "\(signed.region)/\(signed.host)"),
            ("order", receipt.order.text, signed.orderID),
            ("release", receipt.release.text, signed.releaseID),
            ("service", receipt.service.text, signed.service),
            ("epoch", "\(receipt.epoch)", "\(signed.epoch)"),
            ("generation", "\(receipt.generation)", "\(signed.generation)"),
            ("attempt", "\(receipt.attempt)", "\(signed.attempt)"),
            ("order digest", receipt.orderDigest.hex, Hexadecimal.encode(signed.orderDigest)),
            ("outcome", receipt.outcome.rawValue, signed.outcome.word),
            ("running", running, signedRunning),
        ]
    }

    struct Fault: Error, CustomStringConvertible {
        let description: String

        init(_ description: String) {
            self.description = description
        }
    }
}

extension Wavetrain_V1_Outcome {
    fileprivate var word: String {
        switch self {
        case .applied: Receipt.Outcome.applied.rawValue
        case .returned: Receipt.Outcome.returned.rawValue
        case .failed: Receipt.Outcome.failed.rawValue
        case .unknown: Receipt.Outcome.unknown.rawValue
        case .unspecified: "unspecified"
        case .UNRECOGNIZED(let number): "\(number)"
        }
    }
}
