import Cryptography
import EventStore
import SignedEnvelopes
import StructuredText
import TrainModel

/// What export and verification share: the signed head beside a log, and what is said of a report.
enum AuditExport {
    static func headPath(of file: String) -> String { "\(file).head" }

    /// The head that an envelope claims; nobody vouches for it yet.
    static func head(in text: [UInt8]) throws -> ChainHead {
        let envelope = try Envelope(json: text, file: "signed head")
        return try head(payload: envelope.payload, file: "signed head")
    }

    /// The head that `key` has signed.
    static func head(in text: [UInt8], file: String, signedBy key: PublicKey) throws -> ChainHead {
        do {
            let envelope = try Envelope(json: text, file: file)
            let verified = try Verifier([key]).verify(envelope, expecting: .head)
            return try head(payload: verified.value, file: file)
        } catch let failure as CommandFailure {
            throw failure
        } catch {
            throw CommandFailure(
                "\(file): the head is not signed by this controller's key: \(error)",
                remedy: "check that the key is this controller's, and export again"
            )
        }
    }

    /// `{"cluster", "hash", "sequence"}`
    private static func head(payload: [UInt8], file: String) throws -> ChainHead {
        do {
            return try JSONText.decode(payload, file: file) { fields in
                _ = fields.string("cluster")
                let hash = fields.string("hash").flatMap { Digest(hex: $0) }
                let sequence = fields.integer("sequence", in: 0...Int.max)
                guard let hash, let sequence else { return nil }
                return ChainHead(sequence: UInt64(sequence), hash: hash)
            }
        } catch {
            throw CommandFailure("\(file) holds no head of a log", problems: error.all)
        }
    }

    static func requireIntact(_ report: AuditReport, _ file: String) throws {
        guard !report.isIntact else { return }
        throw CommandFailure(
            "\(file) is not the log as it was written:\n"
                + report.faults.map { "  \($0)" }.joined(separator: "\n"),
            remedy: "compare with an earlier export; docs/audit.md says what each finding means"
        )
    }

    static func json(_ report: AuditReport) -> JSONValue {
        .object([
            "cluster": .string(report.cluster.text),
            "events": .integer(Int64(report.record_count)),
            "sequence": .integer(Int64(clamping: report.head.sequence)),
            "hash": .string(report.head.hash.hex),
        ])
    }

    static func json(_ result: AuditProof.Result, signed: ChainHead?) -> JSONValue {
        .object([
            "log": json(result.report),
            "signed_sequence": signed.map { .integer(Int64(clamping: $0.sequence)) },
            "receipts": .integer(Int64(result.receipts_count)),
            "hosts": .integer(Int64(result.hosts_count)),
        ])
    }
}
