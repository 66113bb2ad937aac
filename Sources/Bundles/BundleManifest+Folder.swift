import Glibc
import StructuredText

extension BundleManifest {
    /// Reads the manifest of an unpacked bundle, or of a folder to be packed, and looks up its programs there.
    public static func read(folder path: String) throws(BundleError) -> BundleManifest {
        try read(in: Descriptor(opening: path, O_RDONLY | O_DIRECTORY))
    }

    static func read(in folder: Descriptor) throws(BundleError) -> BundleManifest {
        guard try folder.status(of: fileName)?.kind == .file else { throw BundleError(.manifestMissing, at: fileName) }
        guard let bytes = try folder.openFile(fileName).contents(bytes_max: length_bytes_max) else {
            throw BundleError(.manifestInvalid, at: fileName, "is longer than \(length_bytes_max) bytes")
        }
        do {
            return try read(bytes, program: { (path) throws(BundleError) in try program(at: path, in: folder) })
        } catch {
            throw BundleError(.manifestInvalid, at: fileName, error.description)
        }
    }

    private static func program(at path: String, in folder: Descriptor) throws(BundleError) -> Program {
        let path = try EntryPath(archived: Array(path.utf8))
        guard path != .top, let status = try folder.openFile(at: path)?.status(), status.kind == .file else {
            return .missing
        }
        return status.isExecutable ? .executable : .notExecutable
    }
}
