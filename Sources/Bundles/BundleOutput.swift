import Cryptography
import TrainModel
import Zlib

/// The file that a bundle is written to: compresses, counts and hashes what passes through.
struct BundleOutput: ~Copyable {
    let limits: BundleLimits
    private let file: Descriptor
    private let buffer: UnsafeMutableRawBufferPointer
    private var deflater: Deflater
    private var hasher = SHA256.Hasher()
    private var unpacked_bytes = 0
    private var packed_bytes = 0

    private static let buffer_bytes = 64 * 1024

    init(_ file: Descriptor, limits: BundleLimits) throws(BundleError) {
        do throws(ZlibError) { deflater = try Deflater(format: .gzip) } catch { throw BundleError(error) }
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
    mutating func copyContent(of source: Descriptor, length_bytes: Int, at path: EntryPath) throws {
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
    }

    /// Ends the archive. The file is complete, but not yet synchronised.
    mutating func finish() throws -> (digest: Digest, length_bytes: Int) {
        try write(TarWriter.end, at: .top)
        try deflater.finish { piece in try pass(piece, to: file, &hasher, &packed_bytes) }
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
        guard unpacked_bytes <= limits.bytes_max else {
            throw BundleError(.tooManyBytes, at: path, "at most \(limits.bytes_max)")
        }
        try deflater.compress(bytes.bytes) { piece in try pass(piece, to: file, &hasher, &packed_bytes) }
    }
}

private func pass(
    _ piece: RawSpan,
    to file: Descriptor,
    _ hasher: inout SHA256.Hasher,
    _ packed_bytes: inout Int
) throws {
    try piece.withUnsafeBytes { bytes in
        hasher.update(bytes)
        packed_bytes += bytes.count
        try file.write(bytes)
    }
}
