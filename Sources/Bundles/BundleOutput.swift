import Cryptography
import TrainModel
import Zlib

/// The file that a bundle is written to: cuts what passes through into chunks, compresses each for itself, counts and
/// hashes. Equal chunks become equal bytes, whatever stands before them.
struct BundleOutput: ~Copyable {
    let limits: BundleLimits
    private let file: Descriptor
    private let buffer: UnsafeMutableRawBufferPointer
    private var deflater: Deflater
    private var cutter = ChunkCutter()
    /// The present chunk, compressed as far as zlib has given it out.
    private var member: [UInt8] = []
    private var chunk_bytes = 0
    private var hasher = SHA256.Hasher()
    private var unpacked_bytes = 0
    private var packed_bytes = 0

    private static let buffer_bytes = 64 * 1024

    init(_ file: Descriptor, limits: BundleLimits) throws(BundleError) {
        do throws(ZlibError) { deflater = try Deflater(format: .gzip, extra: BundleMember.extra) } catch {
            throw BundleError(error)
        }
        self.file = file
        self.limits = limits
        buffer = .allocate(byteCount: Self.buffer_bytes, alignment: 16)
    }

    deinit {
        buffer.deallocate()
    }

    mutating func write(_ bytes: [UInt8], at path: EntryPath) throws {
        try bytes.withUnsafeBytes { try write($0, at: path) }
    }

    /// Copies a whole file with its padding. The length was promised by its header.
    ///
    /// A file of some length has its chunks to itself: so a change before it, or in its header, changes none of them.
    mutating func copyContent(of source: Descriptor, length_bytes: Int, at path: EntryPath) throws {
        // Before minutes are spent on it.
        guard length_bytes <= limits.bytes_max - unpacked_bytes else { throw tooManyBytes(at: path) }
        let isLong = length_bytes >= ChunkCutter.mean_bytes
        if isLong { try endChunk() }
        var copied_bytes = 0
        while true {
            let count = try source.read(into: buffer)
            copied_bytes += count
            guard copied_bytes <= length_bytes else { throw BundleError(.changedWhilePacking, at: path) }
            guard count > 0 else { break }
            try write(UnsafeRawBufferPointer(rebasing: buffer[..<count]), at: path)
        }
        guard copied_bytes == length_bytes else { throw BundleError(.changedWhilePacking, at: path) }
        try write(TarWriter.padding(length_bytes: length_bytes), at: path)
        if isLong { try endChunk() }
    }

    /// Ends the archive. The file is complete, but not yet synchronised.
    mutating func finish() throws -> (digest: Digest, length_bytes: Int) {
        try write(TarWriter.end, at: .top)
        try endChunk()
        let expansion = ExpansionLimits(bytes_max: limits.bytes_max, ratio_max: limits.ratio_max)
        guard unpacked_bytes <= expansion.allowance_bytes(input_bytes: packed_bytes) else {
            throw BundleError(
                .ratioTooHigh,
                at: nil,
                "\(unpacked_bytes / packed_bytes) to 1, at most \(limits.ratio_max)"
            )
        }
        return (hasher.finalize(), packed_bytes)
    }

    private mutating func write(_ bytes: UnsafeRawBufferPointer, at path: EntryPath) throws {
        unpacked_bytes += bytes.count
        guard unpacked_bytes <= limits.bytes_max else { throw tooManyBytes(at: path) }
        var rest = bytes
        while !rest.isEmpty {
            let (count, isEnd) = cutter.take(rest)
            let piece = UnsafeRawBufferPointer(rebasing: rest[..<count])
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            chunk_bytes += count
            try deflater.compress(piece.bytes) { append($0, to: &member) }
            if isEnd { try endChunk() }
        }
    }

    private func tooManyBytes(at path: EntryPath) -> BundleError {
        BundleError(.tooManyBytes, at: path, "at most \(limits.bytes_max)")
    }

    /// Writes the present chunk as a member of its own; none that is empty.
    private mutating func endChunk() throws {
        cutter.restart()
        guard chunk_bytes > 0 else { return }
        try deflater.finish { append($0, to: &member) }
        deflater.restart()
        BundleMember.noteLength(in: &member)
        hasher.update(member)
        packed_bytes += member.count
        try member.withUnsafeBytes { try file.write($0) }
        member.removeAll(keepingCapacity: true)
        chunk_bytes = 0
    }
}

private func append(_ piece: RawSpan, to member: inout [UInt8]) {
    piece.withUnsafeBytes { member.append(contentsOf: $0) }
}
