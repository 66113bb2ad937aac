import Glibc

/// What is done to names inside an open folder. No call here follows a link.
extension Descriptor {
    func openFolder(_ name: String) throws(BundleError) -> Descriptor {
        try Descriptor(opening: name, in: self, O_RDONLY | O_DIRECTORY)
    }

    /// A file or folder that was not there before; only this user can open it until its mode is set.
    func createFile(_ name: String) throws(BundleError) -> Descriptor {
        try Descriptor(opening: name, in: self, O_WRONLY | O_CREAT | O_EXCL, mode: 0o600)
    }

    func createFolder(_ name: String) throws(BundleError) {
        try SystemCall.run("mkdir", "\(path)/\(name)") { mkdirat(number, name, 0o700) }
    }

    func createLink(_ name: String, to target: LinkTarget) throws(BundleError) {
        try SystemCall.run("symlink", "\(path)/\(name)") { symlinkat(target.text, number, name) }
    }

    /// Nil when there is no such name.
    func status(of name: String) throws(BundleError) -> FileStatus? {
        var status = stat()
        do throws(BundleError) {
            try SystemCall.run("stat", "\(path)/\(name)") { fstatat(number, name, &status, AT_SYMLINK_NOFOLLOW) }
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
        return FileStatus(status)
    }

    func targetOfLink(_ name: String) throws(BundleError) -> [UInt8] {
        // One more than is allowed, so that what is too long is seen to be.
        let room_bytes = EntryPath.length_bytes_max + 1
        var target = [CChar](repeating: 0, count: room_bytes)
        let count = try SystemCall.run("readlink", "\(path)/\(name)") {
            readlinkat(number, name, &target, room_bytes)
        }
        return target.prefix(count).map { UInt8(bitPattern: $0) }
    }

    /// The names in this folder without `.` and `..`, sorted by their bytes.
    func names() throws(BundleError) -> [String] {
        // The listing owns and closes a descriptor of its own.
        let copy = try SystemCall.run("open", path) { openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC) }
        guard let listing = fdopendir(copy) else {
            let failure = SystemCall.error("fdopendir", path, errno)
            close(copy)
            throw failure
        }
        defer { closedir(listing) }
        let names: [[UInt8]]
        do {
            names = try FolderListing.names(in: listing) {
                Array(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
            }
        } catch {
            throw SystemCall.error("readdir", path, error.number)
        }
        var texts: [String] = []
        for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }) {
            guard let text = String(validating: name, as: UTF8.self) else {
                throw BundleError(.notUTF8, at: "\(path)/\(String(decoding: name, as: UTF8.self))")
            }
            texts.append(text)
        }
        return texts
    }

    func rename(_ name: String, to newName: String) throws(BundleError) {
        try SystemCall.run("rename", "\(path)/\(newName)") { renameat(number, name, number, newName) }
    }

    /// Waits until all that is in this folder, however deep, and the folder itself are on the disk. A link is in its
    /// folder.
    func synchroniseTree() throws(BundleError) {
        for name in try names() {
            switch try status(of: name)?.kind {
            case .file: try openFile(name).synchronise()
            case .directory: try openFolder(name).synchroniseTree()
            case .link, .device, .fifo, .socket, nil: break
            }
        }
        try synchronise()
    }

    /// Removes a file, link or folder with all that is in it. What is not there is as good as removed.
    func remove(_ name: String) throws(BundleError) {
        guard let status = try status(of: name) else { return }
        if status.kind == .directory {
            let folder = try openFolder(name)
            for inner in try folder.names() { try folder.remove(inner) }
        }
        let flags = status.kind == .directory ? AT_REMOVEDIR : 0
        try SystemCall.run("unlink", "\(path)/\(name)") { unlinkat(number, name, flags) }
    }
}
