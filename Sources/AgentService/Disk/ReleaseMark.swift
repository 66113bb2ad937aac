import Glibc
import TrainModel

/// By what a release is seen to stand as it was put there, in three calls to the kernel and nothing else: a watching agent
/// asks in every round, and touches little code with it.
struct ReleaseMark: Sendable {
    private struct Link: Sendable {
        /// Ends with 0.
        let path: [CChar]
        let target: [UInt8]

        init(_ path: String, to target: String) {
            (self.path, self.target) = (Array(path.utf8CString), Array(target.utf8))
        }
    }

    /// `current`, and the one that holds the whole digest.
    private let links: [Link]
    /// Its folder, through `current`.
    private let folder: [CChar]

    init(_ directories: ReleaseDirectories, _ artifact: Artifact, _ service: ServiceName) {
        let name = directories.name(of: artifact)
        let current = directories.folder(of: service) + "/current"
        links = [
            Link(current, to: ReleaseDirectories.currentTarget(name)),
            Link(directories.digestPath(name, service), to: ReleaseDirectories.digestTarget(artifact)),
        ]
        folder = Array("\(current)/".utf8CString)
    }

    /// False: something is different, or cannot be seen; `ReleaseDirectories.flaw` says what.
    var stands: Bool {
        // 0, or -1.
        links.allSatisfy(Self.stands) && access(folder, F_OK) == 0
    }

    private static func stands(_ link: Link) -> Bool {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: link.target.count + 1) { buffer in
            guard let start = buffer.baseAddress else { return false }
            // The target's length, cut at the buffer's; or -1.
            let count = readlink(link.path, start, buffer.count)
            return count == link.target.count && memcmp(start, link.target, count) == 0
        }
    }
}
