import Glibc

/// One owner of a file descriptor; closes it when it goes.
struct OpenFile: ~Copyable {
    let descriptor: Int32
    let path: String

    /// `flags` as in open(2); `O_CLOEXEC` is always added.
    init(_ path: String, _ flags: Int32, mode: mode_t = 0o600) throws(AgentError) {
        // The new descriptor, or -1.
        descriptor = Glibc.open(path, flags | O_CLOEXEC, mode)
        self.path = path
        guard descriptor >= 0 else { throw .system(errno, "opening", path) }
    }

    deinit { _ = Glibc.close(descriptor) }

    func write(_ bytes: [UInt8]) throws(AgentError) {
        var offset = 0
        while offset < bytes.count {
            // How many bytes were written, or -1.
            let count = bytes[offset...].withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(errno, "writing", path) }
            offset += count
        }
    }

    /// Everything from the present position to the end.
    func readToEnd(bytes_max: Int) throws(AgentError) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            // How many bytes were read, 0 at the end, or -1.
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(errno, "reading", path) }
            if count == 0 { return bytes }
            bytes.append(contentsOf: buffer[..<count])
            guard bytes.count <= bytes_max else { throw .system(EFBIG, "reading", path) }
        }
    }

    /// Hands over everything from the present position to the end.
    func readPieces(_ body: ([UInt8]) -> Void) throws(AgentError) {
        var buffer = [UInt8](repeating: 0, count: 256 << 10)
        while true {
            // How many bytes were read, 0 at the end, or -1.
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(errno, "reading", path) }
            if count == 0 { return }
            body(Array(buffer[..<count]))
        }
    }

    /// What was written survives a power cut when this returns. Never call it again after it failed: the kernel forgets.
    func synchronise() throws(AgentError) {
        // 0, or -1.
        guard fsync(descriptor) != 0 else { return }
        throw AgentError(
            .flushFailed,
            at: path,
            "writing to the disk failed: \(String(cString: strerror(errno)))",
            remedy: "look at the disk and the kernel's log; the agent begins again from what is there"
        )
    }
}
