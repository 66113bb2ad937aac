import Bundles
import TrainModel

/// Where the bytes of a bundle come from: chunks that this host has in other bundles, and ranges that it lacks.
///
/// The file grows from its beginning to its end, so an offset says all about what is done.
struct FetchPlan {
    /// A chunk in a bundle on this host's disk.
    struct Place: Hashable {
        let path: String
        let chunk: ChunkIndex.Chunk
    }

    /// A chunk of the bundle that is fetched, and where its bytes are.
    struct Copy: Hashable {
        let place: Place
        /// In the bundle that is fetched.
        let range: Range<UInt64>
    }

    private let length_bytes: UInt64
    /// Empty: the index is not known, and everything is fetched.
    private let chunks: [ChunkIndex.Chunk]
    private var places: [Digest: Place] = [:]

    /// Everything is fetched.
    init(length_bytes: UInt64) {
        self.length_bytes = length_bytes
        chunks = []
    }

    init(_ index: ChunkIndex, seeds: [(path: String, index: ChunkIndex)]) {
        length_bytes = index.length_bytes
        chunks = index.chunks
        let wanted = Set(chunks.map(\.digest))
        for seed in seeds {
            for chunk in seed.index.chunks where wanted.contains(chunk.digest) && places[chunk.digest] == nil {
                places[chunk.digest] = Place(path: seed.path, chunk: chunk)
            }
        }
    }

    /// The chunk at this offset, where this host has it.
    func copy(at offset_bytes: UInt64) -> Copy? {
        guard let index = firstChunk(at: offset_bytes), let place = place(of: chunks[index]) else { return nil }
        return Copy(place: place, range: chunks[index].offset_bytes..<chunks[index].end_bytes)
    }

    /// What this host lacks from this offset on, with gaps between; at most so many ranges.
    func lacking(from offset_bytes: UInt64, count_max: Int) -> [Range<UInt64>] {
        guard offset_bytes < length_bytes else { return [] }
        guard let first = firstChunk(at: offset_bytes) else { return [offset_bytes..<length_bytes] }
        var ranges: [Range<UInt64>] = []
        for chunk in chunks[first...] where place(of: chunk) == nil {
            let begin = max(offset_bytes, chunk.offset_bytes)
            if let last = ranges.last, last.upperBound == begin {
                ranges[ranges.count - 1] = last.lowerBound..<chunk.end_bytes
            } else {
                guard ranges.count < count_max else { break }
                ranges.append(begin..<chunk.end_bytes)
            }
        }
        return ranges
    }

    /// The place does not hold what it should: it is no place for any chunk any more.
    mutating func forget(_ place: Place) { places[place.chunk.digest] = nil }

    private func place(of chunk: ChunkIndex.Chunk) -> Place? {
        places[chunk.digest].flatMap { $0.chunk.length_bytes == chunk.length_bytes ? $0 : nil }
    }

    private func firstChunk(at offset_bytes: UInt64) -> Int? {
        var (low, high) = (0, chunks.count)
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle].end_bytes <= offset_bytes { low = middle + 1 } else { high = middle }
        }
        return low < chunks.count ? low : nil
    }
}
