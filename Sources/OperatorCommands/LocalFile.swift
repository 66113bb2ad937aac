import Glibc

/// Files on this side, read whole, and written so that they are complete under their name or not there.
final class LocalFile {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32

    /// - Throws: `CommandFailure` when it cannot be read, is longer, or is no file.
    static func read(_ path: String, bytes_max: Int, remedy: String) throws -> [UInt8] {
        var bytes: [UInt8] = []
        try readPieces(path, remedy: remedy) { piece in
            bytes += piece
            guard bytes.count <= bytes_max else {
                throw CommandFailure("\(path) is longer than \(bytes_max) bytes", remedy: remedy)
            }
        }
        return bytes
    }

    static func readPieces(_ path: String, remedy: String, _ take: ([UInt8]) throws -> Void) throws {
        // A number above or equal to 0, or -1 with errno.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path, remedy: remedy) }
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            // Bytes read; 0 at the end; -1 with errno.
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("read", path, remedy: remedy) }
            guard count > 0 else { return }
            try take(Array(buffer[..<count]))
        }
    }

    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    /// A new file; one that is there already is not touched.
    init(creating path: String) throws {
        guard !Self.exists(path) else { throw Self.alreadyThere(path) }
        self.path = path
        temporaryPath = "\(path).part-\(getpid())"
        descriptor = open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw Self.failure("write", path, remedy: Self.writeRemedy) }
    }

    deinit {
        guard descriptor >= 0 else { return }
        unlink(temporaryPath)
        close(descriptor)
    }

    func write(_ bytes: some Collection<UInt8>) throws {
        var rest = Array(bytes)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw Self.failure("write", path, remedy: Self.writeRemedy) }
            rest = rest.dropFirst(count)
        }
    }

    /// Gives the complete file its name, once it is on the disk.
    func publish() throws {
        guard fsync(descriptor) == 0 else { throw Self.failure("write", path, remedy: Self.writeRemedy) }
        // 0; or -1 with EEXIST when somebody else made it meanwhile: unlike a rename, a link replaces nothing.
        guard link(temporaryPath, path) == 0 else {
            throw errno == EEXIST ? Self.alreadyThere(path) : Self.failure("write", path, remedy: Self.writeRemedy)
        }
    }

    private static let writeRemedy = "make room on that disk or name a folder you may write in; nothing was kept"

    private static func alreadyThere(_ path: String) -> CommandFailure {
        CommandFailure("\(path) is there already", remedy: "name another file, or move that one away")
    }

    private static func failure(_ verb: String, _ path: String, remedy: String) -> CommandFailure {
        CommandFailure("cannot \(verb) \(path): \(String(cString: strerror(errno)))", remedy: remedy)
    }
}
