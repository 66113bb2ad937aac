import TrainModel

/// The caller's state after the record `head`, so that a start need not replay what came before.
public struct Snapshot: Hashable, Sendable {
    /// How many of the newest a store keeps: should one be damaged, the one before still shortens the start.
    public static let kept = 2

    public let head: ChainHead
    /// Opaque to the store.
    public let bytes: [UInt8]

    public init(head: ChainHead, bytes: [UInt8]) {
        self.head = head
        self.bytes = bytes
    }

    /// Ties the bytes to the place in the chain:
    /// `field("wavetrain.snapshot.v1") number(sequence) digest(hash) field(bytes)`.
    public var digest: Digest {
        var encoding = ChainEncoding(domain: "wavetrain.snapshot.v1", capacity_bytes: bytes.count + 128)
        encoding.append(number: head.sequence)
        encoding.append(digest: head.hash)
        encoding.append(field: bytes)
        return encoding.digest
    }
}
