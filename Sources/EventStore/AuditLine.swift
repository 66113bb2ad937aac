import StructuredText
import TimeAndChance
import TrainModel

/// Reads one line of an export. What is not exactly as `AuditFormat` writes it is refused with its column: another
/// order of keys, a key too many, twice or missing, a space, another spelling of a number.
struct AuditLine {
    private let bytes: ArraySlice<UInt8>
    private var position: Int
    private let place: String

    /// `bytes` without the line break; `place` names the file and the line.
    init(_ bytes: ArraySlice<UInt8>, place: String) {
        self.bytes = bytes
        self.place = place
        position = bytes.startIndex
    }

    static func header(_ bytes: ArraySlice<UInt8>, place: String) throws(EventStoreError) -> AuditHeader {
        var line = AuditLine(bytes, place: place)
        try line.expect(#"{"format":"\#(AuditFormat.name)","cluster":""#)
        let text = line.text(while: { $0 != UInt8(ascii: "\"") })
        guard let cluster = ClusterName(text) else { throw line.refusal("a cluster's name") }
        try line.expect(#"","sequence":"#)
        let sequence = try line.sequence()
        try line.expect(#","hash":""#)
        let hash = try line.digest()
        try line.expect(#""}"#)
        try line.expectEnd()
        return AuditHeader(cluster: cluster, head: ChainHead(sequence: sequence, hash: hash))
    }

    static func record(_ bytes: ArraySlice<UInt8>, place: String) throws(EventStoreError) -> EventRecord {
        var line = AuditLine(bytes, place: place)
        try line.expect(#"{"sequence":"#)
        let sequence = try line.sequence()
        try line.expect(#","time_unix_ms":"#)
        let time = try line.time()
        try line.expect(#","kind":""#)
        let kind = line.text(while: EventDraft.isKindCharacter)
        try line.expect(#"","body":"#)
        let body = try line.body(time: time, kind: kind)
        try line.expect(#","previous_hash":""#)
        let previousHash = try line.digest()
        try line.expect(#"","hash":""#)
        let hash = try line.digest()
        try line.expect(#""}"#)
        try line.expectEnd()
        return EventRecord(
            sequence: sequence,
            time: time,
            kind: kind,
            body: body,
            previousHash: previousHash,
            hash: hash
        )
    }

    private mutating func expect(_ literal: String) throws(EventStoreError) {
        guard bytes[position...].starts(with: literal.utf8) else { throw refusal("`\(literal)`") }
        position += literal.utf8.count
    }

    private func expectEnd() throws(EventStoreError) {
        guard position == bytes.endIndex else { throw refusal("the end of the line") }
    }

    private mutating func text(while belongs: (UInt8) -> Bool) -> String {
        let part = bytes[position...].prefix(while: belongs)
        position = part.endIndex
        return String(decoding: part, as: UTF8.self)
    }

    private mutating func sequence() throws(EventStoreError) -> UInt64 {
        UInt64(try number(what: "a sequence number", in: 0...Int64.max))
    }

    private mutating func time() throws(EventStoreError) -> Instant {
        Instant(unix_ms: try number(what: "milliseconds since 1970", in: Int64.min...Int64.max))
    }

    private mutating func number(what: String, in range: ClosedRange<Int64>) throws(EventStoreError) -> Int64 {
        let start = position
        let digits = text { ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) || $0 == UInt8(ascii: "-") }
        guard let number = Int64(digits), range.contains(number), String(number) == digits else {
            position = start
            throw refusal(what)
        }
        return number
    }

    private mutating func digest() throws(EventStoreError) -> Digest {
        let digits = bytes[position...].prefix(2 * Digest.byteCount)
        guard let digest = Digest(hex: String(decoding: digits, as: UTF8.self)) else {
            throw refusal("64 lower-case hexadecimal digits")
        }
        position = digits.endIndex
        return digest
    }

    /// Everything up to the end of known length: a draft's body, and strictly read JSON.
    private mutating func body(time: Instant, kind: String) throws(EventStoreError) -> [UInt8] {
        let end_bytes = #","previous_hash":"","hash":""}"#.utf8.count + 4 * Digest.byteCount
        let body = Array(bytes[position...].dropLast(end_bytes))
        do {
            _ = try EventDraft(time: time, kind: kind, body: body)
        } catch {
            throw refusal("an event, but \(error.sentence)")
        }
        let problems = ProblemCollector()
        let limits = TextLimits(bytes_max: EventDraft.body_bytes_max)
        guard JSONText.read(body, file: "body", limits: limits, problems) != nil else {
            throw refusal("strict JSON, but \(problems.problems?.description ?? "it is not")")
        }
        position += body.count
        return body
    }

    private func refusal(_ expected: String) -> EventStoreError {
        EventStoreError(
            .malformedExport,
            "expected \(expected) at byte \(position - bytes.startIndex + 1)",
            place: place,
            remedy: "This line was not written by `wavetrain audit export`, or was changed since; export the log again"
        )
    }
}
