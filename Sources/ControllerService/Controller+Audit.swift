import TrainModel
import EventStore
import SignedEnvelopes
import StructuredText

/// The log, for whoever wants to check it elsewhere.
extension Controller {
    /// Writes the whole log as it is now, in `AuditFormat`, some lines at a time.
    public func exportAudit(to sink: @Sendable ([UInt8]) async throws -> Void) async throws {
        try await AuditFormat.export(store, to: sink)
    }

    /// The newest durable head, signed with the order key: a DSSE envelope as JSON text whose payload is
    /// `{"cluster":"…","hash":"…","sequence":…}`.
    public func signedHead() async throws -> String {
        let head = try store.head
        let payload = JSONText.canonical([
            "cluster": .string(cluster.text),
            "hash": .string(head.hash.hex),
            "sequence": .integer(Int64(clamping: head.sequence)),
        ])
        return try Envelope.sign(payload, as: .head, with: [keys.orderKey]).jsonText()
    }
}
