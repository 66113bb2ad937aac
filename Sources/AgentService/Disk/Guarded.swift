import Glibc

/// Files that say what an agent runs as itself: nobody but root and the agent's own user may change them.
enum Guarded {
    static let entries_max = 10_000

    /// Throws where somebody else can.
    static func check(_ path: String) throws(AgentError) {
        guard let weakness = try weakness(of: path) else { return }
        throw AgentError(
            .badConfiguration,
            at: path,
            "\(weakness), and so what this agent runs",
            remedy: "give it to root, and let nobody else write it: chown -R root:root, chmod -R go-w"
        )
    }

    /// Who else can change the file or folder, anything in it, or put another in its place, in words; nil: nobody.
    static func weakness(of path: String) throws(AgentError) -> String? {
        let top = try resolved(path)
        // Where it is in truth, and where a link to it stands.
        for folder in [Files.parent(of: top), try resolved(Files.parent(of: path))] {
            if let weakness = try weakness(ofFolders: folder) { return weakness }
        }
        var waiting = [top]
        var count = 0
        while let path = waiting.popLast() {
            count += 1
            guard count <= entries_max else { return "\(top) holds more than \(entries_max) files" }
            guard let status = try statusIfThere(of: path) else {
                // Listed, and gone meanwhile: what is not there runs nothing.
                guard path == top else { continue }
                throw .system(ENOENT, "looking at", path)
            }
            if status.st_mode & S_IFMT == S_IFLNK {
                return "\(path) is a symbolic link, and what it points at may change"
            }
            if let weakness = weakness(of: path, status) { return weakness }
            if status.st_mode & S_IFMT == S_IFDIR { waiting += try Files.names(in: path).map { "\(path)/\($0)" } }
        }
        return nil
    }

    /// The same of a folder and all above it, and not of what it holds.
    static func weakness(ofFolders folder: String) throws(AgentError) -> String? {
        var folder = folder
        while true {
            if let weakness = try weakness(ofParent: folder) { return weakness }
            guard folder != "/" else { return nil }
            folder = Files.parent(of: folder)
        }
    }

    private static func resolved(_ path: String) throws(AgentError) -> String {
        // A new string, or nil.
        guard let text = realpath(path, nil) else { throw .system(errno, "looking at", path) }
        defer { free(text) }
        return String(cString: text)
    }

    /// In a sticky folder of root's nobody may rename what is another's.
    private static func weakness(ofParent path: String) throws(AgentError) -> String? {
        let status = try status(of: path)
        return status.st_mode & S_ISVTX != 0 && status.st_uid == 0 ? nil : weakness(of: path, status)
    }

    private static func weakness(of path: String, _ status: stat) -> String? {
        if status.st_uid != 0, status.st_uid != geteuid() { return "\(path) belongs to the user \(status.st_uid)" }
        if status.st_mode & 0o002 != 0 { return "everybody may write \(path)" }
        let isGroupOurs = status.st_gid == 0 || status.st_gid == getegid()
        if status.st_mode & 0o020 != 0, !isGroupOurs { return "the group \(status.st_gid) may write \(path)" }
        return nil
    }

    private static func status(of path: String) throws(AgentError) -> stat {
        guard let status = try statusIfThere(of: path) else { throw .system(ENOENT, "looking at", path) }
        return status
    }

    /// Nil where there is nothing.
    private static func statusIfThere(of path: String) throws(AgentError) -> stat? {
        var status = stat()
        // 0, or -1.
        if lstat(path, &status) == 0 { return status }
        guard errno == ENOENT else { throw .system(errno, "looking at", path) }
        return nil
    }
}
