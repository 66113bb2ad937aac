import AgentLink
import Bundles
import Cryptography
import Glibc
import NIOCore
import ReleaseDecisions
import Synchronization
import TrainModel

/// The bundles' bytes, each in a file named by its digest. What stands under a digest is complete and has that digest.
public struct BundleStore: Sendable {
    let folder: String
    private let pushes = PushesUnderWay()

    /// The folder must exist.
    public init(folder: String) {
        self.folder = folder
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

    /// Removes what pushes into a process that was killed left behind; before the first push.
    func tidy() throws -> Int {
        do { return try NewFile.tidy(folder) } catch let error as DiskFailure { throw Self.unwritable(error) }
    }

    /// Runs one push of these bytes. When it comes to nothing, no artifact names the bytes and nobody else is pushing
    /// the same, they go again.
    func push<Outcome>(
        of digest: Digest,
        isNamed: () -> Bool,
        _ body: () async throws -> Result<Outcome, Refusal>
    ) async throws -> Result<Outcome, Refusal> {
        pushes.begin(digest)
        var isKept = false
        defer {
            pushes.end(digest) { isLast in
                if isLast, !isKept, !isNamed() {
                    unlink(path(of: digest))
                    unlink(path(of: digest) + Self.indexSuffix)
                }
            }
        }
        let outcome = try await body()
        if case .success = outcome { isKept = true }
        return outcome
    }

    /// Takes a bundle in as it arrives; keeps it only if it is what was announced, and returns once it is durable.
    func receive(
        _ chunks: some AsyncSequence<ByteBuffer, any Error>,
        expecting digest: Digest,
        length_bytes: UInt64
    ) async throws {
        let folder = folder
        let incoming = try await onDisk { try IncomingBundle(folder: folder) }
        var received_bytes: UInt64 = 0
        for try await chunk in chunks {
            received_bytes += UInt64(chunk.readableBytes)
            guard received_bytes <= length_bytes else { break }
            try await onDisk { try incoming.take(chunk) }
        }
        let actual = incoming.digest
        guard received_bytes == length_bytes, actual == digest else {
            throw ControllerError(
                .bundleMismatch,
                "the bundle was announced as \(digest.prefix) with \(length_bytes) bytes, but \(received_bytes) bytes came with the digest \(actual.prefix)",
                remedy: "Push it again; if it happens again, the file changes while it is being sent"
            )
        }
        try await onDisk { try incoming.keep(as: digest.hex) }
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
            remedy: "Make room or give the controller's user permission there, then push again; nothing was kept"
        )
    }
}

/// The file and the digest of what has come so far.
private final class IncomingBundle: Sendable {
    private let file: NewFile
    private let hasher = Mutex(SHA256.Hasher())

    init(folder: String) throws {
        file = try NewFile(in: folder)
    }

    var digest: Digest { hasher.withLock { $0.finalize() } }

    func take(_ chunk: ByteBuffer) throws {
        hasher.withLock { $0.update(chunk.readableBytesView) }
        try chunk.withUnsafeReadableBytes { try file.write($0) }
    }

    func keep(as name: String) throws { try file.publish(as: name) }
}

/// How many are pushing the same bytes.
private final class PushesUnderWay: Sendable {
    private let counts = Mutex<[Digest: Int]>([:])

    func begin(_ digest: Digest) {
        counts.withLock { $0[digest, default: 0] += 1 }
    }

    /// `body` runs before anybody can begin another push of the same.
    func end(_ digest: Digest, _ body: (_ isLast: Bool) -> Void) {
        counts.withLock { counts in
            let left = counts[digest, default: 1] - 1
            counts[digest] = left > 0 ? left : nil
            body(left <= 0)
        }
    }
}
