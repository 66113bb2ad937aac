import Glibc
import TrainModel

/// Packs a folder into a bundle: gzip around ustar (pax where a name is long).
///
/// The same files give the same bytes: entries sorted by the bytes of their names, no owners, no times, modes 0644 or
/// 0755. Only what `BundleUnpacker` takes is packed, so that mistakes are found here. Memory does not grow with the
/// files' sizes. Synchronous: call it where blocking is allowed.
public enum BundlePacker {
    /// Packs the folder at `folderPath` into a new file at `archivePath`, which appears only when it is complete and on
    /// the disk. Something that is there already is not replaced.
    public static func pack(
        folder folderPath: String,
        to archivePath: String,
        limits: BundleLimits = .standard
    ) throws(BundleError) -> PackedBundle {
        let folder = try Descriptor(opening: folderPath, O_RDONLY | O_DIRECTORY)
        let manifest = try BundleManifest.read(in: folder)
        let place = try NewName(archivePath)
        let file = try place.parent.createFile(place.temporaryName)
        return try place.publish {
            let bundle = try pack(folder, manifest, into: file, limits)
            try file.setMode(0o644)
            try file.synchronise()
            return bundle
        }
    }

    /// Packs the folder at `folderPath` into an open, empty file, which stays the caller's and is not brought to the disk.
    public static func pack(
        folder folderPath: String,
        into descriptor: Int32,
        limits: BundleLimits = .standard
    ) throws(BundleError) -> PackedBundle {
        let folder = try Descriptor(opening: folderPath, O_RDONLY | O_DIRECTORY)
        let manifest = try BundleManifest.read(in: folder)
        let file = try Descriptor(copying: descriptor)
        do {
            return try pack(folder, manifest, into: file, limits)
        } catch {
            throw .wrapping(error)
        }
    }

    private static func pack(
        _ folder: Descriptor,
        _ manifest: BundleManifest,
        into file: Descriptor,
        _ limits: BundleLimits
    ) throws -> PackedBundle {
        var walk = try PackingWalk(BundleOutput(file, limits: limits), ownIdentity: file.status().identity)
        try walk.packContents(of: folder, at: .top)
        let (digest, length_bytes) = try walk.output.finish()
        return PackedBundle(
            digest: digest,
            length_bytes: length_bytes,
            entries_count: walk.entries_count,
            manifest: manifest
        )
    }
}

/// One way through a folder, depth first.
private struct PackingWalk: ~Copyable {
    var output: BundleOutput
    private let ownIdentity: [UInt64]
    private(set) var entries_count = 0

    init(_ output: consuming BundleOutput, ownIdentity: [UInt64]) {
        self.output = output
        self.ownIdentity = ownIdentity
    }

    mutating func packContents(of folder: Descriptor, at path: EntryPath) throws {
        var folded: [String: String] = [:]
        for name in try folder.names() {
            let entryPath = try path.appending(name)
            if let other = folded.updateValue(name, forKey: name.lowercased()) {
                throw BundleError(.twin, at: entryPath, BundleError.quote(other))
            }
            try pack(name, in: folder, at: entryPath)
        }
    }

    private mutating func pack(_ name: String, in folder: Descriptor, at path: EntryPath) throws {
        guard let status = try folder.status(of: name) else { throw BundleError(.changedWhilePacking, at: path) }
        switch status.kind {
        case .file: try packFile(folder.openFile(name), at: path)
        case .directory:
            try begin(BundleEntry(path: path, kind: .directory))
            try packContents(of: folder.openFolder(name), at: path)
        case .link:
            let target = try LinkTarget(folder.targetOfLink(name), of: path)
            try begin(BundleEntry(path: path, kind: .link(target)))
        case .device: throw BundleError(.device, at: path)
        case .fifo: throw BundleError(.fifo, at: path)
        case .socket: throw BundleError(.socket, at: path)
        }
    }

    private mutating func packFile(_ file: Descriptor, at path: EntryPath) throws {
        // Asked of the open file: the name may mean another one by now.
        let status = try file.status()
        guard status.kind == .file else { throw BundleError(.changedWhilePacking, at: path) }
        guard status.identity != ownIdentity else { throw BundleError(.outputInside, at: path) }
        guard !status.hasSetID else { throw BundleError(.setID, at: path) }
        let kind = BundleEntry.Kind.file(length_bytes: status.length_bytes, isExecutable: status.isExecutable)
        try begin(BundleEntry(path: path, kind: kind))
        try output.copyContent(of: file, length_bytes: status.length_bytes, at: path)
    }

    private mutating func begin(_ entry: BundleEntry) throws {
        guard entries_count < output.limits.entries_max else {
            throw BundleError(.tooManyEntries, at: entry.path, "at most \(output.limits.entries_max)")
        }
        entries_count += 1
        try output.write(TarWriter.header(of: entry), at: entry.path)
    }
}
