/// Cuts a stream where its own content says, so that what was inserted or removed changes the chunks around it and no
/// others: a gear hash over the bytes before a place, and a boundary where its upper bits are zero. Below the mean length
/// four times as many bits count as above it, in pairs, so that lengths gather around the mean.
///
/// Any other way to cut would give bundles as valid; the same way finds the same chunks again. `docs/protocol.md` states
/// it.
struct ChunkCutter {
    static let lengths_bytes = 16 << 10...256 << 10
    static let mean_bytes = 64 << 10
    private static let meanBits = 16
    private static let mask_short = UInt64.max << UInt64(64 - meanBits - 2)
    private static let mask_long = UInt64.max << UInt64(64 - meanBits + 2)

    /// 256 numbers of SplitMix64 from the seed "wavetrai".
    private static let gear: [UInt64] = {
        var state: UInt64 = 0x7761_7665_7472_6169
        return (0..<256).map { _ in
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }()

    private var hash: UInt64 = 0
    private var length_bytes = 0

    /// Takes the bytes up to the end of the present chunk, or all of them.
    ///
    /// - Returns: how many; and whether the chunk ends with them.
    mutating func take(_ bytes: UnsafeRawBufferPointer) -> (count: Int, isEnd: Bool) {
        let skipped = min(bytes.count, max(0, Self.lengths_bytes.lowerBound - length_bytes))
        let beyond = min(bytes.count, Self.lengths_bytes.upperBound - length_bytes)
        let short = max(skipped, min(beyond, Self.mean_bytes - length_bytes))
        let end = Self.gear.withUnsafeBufferPointer { gear in
            scan(bytes, skipped..<short, Self.mask_short, gear) ?? scan(bytes, short..<beyond, Self.mask_long, gear)
        }
        let count = end ?? beyond
        length_bytes += count
        let isEnd = end != nil || length_bytes == Self.lengths_bytes.upperBound
        if isEnd { restart() }
        return (count, isEnd)
    }

    /// The next byte begins a chunk.
    mutating func restart() {
        hash = 0
        length_bytes = 0
    }

    /// Where behind a byte of the range the first boundary lies.
    private mutating func scan(
        _ bytes: UnsafeRawBufferPointer,
        _ range: Range<Int>,
        _ mask: UInt64,
        _ gear: UnsafeBufferPointer<UInt64>
    ) -> Int? {
        for index in range {
            hash = (hash << 1) &+ gear[Int(bytes[index])]
            if hash & mask == 0 { return index + 1 }
        }
        return nil
    }
}
