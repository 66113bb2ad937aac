import Glibc

/// The body of a request, read from its beginning and, when libcurl has to send again, from there once more.
final class UploadSource {
    private enum Source {
        case bytes([UInt8])
        case file(Int32, path: String, offset_bytes: Int)
    }

    let length_bytes: Int
    private let source: Source
    private var position_bytes = 0

    init(bytes: [UInt8]) {
        source = .bytes(bytes)
        length_bytes = bytes.count
    }

    /// The file from its byte `offset_bytes` on.
    init(file path: String, offset_bytes: Int) throws(LocalFileFailure) {
        // A number above or equal to 0, or -1 with errno. Never waits for the other end of a pipe.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        source = .file(descriptor, path: path, offset_bytes: offset_bytes)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            length_bytes = 0
            throw LocalFileFailure(reason: "\(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        length_bytes = Int(status.st_size) - offset_bytes
        guard status.st_mode & S_IFMT == S_IFREG else { throw LocalFileFailure(reason: "\(path) is no file") }
        guard (0...Int(status.st_size)).contains(offset_bytes) else {
            throw LocalFileFailure(reason: "\(path) has \(status.st_size) bytes, none to send from \(offset_bytes) on")
        }
    }

    deinit {
        if case .file(let descriptor, _, _) = source, descriptor >= 0 { close(descriptor) }
    }

    /// Fills as much of the buffer as there is; 0 when all of the announced length was read.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws(LocalFileFailure) -> Int {
        let wanted = min(buffer.count, length_bytes - position_bytes)
        guard wanted > 0 else { return 0 }
        switch source {
        case .bytes(let bytes):
            buffer.copyBytes(from: bytes[position_bytes..<(position_bytes + wanted)])
            position_bytes += wanted
            return wanted
        case .file(let descriptor, let path, let offset_bytes):
            let place = off_t(offset_bytes + position_bytes)
            // Bytes read; 0 at the end; -1 with errno.
            var count = pread(descriptor, buffer.baseAddress, wanted, place)
            while count < 0, errno == EINTR {
                count = pread(descriptor, buffer.baseAddress, wanted, place)
            }
            guard count >= 0 else {
                throw LocalFileFailure(reason: "\(path) cannot be read: \(String(cString: strerror(errno)))")
            }
            guard count > 0 else { throw LocalFileFailure(reason: "\(path) became shorter while it was sent") }
            position_bytes += count
            return count
        }
    }

    /// False for a place that does not exist.
    func seek(to offset_bytes: Int) -> Bool {
        guard (0...length_bytes).contains(offset_bytes) else { return false }
        position_bytes = offset_bytes
        return true
    }
}
