import Glibc

/// Owns one open file and closes it. Nothing is closed that was written and not synchronised, so that what `close`
/// returns has nothing to add.
final class Descriptor {
    let number: Int32

    /// For sentences only.
    let path: String

    init(opening path: String, _ flags: Int32, mode: mode_t = 0) throws(BundleError) {
        self.path = path
        number = try SystemCall.run("open", path) { open(path, flags | O_CLOEXEC, mode) }
    }

    /// Opens `name` in this folder, never through a link.
    init(opening name: String, in folder: Descriptor, _ flags: Int32, mode: mode_t = 0) throws(BundleError) {
        let path = "\(folder.path)/\(name)"
        self.path = path
        number = try SystemCall.run("open", path) {
            openat(folder.number, name, flags | O_NOFOLLOW | O_CLOEXEC, mode)
        }
    }

    /// Of the same open file.
    init(copying other: Int32) throws(BundleError) {
        let path = "/proc/self/fd/\(other)"
        self.path = path
        number = try SystemCall.run("dup", path) { fcntl(other, F_DUPFD_CLOEXEC, 0) }
    }

    deinit {
        close(number)
    }

    func status() throws(BundleError) -> FileStatus {
        var status = stat()
        try SystemCall.run("fstat", path) { fstat(number, &status) }
        return FileStatus(status)
    }

    /// Fills as much of the buffer as one read gives; zero at the end.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(BundleError) -> Int {
        try SystemCall.run("read", path) { Glibc.read(number, buffer.baseAddress, buffer.count) }
    }

    /// Up to `count` bytes from a place on; fewer at the end of the file.
    func read(at offset_bytes: UInt64, count: Int) throws(BundleError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var done = 0
        while done < count {
            let read_bytes = try SystemCall.run("read", path) {
                bytes.withUnsafeMutableBytes { space in
                    pread(
                        number,
                        space.baseAddress?.advanced(by: done),
                        count - done,
                        off_t(offset_bytes) + off_t(done)
                    )
                }
            }
            guard read_bytes > 0 else { break }
            done += read_bytes
        }
        return Array(bytes.prefix(done))
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(BundleError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = try SystemCall.run("write", path) { Glibc.write(number, rest.baseAddress, rest.count) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    func rewind() throws(BundleError) {
        try SystemCall.run("lseek", path) { lseek(number, 0, SEEK_SET) }
    }

    /// Waits until all that was written is on the disk. After a failure nothing more may be believed of the file.
    func synchronise() throws(BundleError) {
        // 0, or -1: the kernel tells only once.
        guard fsync(number) != 0 else { return }
        throw BundleError(.flushFailed, at: path, "fsync: \(String(cString: strerror(errno)))")
    }

    func setMode(_ mode: mode_t) throws(BundleError) {
        try SystemCall.run("fchmod", path) { fchmod(number, mode) }
    }
}

/// What the kernel knows of a file.
struct FileStatus {
    enum Kind { case file, directory, link, device, fifo, socket }

    let kind: Kind
    let mode: UInt32
    let length_bytes: Int
    /// Device and inode: equal for one and the same file.
    let identity: [UInt64]

    init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .directory
            case S_IFLNK: .link
            case S_IFIFO: .fifo
            case S_IFSOCK: .socket
            default: .device
            }
        mode = status.st_mode
        length_bytes = Int(status.st_size)
        identity = [UInt64(status.st_dev), UInt64(status.st_ino)]
    }

    var isExecutable: Bool { kind == .file && mode & S_IXUSR != 0 }
    var hasSetID: Bool { mode & (S_ISUID | S_ISGID) != 0 }
}
