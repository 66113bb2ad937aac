import Bundles
import FoundationEssentials
import Glibc

/// Whole files and folders. Everything here blocks, and is durable when it returns, unless it says otherwise.
enum Files {
    /// A path that cannot be looked at is an error, and not one at which there is nothing.
    static func exists(_ path: String) throws(AgentError) -> Bool {
        // 0, or -1.
        if access(path, F_OK) == 0 { return true }
        guard errno == ENOENT || errno == ENOTDIR else { throw .system(errno, "looking at", path) }
        return false
    }

    static func makeFolder(_ path: String, mode: mode_t = 0o755) throws(AgentError) {
        if try exists(path) { return }
        let parent = parent(of: path)
        if parent != path { try makeFolder(parent, mode: mode) }
        // 0, or -1.
        guard mkdir(path, mode) == 0 || errno == EEXIST else { throw .system(errno, "making the folder", path) }
        try synchroniseFolder(parent)
    }

    /// Nil where there is no such file.
    static func read(_ path: String, bytes_max: Int = 1 << 20) throws(AgentError) -> [UInt8]? {
        guard try exists(path) else { return nil }
        return try OpenFile(path, O_RDONLY).readToEnd(bytes_max: bytes_max)
    }

    /// The file has its old content or its new one, whatever happens; never a part.
    ///
    /// - Parameter isFlushed: false: on the disk when the kernel comes to it. A power cut may take the file, or leave it empty.
    static func replace(
        _ path: String,
        with bytes: [UInt8],
        mode: mode_t = 0o600,
        isFlushed: Bool = true
    ) throws(AgentError) {
        let new = path + ".new"
        let file = try OpenFile(new, O_WRONLY | O_CREAT | O_TRUNC, mode: mode)
        // 0, or -1. An old leftover keeps its mode on O_CREAT.
        guard fchmod(file.descriptor, mode) == 0 else { throw .system(errno, "setting the mode", new) }
        try file.write(bytes)
        if isFlushed { try file.synchronise() }
        try rename(new, to: path, isFlushed: isFlushed)
    }

    static func rename(_ path: String, to new: String, isFlushed: Bool = true) throws(AgentError) {
        // 0, or -1.
        guard Glibc.rename(path, new) == 0 else { throw .system(errno, "renaming", path) }
        if isFlushed { try synchroniseFolder(parent(of: new)) }
    }

    static func synchroniseFolder(_ path: String) throws(AgentError) {
        try OpenFile(path, O_RDONLY | O_DIRECTORY).synchronise()
    }

    /// Nil where there is no such link.
    static func target(ofLink path: String) throws(AgentError) -> String? {
        var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
        // The target's length, or -1.
        let count = readlink(path, &buffer, buffer.count)
        if count < 0, errno == ENOENT { return nil }
        guard count >= 0 else { throw .system(errno, "reading the link", path) }
        return String(decoding: buffer[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes a file or a whole tree, without following links; nothing there is fine.
    static func remove(_ path: String) throws(AgentError) {
        var status = stat()
        // 0, or -1.
        guard lstat(path, &status) == 0 else {
            guard errno == ENOENT || errno == ENOTDIR else { throw .system(errno, "looking at", path) }
            return
        }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw AgentError(.fileFailed, at: path, "it cannot be removed: \(error)", remedy: "remove it by hand")
        }
    }

    /// Without `.` and `..`, sorted; empty where there is no such folder.
    static func names(in path: String) throws(AgentError) -> [String] {
        do {
            return try FolderListing.names(in: path).sorted()
        } catch {
            guard error.number == ENOENT else { throw .system(error.number, "listing", path) }
            return []
        }
    }

    /// The paths that are there, what was changed longest ago first.
    static func byAge(_ paths: [String]) -> [String] {
        var aged: [(path: String, at: timespec)] = []
        for path in paths {
            var status = stat()
            // 0, or -1 for what is gone meanwhile.
            if lstat(path, &status) == 0 { aged.append((path, status.st_ctim)) }
        }
        return aged.sorted { ($0.at.tv_sec, $0.at.tv_nsec) < ($1.at.tv_sec, $1.at.tv_nsec) }.map(\.path)
    }

    /// How long a file is; 0 where there is none.
    static func bytes(of path: String) -> Int {
        var status = stat()
        // 0, or -1.
        return lstat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// What a tree takes on the disk, links not followed.
    static func bytes(below path: String) throws(AgentError) -> Int {
        var status = stat()
        // 0, or -1 for what is gone meanwhile.
        guard lstat(path, &status) == 0 else { return 0 }
        var bytes = Int(status.st_blocks) * 512
        if status.st_mode & S_IFMT == S_IFDIR {
            for name in try names(in: path) { bytes += try Self.bytes(below: "\(path)/\(name)") }
        }
        return bytes
    }

    static func parent(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }
}
