import AgentLink
import Bundles
import Cryptography
import Glibc
import Synchronization
import TrainModel

/// The bundles of the newest releases: chunks of the next one are copied from them, and neighbours may fetch them.
///
/// What stands in the folder was complete and verified when it came there; a power cut may have taken bytes of it since.
/// Chunks are verified one by one when they are copied, and a bundle as a whole before the first neighbour gets it.
final class KeptBundles: Sendable {
    static let seeds_max = 4

    private let folder: String
    /// Verified since this process began.
    private let verified = Mutex<[Digest: BundleFile]>([:])

    init(root: String) {
        folder = root + "/kept"
    }

    private func path(of digest: Digest) -> String { "\(folder)/\(digest.hex)" }

    /// A bundle that has just been fetched, and is where it was fetched to.
    func note(_ digest: Digest, at path: String, length_bytes: UInt64) {
        verified.withLock { $0[digest] = BundleFile(path: path, length_bytes: length_bytes) }
    }

    /// Keeps a bundle that has just been unpacked, and so verified; it goes from where it is.
    func keep(_ archive: String, of artifact: Artifact) throws(AgentError) {
        try Files.makeFolder(folder, mode: 0o700)
        let path = path(of: artifact.digest)
        try Files.rename(archive, to: path)
        note(artifact.digest, at: path, length_bytes: artifact.length_bytes)
    }

    /// The newest first.
    func seeds() throws(AgentError) -> [String] {
        Array(try byAge().reversed().prefix(Self.seeds_max))
    }

    /// What is there, the oldest first; blocks.
    func digests() throws(AgentError) -> [Digest] {
        try byAge().compactMap { $0.split(separator: "/").last.flatMap { Digest(hex: String($0)) } }
    }

    /// For neighbours; blocks.
    func file(_ digest: Digest) -> BundleFile? {
        var status = stat()
        // 0: it is there; -1: it is not, or cannot be seen, which is the same to whoever asks.
        if let file = verified.withLock({ $0[digest] }), stat(file.path, &status) == 0 { return file }
        let path = path(of: digest)
        guard stat(path, &status) == 0 else { return nil }
        guard Self.digest(of: path) == digest else {
            unlink(path)
            return nil
        }
        let file = BundleFile(path: path, length_bytes: UInt64(status.st_size))
        verified.withLock { $0[digest] = file }
        return file
    }

    /// Removes all but these.
    func prune(keep digests: Set<Digest>) throws(AgentError) {
        let names = Set(digests.map(\.hex))
        for name in try Files.names(in: folder) where !names.contains(name) { try remove("\(folder)/\(name)") }
    }

    /// What they take on the disk together.
    func bytes() throws(AgentError) -> Int { try Files.bytes(below: folder) }

    /// Removes the oldest; returns false when there was none.
    func removeOldest() throws(AgentError) -> Bool {
        guard let oldest = try byAge().first else { return false }
        try remove(oldest)
        return true
    }

    private func remove(_ path: String) throws(AgentError) {
        verified.withLock { verified in verified = verified.filter { $0.value.path != path } }
        try Files.remove(path)
    }

    /// Their paths, the oldest first.
    private func byAge() throws(AgentError) -> [String] {
        Files.byAge(try Files.names(in: folder).map { "\(folder)/\($0)" })
    }

    private static func digest(of path: String) -> Digest? {
        do throws(AgentError) {
            let file = try OpenFile(path, O_RDONLY | O_NOFOLLOW)
            var hasher = SHA256.Hasher()
            try file.readPieces { hasher.update($0) }
            return hasher.finalize()
        } catch {
            return nil
        }
    }
}
