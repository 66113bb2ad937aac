import Glibc

/// One agent per root: held until it is released, or by the kernel's hand however the process ends.
final class ProcessLock: Sendable {
    private let file: OpenFile

    init(root: String) throws(AgentError) {
        let file = try Self.open(root)
        // 0, or -1.
        guard flock(file.descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw AgentError(
                .locked,
                at: root,
                "another agent works in this folder",
                remedy: "stop it first, or give this one another root"
            )
        }
        self.file = file
    }

    /// A root that cannot be written to any more can still be locked, so that of two agents there only one speaks.
    private static func open(_ root: String) throws(AgentError) -> OpenFile {
        do throws(AgentError) {
            try Files.makeFolder(root)
            return try OpenFile(root + "/lock", O_RDWR | O_CREAT)
        } catch  where error.code == .noPermission {
            return try OpenFile(root + "/lock", O_RDONLY)
        }
    }

    func release() { _ = flock(file.descriptor, LOCK_UN) }
}
