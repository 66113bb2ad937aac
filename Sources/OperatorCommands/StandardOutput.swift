import Glibc
import Synchronization

/// The process's two streams. Nothing is kept back in a buffer, so that lines come when they are true.
enum StandardOutput {
    /// Takes what is written instead of the streams, for whoever runs commands inside a process of their own.
    final class Capture: Sendable {
        private let written = Mutex("")
        private let hear: @Sendable (String) -> Void

        /// - Parameter hear: told of each piece as it comes.
        init(hear: @escaping @Sendable (String) -> Void = { _ in }) {
            self.hear = hear
        }

        var text: String { written.withLock { $0 } }

        func take(_ text: String) {
            written.withLock { $0 += text }
            hear(text)
        }
    }

    @TaskLocal static var capture: Capture?

    /// - Throws: `CommandFailure` when the other end does not take it: a closed pipe, a full disk.
    static func write(_ text: String) throws {
        try write(text, to: STDOUT_FILENO, "standard output")
    }

    static func writeError(_ text: String) throws {
        try write(text, to: STDERR_FILENO, "standard error")
    }

    private static func write(_ text: String, to descriptor: Int32, _ name: String) throws {
        if let capture { return capture.take(text) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else {
                throw CommandFailure("cannot write to \(name): \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(count)
        }
    }
}
