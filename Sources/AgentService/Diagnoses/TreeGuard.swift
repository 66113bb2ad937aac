import Glibc

/// Looks for whoever else could change a folder of programs that the agent runs.
enum TreeGuard {
    static let entries_max = 10_000

    /// Nil: only root and the agent's own user can change anything in the folder, or put another in its place.
    static func weakness(of folder: String) throws(AgentError) -> String? {
        var path = Files.parent(of: folder)
        while true {
            if let weakness = try weakness(ofParent: path) { return weakness }
            guard path != "/", path != "." else { break }
            path = Files.parent(of: path)
        }
        var waiting = [folder]
        var count = 0
        while let path = waiting.popLast() {
            count += 1
            guard count <= entries_max else { return "\(folder) holds more than \(entries_max) files" }
            let status = try status(of: path)
            if status.st_mode & S_IFMT == S_IFLNK {
                return "\(path) is a symbolic link, and what it points at may change"
            }
            if let weakness = weakness(of: path, status) { return weakness }
            if status.st_mode & S_IFMT == S_IFDIR { waiting += try Files.names(in: path).map { "\(path)/\($0)" } }
        }
        return nil
    }

    /// In a sticky folder nobody may rename what is another's.
    private static func weakness(ofParent path: String) throws(AgentError) -> String? {
        let status = try status(of: path)
        if status.st_mode & S_IFMT == S_IFLNK { return nil }
        return status.st_mode & S_ISVTX != 0 && status.st_uid == 0 ? nil : weakness(of: path, status)
    }

    private static func weakness(of path: String, _ status: stat) -> String? {
        if status.st_uid != 0, status.st_uid != geteuid() { return "\(path) belongs to the user \(status.st_uid)" }
        if status.st_mode & 0o002 != 0 { return "everybody may write \(path)" }
        if status.st_mode & 0o020 != 0, status.st_gid != 0 { return "the group \(status.st_gid) may write \(path)" }
        return nil
    }

    private static func status(of path: String) throws(AgentError) -> stat {
        var status = stat()
        // 0, or -1.
        guard lstat(path, &status) == 0 else { throw .system(errno, "looking at", path) }
        return status
    }
}
