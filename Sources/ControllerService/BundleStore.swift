import AgentLink
import Bundles
import Cryptography
import Glibc
import NIOCore
import ReleaseDecisions
import TrainModel

/// The bundles' bytes, each in a file named by its digest. What stands under a digest is complete and has that digest.
public struct BundleStore: Sendable {
    let folder: String
    /// What a push leaves free on the file system, where the log may be, too.
    private let reserve_bytes: UInt64
    let uploads: BundleUploads

    /// The folder must exist.
    public init(folder: String, reserve_bytes: UInt64 = 256 << 20) {
        self.init(folder: folder, reserve_bytes: reserve_bytes, uploads: BundleUploads.Limits())
    }

    init(folder: String, reserve_bytes: UInt64, uploads limits: BundleUploads.Limits) {
        self.folder = folder
        self.reserve_bytes = reserve_bytes
        uploads = BundleUploads(folder: folder, limits: limits)
    }

    public func path(of digest: Digest) -> String { "\(folder)/\(digest.hex)" }

    /// The length in bytes; nil if the bundle is not here.
    public func length_bytes(of digest: Digest) -> UInt64? {
        var status = stat()
        // 0: it is there; -1: it is not, or cannot be seen, which is the same to whoever asks.
        guard stat(path(of: digest), &status) == 0 else { return nil }
        return UInt64(status.st_size)
    }

    /// The index of a bundle's chunks, made at the first asking and kept beside it; nil for bundles of other makers.
    func index(of digest: Digest) async throws -> BundleFile? {
        let (folder, path, name) = (folder, path(of: digest), digest.hex + Self.indexSuffix)
        return try await onDisk {
            var status = stat()
            // 0: it is there; -1: it is not, and is made.
            if stat("\(folder)/\(name)", &status) == 0 {
                return BundleFile(path: "\(folder)/\(name)", length_bytes: UInt64(status.st_size))
            }
            guard let index = try ChunkIndex.read(bundle: path) else { return nil }
            let bytes = index.bytes
            let file = try NewFile(in: folder)
            try bytes.withUnsafeBytes { try file.write($0) }
            try file.publish(as: name)
            return BundleFile(path: "\(folder)/\(name)", length_bytes: UInt64(bytes.count))
        }
    }

    private static let indexSuffix = ".index"

    /// Removes what a killed process left behind, but for pushes that can go on; before the first push.
    func tidy() throws -> Int {
        do { return try NewFile.tidy(folder) + uploads.sweep(now_s: time(nil)) } catch let error as DiskFailure {
            throw Self.unwritable(error)
        }
    }

    /// What the log says of a bundle whose file stands in the folder.
    enum Standing {
        case here, removed
        /// A push may have been cut off by a crash, or the log is an older copy: then a newer one names it.
        case unknown
    }

    /// After so long nobody puts a newer log back.
    private static let unknown_s_max = 30 * 86_400

    /// Removes the files of bundles that were removed, unless somebody pushes them, what is unknown for too long, and
    /// parts that are too old. Returns how many bundles went.
    func sweep(now_s: Int, standing: @escaping @Sendable (Digest) -> Standing) async throws -> Int {
        try await onDisk {
            _ = try uploads.sweep(now_s: now_s)
            var count = 0
            for digest in try FolderNames.read(folder).compactMap({ Digest(hex: $0) }) {
                try uploads.unlessPushed(digest) {
                    switch standing(digest) {
                    case .here: return try forgetUnknown(digest)
                    case .removed: break
                    case .unknown: guard try isLongUnknown(digest, now_s: now_s) else { return }
                    }
                    if remove(digest) { count += 1 }
                }
            }
            return count
        }
    }

    /// Says beside a bundle since when the log does not know it, by the time at which it was written.
    private static let unknownSuffix = ".unknown"

    private func isLongUnknown(_ digest: Digest, now_s: Int) throws -> Bool {
        let mark = path(of: digest) + Self.unknownSuffix
        var status = stat()
        // 0; -1: it is the first time.
        if stat(mark, &status) == 0 { return status.st_mtim.tv_sec < now_s - Self.unknown_s_max }
        // The descriptor, or -1 with errno.
        let descriptor = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw DiskFailure("make", mark) }
        close(descriptor)
        return false
    }

    private func forgetUnknown(_ digest: Digest) throws {
        let mark = path(of: digest) + Self.unknownSuffix
        guard unlink(mark) == 0 || errno == ENOENT else { throw DiskFailure("remove", mark) }
    }

    /// What stands beside it first: without the bundle nobody finds that. False: the next sweep tries again.
    @discardableResult
    private func remove(_ digest: Digest) -> Bool {
        unlink(path(of: digest) + Self.indexSuffix)
        unlink(path(of: digest) + Self.unknownSuffix)
        return unlink(path(of: digest)) == 0
    }

    /// How many bytes of a bundle are here, from its first on.
    func stored_bytes(of digest: Digest) async throws -> UInt64 {
        try await onDisk { length_bytes(of: digest) ?? uploads.stored_bytes(of: digest) }
    }

    /// Takes a bundle in as it arrives; keeps it only if it is what was announced, and decides once it is durable. When
    /// the decision comes to nothing, no artifact names the bytes and nobody else is pushing the same, they go again.
    ///
    /// - Parameter chunks: the bundle's bytes from its `offset_bytes` on.
    func push<Outcome>(
        _ digest: Digest,
        length_bytes: UInt64,
        from offset_bytes: UInt64,
        _ chunks: some AsyncSequence<ByteBuffer, any Error>,
        isNamed: () -> Bool,
        decide: () async throws -> Result<Outcome, Refusal>
    ) async throws -> Result<Outcome, Refusal> {
        let upload = try await onDisk {
            try uploads.begin(digest, from: offset_bytes) { self.length_bytes(of: digest) }
        }
        var isKept = false
        defer {
            uploads.end(upload) { isLast in
                if isLast, !isKept, !isNamed() { remove(digest) }
            }
        }
        try await receive(chunks, from: offset_bytes, length_bytes: length_bytes, into: upload)
        let outcome = try await decide()
        if case .success = outcome { isKept = true }
        return outcome
    }

    private func receive(
        _ chunks: some AsyncSequence<ByteBuffer, any Error>,
        from offset_bytes: UInt64,
        length_bytes: UInt64,
        into upload: BundleUpload
    ) async throws {
        let (folder, place) = (folder, path(of: upload.digest))
        guard offset_bytes <= upload.stored_bytes else { throw BundleUpload.gap(upload.digest, upload.stored_bytes) }
        try await onDisk { try needRoom(for: length_bytes - min(length_bytes, upload.stored_bytes)) }
        var position_bytes = offset_bytes
        for try await chunk in chunks {
            let start_bytes = position_bytes
            position_bytes += UInt64(chunk.readableBytes)
            guard position_bytes <= length_bytes else { break }
            try await onDisk {
                // Others fill the disk, too, which the log shares.
                try needRoom(for: UInt64(chunk.readableBytes))
                try upload.take(chunk, at: start_bytes)
            }
        }
        try await onDisk { try upload.complete(length_bytes: length_bytes, as: place, in: folder) }
    }

    private func needRoom(for bytes: UInt64) throws {
        var disk = statvfs()
        // 0, or -1 with errno.
        guard statvfs(folder, &disk) == 0 else { throw DiskFailure("examine the file system of", folder) }
        let free_bytes = UInt64(disk.f_bavail).multipliedReportingOverflow(by: UInt64(disk.f_frsize))
        guard bytes > 0, !free_bytes.overflow,
            free_bytes.partialValue < bytes.addingReportingOverflow(reserve_bytes).partialValue
        else { return }
        throw ControllerError(
            .bundleUnwritable,
            "\(bytes >> 20) MiB are to come and \(reserve_bytes >> 20) MiB to stay free on the file system of "
                + "\(folder), where \(free_bytes.partialValue >> 20) MiB are free",
            remedy: "Make room there, then push again"
        )
    }

    private func onDisk<Value: Sendable>(_ work: @escaping @Sendable () throws -> Value) async throws -> Value {
        do {
            return try await DiskThreads.run(work)
        } catch let error as DiskFailure {
            throw Self.unwritable(error)
        }
    }

    private static func unwritable(_ failure: DiskFailure) -> ControllerError {
        ControllerError(
            .bundleUnwritable,
            "\(failure)",
            remedy: "Make room or give the controller's user permission there, then push again"
        )
    }
}
