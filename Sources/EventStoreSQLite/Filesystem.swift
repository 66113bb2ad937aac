import EventStore
import Glibc

/// Where write-ahead logging cannot work: its index is shared memory, which a file system across a network does not
/// share, and whose locks it may not keep.
enum Filesystem {
    private static let acrossNetworks: Set<String> = [
        "9p", "afs", "ceph", "cifs", "coda", "fuse.glusterfs", "fuse.sshfs", "gfs2", "lustre", "ncpfs", "nfs", "nfs4",
        "smb3", "smbfs",
    ]

    /// The type of the file system at `path` (absolute, without links) if it is one of those. Where the kernel's list
    /// of mounts cannot be read, nil: SQLite's own test of its locks is then the only one.
    static func acrossNetwork(at path: String) throws(EventStoreError) -> String? {
        guard let mounts = try readMounts(), let type = type(at: path, mounts: mounts) else { return nil }
        return acrossNetworks.contains(type) ? type : nil
    }

    /// The type that `mounts` (`/proc/self/mountinfo`, see proc(5)) gives for `path`: that of the longest mount point
    /// above it, and of the latest mount there.
    static func type(at path: String, mounts: String) -> String? {
        var best: (mountPoint: String, type: String)?
        for line in mounts.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 4, let dash = fields.firstIndex(of: "-"), dash + 1 < fields.count else { continue }
            let mountPoint = unescape(fields[4])
            let isAbove = mountPoint == "/" || path == mountPoint || path.hasPrefix(mountPoint + "/")
            if isAbove, mountPoint.utf8.count >= best?.mountPoint.utf8.count ?? 0 {
                best = (mountPoint, String(fields[dash + 1]))
            }
        }
        return best?.type
    }

    /// The kernel writes a space, tab, line break or backslash as three octal digits.
    private static func unescape(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8
        while let byte = rest.popFirst() {
            let digits = rest.prefix(3)
            if byte == UInt8(ascii: "\\"), digits.count == 3, let code = UInt8(Substring(digits), radix: 8) {
                bytes.append(code)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func readMounts() throws(EventStoreError) -> String? {
        let path = "/proc/self/mountinfo"
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var text: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            // -1 with errno, 0 at the end, else the bytes read.
            let count = read(descriptor, &chunk, chunk.count)
            guard count >= 0 else { throw .system("reading the list of mounts", errno, place: path) }
            guard count > 0 else { return String(decoding: text, as: UTF8.self) }
            text += chunk.prefix(count)
        }
    }
}
