import Cryptography
import Glibc

extension ChunkIndex {
    /// Finds the chunks of a bundle by its members' headers and hashes them; expands nothing. Synchronous: call it
    /// where blocking is allowed.
    ///
    /// - Returns: nil for bundles of other makers, which travel whole.
    public static func read(bundle path: String) throws(BundleError) -> ChunkIndex? {
        let file = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK)
        let status = try file.status()
        guard status.kind == .file else { throw BundleError(.notFound, at: path) }
        let bundle_bytes = UInt64(status.length_bytes)
        let count_max = bytes_max(bundle_bytes: bundle_bytes) / entry_bytes
        var chunks: [Chunk] = []
        var offset_bytes: UInt64 = 0
        while offset_bytes < bundle_bytes {
            let header = try file.read(at: offset_bytes, count: BundleMember.header_bytes)
            guard chunks.count < count_max, let length_bytes = BundleMember.length_bytes(header: header),
                UInt64(length_bytes) <= bundle_bytes - offset_bytes
            else { return nil }
            let member = try file.read(at: offset_bytes, count: length_bytes)
            guard member.count == length_bytes else { return nil }
            let digest = SHA256.digest(of: member)
            chunks.append(Chunk(offset_bytes: offset_bytes, length_bytes: length_bytes, digest: digest))
            offset_bytes += UInt64(length_bytes)
        }
        return ChunkIndex(chunks: chunks)
    }

    /// How long a bundle's archive is when it is unpacked, as its members say without being expanded. Less than the
    /// truth for bundles of other makers beyond 4 GiB, or of several members.
    public static func unpacked_bytes(bundle path: String) throws(BundleError) -> Int {
        let file = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK)
        let bundle_bytes = UInt64(try file.status().length_bytes)
        var unpacked_bytes = 0
        var offset_bytes: UInt64 = 0
        while offset_bytes < bundle_bytes {
            let header = try file.read(at: offset_bytes, count: BundleMember.header_bytes)
            let length_bytes = BundleMember.length_bytes(header: header).map(UInt64.init) ?? bundle_bytes - offset_bytes
            let end_bytes = min(bundle_bytes, offset_bytes + length_bytes)
            guard end_bytes >= 4 else { break }
            unpacked_bytes += BundleMember.content_bytes(trailer: try file.read(at: end_bytes - 4, count: 4))
            offset_bytes = end_bytes
        }
        return unpacked_bytes
    }
}
