import TrainModel

/// Reads an exported log strictly and verifies its chain, piece by piece and in bounded memory, without a store.
///
///     var reader = AuditReader(source: "audit.jsonl", known: [agentHead])
///     while let chunk = try file.read() { _ = try reader.take(chunk) }
///     let report = try reader.finish()
public struct AuditReader {
    static let line_bytes_max = EventDraft.body_bytes_max + 1_024

    private let source: String
    private let known: [ChainHead]
    private var line_number = 1
    private var rest: [UInt8] = []
    private var walk: Walk?

    /// What the header line begins.
    private struct Walk {
        let header: AuditHeader
        var verifier: ChainVerifier
        var record_count: UInt64 = 0
        var extended: UInt64?

        mutating func take(_ record: EventRecord) {
            record_count += 1
            verifier.take(record)
            if extended == nil, record.sequence > header.head.sequence { extended = record.sequence }
        }
    }

    /// `source` names the export in errors. `heads` are known from elsewhere, such as agents' newest: the log must
    /// contain them. Without any, an export cut short together with its first line cannot be told from a shorter log.
    public init(source: String, known heads: [ChainHead] = []) {
        self.source = source
        known = heads
    }

    /// Takes the next bytes of the export and returns the records whose lines they complete. Throws `malformedExport`
    /// with the line's number for what is no export; a broken chain is reported by `finish` instead.
    public mutating func take(_ chunk: some Collection<UInt8>) throws(EventStoreError) -> [EventRecord] {
        rest += chunk
        var records: [EventRecord] = []
        var start = rest.startIndex
        while let end = rest[start...].firstIndex(of: UInt8(ascii: "\n")) {
            if let record = try takeLine(rest[start..<end]) { records.append(record) }
            start = end + 1
            line_number += 1
        }
        rest.removeFirst(start)
        guard rest.count <= Self.line_bytes_max else { throw refusal("the line is longer than any record") }
        return records
    }

    /// Throws `malformedExport` when the export ends inside a line or has none.
    public consuming func finish() throws(EventStoreError) -> AuditReport {
        guard rest.isEmpty else { throw refusal("the last line has no end") }
        guard let walk else { throw refusal("the export is empty") }
        let head = walk.verifier.last
        var faults = walk.verifier.finish()
        if let sequence = walk.extended { faults.append(.extended(sequence: sequence)) }
        return AuditReport(cluster: walk.header.cluster, head: head, record_count: walk.record_count, faults: faults)
    }

    private mutating func takeLine(_ line: ArraySlice<UInt8>) throws(EventStoreError) -> EventRecord? {
        guard line.count <= Self.line_bytes_max else { throw refusal("the line is longer than any record") }
        guard walk != nil else {
            let header = try AuditLine.header(line, place: place)
            let genesis = ChainHead.genesis(cluster: header.cluster)
            let verifier = ChainVerifier(after: genesis, known: known + [header.head])
            walk = Walk(header: header, verifier: verifier)
            return nil
        }
        let record = try AuditLine.record(line, place: place)
        walk?.take(record)
        return record
    }

    private var place: String { "\(source):\(line_number)" }

    private func refusal(_ sentence: String) -> EventStoreError {
        EventStoreError(
            .malformedExport,
            sentence,
            place: place,
            remedy: "The file was cut off or is no export; export the log again with `wavetrain audit export`"
        )
    }
}

/// What an exported log proved to be.
public struct AuditReport: Hashable, Sendable {
    public let cluster: ClusterName
    /// The newest record that was read.
    public let head: ChainHead
    public let record_count: UInt64
    /// In the order of their places; none means that the log is as it was written. At most about
    /// `ChainVerifier.faults_max`.
    public let faults: [ChainFault]

    public var isIntact: Bool { faults.isEmpty }
}
