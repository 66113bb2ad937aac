import TimeAndChance
import TrainModel

/// The export of a log: JSON lines that anybody can check with `bash` and `sha256sum` (the recipe is in
/// `docs/audit.md`).
///
/// The first line names the cluster and the head that the export goes to; every other line is one record. The text of
/// a line is fixed to the byte (order of keys, no spaces, one spelling of each number), so that one log has one export:
///
///     {"format":"wavetrain-audit-1","cluster":"demo","sequence":2,"hash":"<64 digits>"}
///     {"sequence":1,"time_unix_ms":1700000000000,"kind":"release.created","body":{…},"previous_hash":"…","hash":"…"}
///     {"sequence":2,…}
///
/// `body` stands here as the bytes that were hashed. It holds no line break, and what follows it has a fixed length, so
/// that its end is certain whatever it contains.
public enum AuditFormat {
    static let name = "wavetrain-audit-1"
    static let records_per_page = 1_000

    /// Writes the whole log as it is now to `sink`, some lines at a time, and returns the head it goes to.
    @discardableResult
    public static func export(
        _ store: some EventStore,
        to sink: ([UInt8]) async throws -> Void
    ) async throws -> ChainHead {
        let head = try store.head
        try await sink(line(header: AuditHeader(cluster: store.cluster, head: head)))
        var sequence: UInt64 = 0
        while sequence < head.sequence {
            let wanted = Int(min(UInt64(records_per_page), head.sequence - sequence))
            let page = try await store.records(after: sequence, limit: wanted)
            guard page.count == wanted else { throw EventStoreError.recordsMissing(after: sequence, head: head) }
            try await sink(page.flatMap(line(record:)))
            sequence += UInt64(page.count)
        }
        return head
    }

    static func line(header: AuditHeader) -> [UInt8] {
        Array(
            """
            {"format":"\(name)","cluster":"\(header.cluster)","sequence":\(header.head.sequence),\
            "hash":"\(header.head.hash.hex)"}

            """.utf8
        )
    }

    static func line(record: EventRecord) -> [UInt8] {
        let start = """
            {"sequence":\(record.sequence),"time_unix_ms":\(record.time.unix_ms),"kind":"\(record.kind)","body":
            """
        let end = """
            ,"previous_hash":"\(record.previousHash.hex)","hash":"\(record.hash.hex)"}

            """
        return Array(start.utf8) + record.body + Array(end.utf8)
    }
}

/// The first line of an export.
struct AuditHeader: Hashable {
    let cluster: ClusterName
    let head: ChainHead
}

extension EventStoreError {
    fileprivate static func recordsMissing(after sequence: UInt64, head: ChainHead) -> EventStoreError {
        EventStoreError(
            .damaged,
            "the log ends behind record \(sequence), though it is known to reach record \(head.sequence)",
            place: "event log",
            remedy: "Stop the controller and restore the database from a backup"
        )
    }
}
