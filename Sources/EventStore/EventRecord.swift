import TimeAndChance
import TrainModel

/// An event in its place in the log.
///
/// `hash` is the SHA-256 of
/// `field("wavetrain.event.v1") number(sequence) number(time_unix_ms) field(kind) field(body) digest(previous hash)`;
/// `ChainEncoding` says how each is written.
public struct EventRecord: Hashable, Sendable {
    /// From 1, without gaps.
    public let sequence: UInt64
    public let time: Instant
    public let kind: String
    public let body: [UInt8]
    /// The hash of the record before, or the cluster's genesis hash for record 1.
    public let previousHash: Digest
    public let hash: Digest

    /// Puts a draft behind `head` and seals it.
    public init(_ draft: EventDraft, after head: ChainHead) {
        self.init(
            sequence: head.sequence + 1,
            time: draft.time,
            kind: draft.kind,
            body: draft.body,
            previousHash: head.hash,
            hash: Self.hash(head.sequence + 1, draft.time, draft.kind, draft.body, head.hash)
        )
    }

    /// A record as it was read from somewhere. Nothing is checked; `ChainVerifier` does that.
    public init(sequence: UInt64, time: Instant, kind: String, body: [UInt8], previousHash: Digest, hash: Digest) {
        self.sequence = sequence
        self.time = time
        self.kind = kind
        self.body = body
        self.previousHash = previousHash
        self.hash = hash
    }

    /// The log's head when this record is its newest.
    public var head: ChainHead { ChainHead(sequence: sequence, hash: hash) }

    /// The hash that the contents demand; differs from `hash` when one or the other was changed.
    public var contentHash: Digest { Self.hash(sequence, time, kind, body, previousHash) }

    private static func hash(
        _ sequence: UInt64,
        _ time: Instant,
        _ kind: String,
        _ body: [UInt8],
        _ previousHash: Digest
    ) -> Digest {
        var encoding = ChainEncoding(domain: "wavetrain.event.v1", capacity_bytes: body.count + 256)
        encoding.append(number: sequence)
        encoding.append(number: UInt64(bitPattern: time.unix_ms))
        encoding.append(field: kind.utf8)
        encoding.append(field: body)
        encoding.append(digest: previousHash)
        return encoding.digest
    }
}
