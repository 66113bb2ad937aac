import Glibc

/// One agent per root: held until it is released, or by the kernel's hand however the process ends.
final class ProcessLock: Sendable {
    private let file: OpenFile

    init(root: String) throws(AgentError) {
        try Files.makeFolder(root)
        let file = try OpenFile(root + "/lock", O_RDWR | O_CREAT)
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

    func release() { _ = flock(file.descriptor, LOCK_UN) }
}
