import Glibc

/// Files that say what an agent runs as itself: nobody but root and the agent's own user may change them.
enum Guarded {
    /// Looks at the file or folder, and at the folder that it stands in, through which it could be replaced.
    static func check(_ path: String) throws(AgentError) {
        try check(path, isParent: false)
        try check(Files.parent(of: path), isParent: true)
    }

    private static func check(_ path: String, isParent: Bool) throws(AgentError) {
        var status = stat()
        // 0, or -1.
        guard stat(path, &status) == 0 else { throw .system(errno, "looking at", path) }
        // Where the sticky bit is, as in /tmp, nobody replaces what is another's.
        if isParent, status.st_mode & S_ISVTX != 0 { return }
        let isOwned = status.st_uid == 0 || status.st_uid == geteuid()
        let isGroupOurs = status.st_gid == 0 || status.st_gid == getegid()
        guard isOwned, status.st_mode & S_IWOTH == 0, isGroupOurs || status.st_mode & S_IWGRP == 0 else {
            throw AgentError(
                .badConfiguration,
                at: path,
                "others may change it (user \(status.st_uid), group \(status.st_gid), mode "
                    + "\(String(status.st_mode & 0o7777, radix: 8))), and so what this agent runs",
                remedy: "chown root:root \(path) && chmod go-w \(path)"
            )
        }
    }
}
