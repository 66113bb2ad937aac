import Cryptography
import Glibc
import TrainModel
import Zlib

/// Unpacks bundles that strangers may have made.
///
/// Not a byte is parsed before length and digest are verified. Entries are judged one by one before they are created
/// (`EntryPath`, `LinkTarget`, `EntryRegister`), in a new folder beside the final one; that appears by rename when all
/// of it, the manifest included, is right and on the disk. On any failure nothing is left behind. Synchronous: call it
/// where blocking is allowed.
public enum BundleUnpacker {
    /// Unpacks the bundle at `archivePath` into the new folder `name` of the folder at `parentPath`.
    public static func unpack(
        archive archivePath: String,
        digest: Digest,
        length_bytes: Int,
        into parentPath: String,
        name: String,
        limits: BundleLimits = .standard
    ) throws(BundleError) -> UnpackedBundle {
        let archive = try BundleInput(archivePath, digest: digest, length_bytes: length_bytes)
        try archive.verify()
        let place = try NewName(parentPath: parentPath, name: name)
        try place.parent.createFolder(place.temporaryName)
        return try place.publish {
            let top = try place.parent.openFolder(place.temporaryName)
            var tree = TreeWriter(top: top, entries_max: limits.entries_max)
            try expand(archive, into: &tree, limits)
            try tree.finish()
            return UnpackedBundle(manifest: try BundleManifest.read(in: top), entries_count: tree.entries_count)
        }
    }

    /// Removes what a crash in the middle of an unpacking or packing left in this folder. Only for a folder in which
    /// nothing is being made at this moment.
    public static func removeAbandoned(in parentPath: String) throws(BundleError) {
        let parent = try Descriptor(opening: parentPath, O_RDONLY | O_DIRECTORY)
        for name in try parent.names() where name.hasPrefix(NewName.temporaryPrefix) { try parent.remove(name) }
        try parent.synchronise()
    }

    private static func expand(_ archive: BundleInput, into tree: inout TreeWriter, _ limits: BundleLimits) throws {
        var inflater = try Inflater(
            format: .gzip,
            limits: ExpansionLimits(bytes_max: limits.bytes_max, ratio_max: limits.ratio_max),
            inputLength_bytes: archive.length_bytes,
            takesMore: true
        )
        var reader = TarReader(bytes_max: limits.bytes_max)
        // The file is hashed once more on the way: it may have changed since it was verified.
        try archive.readAll { piece in
            try inflater.expand(piece.bytes) { span in
                try span.withUnsafeBytes { try reader.read($0, into: &tree) }
            }
        }
        try inflater.finish()
        try reader.finish()
    }
}
