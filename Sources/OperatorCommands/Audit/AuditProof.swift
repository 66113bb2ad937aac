import Cryptography
import EventStore
import TrainModel

/// Proves an exported log in one pass and bounded memory: the chain by `AuditReader`, and each receipt by the key that
/// its host had enrolled with by then.
struct AuditProof {
    struct Result {
        let report: AuditReport
        /// Receipts that are not what their host signed; in the order of the log, at most `faults_max`.
        let faults: [String]
        let receipts_count: Int
        let hosts_count: Int

        var words: String {
            guard receipts_count > 0 else { return "no receipts yet" }
            return "\(receipts_count.counted("receipt")) of \(hosts_count.counted("host")), each signed by its host"
        }
    }

    static let faults_max = 100

    private var reader: AuditReader
    private var keys: [HostKey: PublicKey] = [:]
    private var faults: [String] = []
    private var receipts_count = 0

    init(source: String, known: [ChainHead]) {
        reader = AuditReader(source: source, known: known)
    }

    mutating func take(_ piece: [UInt8]) throws {
        for record in try reader.take(piece) { look(at: record) }
    }

    consuming func finish() throws -> Result {
        let (faults, receipts, hosts) = (faults, receipts_count, keys.count)
        return Result(report: try reader.finish(), faults: faults, receipts_count: receipts, hosts_count: hosts)
    }

    private mutating func look(at record: EventRecord) {
        guard faults.count < Self.faults_max else { return }
        do {
            switch record.kind {
            case "host_enrolled", "host_renewed":
                let enrolled = try StrictJSON.decode(record.body, from: record.kind, as: EnrolledBody.self)
                keys[enrolled.host] = try PublicKey(pem: enrolled.publicKey)
            case "receipt_received":
                receipts_count += 1
                let body = try StrictJSON.decode(record.body, from: record.kind, as: ReceiptBody.self)
                guard let key = keys[body.receipt.host] else {
                    faults.append("  event \(record.sequence): a receipt of \(body.receipt.host), which never enrolled")
                    return
                }
                try SignedReceipt.check(body.receipt, envelope: body.envelope, key: key)
            default: break
            }
        } catch {
            faults.append("  event \(record.sequence) (\(record.kind)): \(SafeText.line("\(error)"))")
        }
    }
}

private struct EnrolledBody: Decodable {
    let host: HostKey
    let publicKey: String
}

private struct ReceiptBody: Decodable {
    let receipt: Receipt
    let envelope: String
}
