import Glibc

/// A file that is written beside its place and put there when it is complete. Not published, it is removed.
final class DownloadFile: Sendable {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32

    init(_ path: String) throws(LocalFileFailure) {
        self.path = path
        temporaryPath = "\(path).part-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        // A number above or equal to 0, or -1 with errno.
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure(path) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        // After `publish` there is no such name any more.
        unlink(temporaryPath)
        close(descriptor)
    }

    func write(_ bytes: UnsafeRawBufferPointer) throws(LocalFileFailure) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure(path) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    func publish() throws(LocalFileFailure) {
        // All three: 0, or -1 with errno.
        guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else { throw Self.failure(path) }
        let folder = open(Self.folder(of: path), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Self.failure(path) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw Self.failure(path) }
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func failure(_ path: String) -> LocalFileFailure {
        LocalFileFailure(reason: "\(path) cannot be written: \(String(cString: strerror(errno)))")
    }
}
