import TrainModel

/// Where the chunks of a bundle lie in its file, and what each is. It only says what need not travel again: the digest
/// of the whole file decides, whatever stands here.
public struct ChunkIndex: Hashable, Sendable {
    public struct Chunk: Hashable, Sendable {
        public let offset_bytes: UInt64
        /// 1 to `ChunkIndex.chunkLength_bytes_max`.
        public let length_bytes: Int
        /// SHA-256 of its bytes in the file, compressed as they are.
        public let digest: Digest

        public var end_bytes: UInt64 { offset_bytes + UInt64(length_bytes) }
    }

    public static let chunkLength_bytes_max = BundleMember.length_bytes_max

    /// Without gaps, from the file's beginning to its end.
    public let chunks: [Chunk]

    /// The length of the bundle.
    public var length_bytes: UInt64 { chunks.last?.end_bytes ?? 0 }

    init(chunks: [Chunk]) {
        self.chunks = chunks
    }
}

// MARK: as bytes

extension ChunkIndex {
    /// "WTC1", the number of chunks, then the length (both 4 bytes, big-endian) and the digest (32 bytes) of each.
    private static let magic = Array("WTC1".utf8)
    private static let head_bytes = 8
    static let entry_bytes = 36
    private static let bytes_max = 16 << 20
    private static let chunk_bytes_min = 512

    /// How long the index of a bundle of this length may be: one of shorter chunks on average would save nothing.
    public static func bytes_max(bundle_bytes: UInt64) -> Int {
        let chunks_max = Int(clamping: bundle_bytes / UInt64(chunk_bytes_min)) + 1
        return min(bytes_max, head_bytes + entry_bytes * min(chunks_max, bytes_max / entry_bytes))
    }

    public var bytes: [UInt8] {
        var bytes = Self.magic + Self.bigEndian(chunks.count)
        bytes.reserveCapacity(Self.head_bytes + Self.entry_bytes * chunks.count)
        for chunk in chunks { bytes += Self.bigEndian(chunk.length_bytes) + chunk.digest.bytes }
        return bytes
    }

    /// Reads what somebody else made. Nil unless it is well-formed and its chunks make up exactly `bundle_bytes`.
    public init?(bytes: [UInt8], bundle_bytes: UInt64) {
        guard bytes.count <= Self.bytes_max(bundle_bytes: bundle_bytes), bytes.starts(with: Self.magic),
            bytes.count >= Self.head_bytes
        else { return nil }
        let count = Self.number(bytes[4..<8])
        guard count <= Self.bytes_max / Self.entry_bytes, bytes.count == Self.head_bytes + count * Self.entry_bytes
        else { return nil }
        var chunks: [Chunk] = []
        chunks.reserveCapacity(count)
        var offset_bytes: UInt64 = 0
        for start in stride(from: Self.head_bytes, to: bytes.count, by: Self.entry_bytes) {
            let length_bytes = Self.number(bytes[start..<(start + 4)])
            guard (1...Self.chunkLength_bytes_max).contains(length_bytes),
                let digest = Digest(bytes: Array(bytes[(start + 4)..<(start + Self.entry_bytes)]))
            else { return nil }
            chunks.append(Chunk(offset_bytes: offset_bytes, length_bytes: length_bytes, digest: digest))
            offset_bytes += UInt64(length_bytes)
        }
        guard offset_bytes == bundle_bytes else { return nil }
        self.chunks = chunks
    }

    private static func bigEndian(_ number: Int) -> [UInt8] {
        (0..<4).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func number(_ bytes: some Collection<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }
}
