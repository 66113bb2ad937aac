import Glibc

/// A secret in a file of its own, read anew each time so that it can be changed while the controller runs.
public struct SecretText: Hashable, Sendable {
    public static let bytes_max = 16 << 10

    public let path: String

    public init(path: String) {
        self.path = path
    }

    /// One line without its end. Refused: a file that others may read, an empty one, one with control characters.
    public func read() throws(OutsideFailure) -> String {
        // A number above or equal to 0, or -1 with errno. Never waits for the other end of a pipe.
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw unusable(String(cString: strerror(errno)), "give the controller's user it") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw unusable("it is no file", "put the secret into a file")
        }
        guard status.st_mode & 0o077 == 0 else { throw unusable("others may read it", "chmod 600 \(path)") }
        var bytes = [UInt8](repeating: 0, count: Self.bytes_max + 1)
        // How many bytes were read, 0 at the end, or -1 with errno.
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw unusable(String(cString: strerror(errno)), "look at its disk") }
        var line = bytes[..<count]
        if line.last == UInt8(ascii: "\n") { line.removeLast() }
        guard !line.isEmpty, line.count <= Self.bytes_max,
            line.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }), let text = String(validating: line, as: UTF8.self)
        else { throw unusable("it does not hold one line of text", "write the secret alone into it, on one line") }
        return text
    }

    private func unusable(_ reason: String, _ remedy: String) -> OutsideFailure {
        OutsideFailure(.secretUnusable, "the secret \(path) cannot be used: \(reason)", remedy: remedy)
    }
}
