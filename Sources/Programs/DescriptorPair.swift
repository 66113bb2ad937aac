import Glibc
import Synchronization

/// A pipe whose ends are closed once each, from any thread.
final class DescriptorPair: Sendable {
    private let ends: Mutex<(reading: Int32, writing: Int32)>

    init() throws(SystemRefusal) {
        var descriptors: [Int32] = [-1, -1]
        // 0, or -1 with errno.
        guard pipe(&descriptors) == 0 else { throw SystemRefusal(errno) }
        for descriptor in descriptors { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
        ends = Mutex((descriptors[0], descriptors[1]))
    }

    deinit {
        closeReading()
        closeWriting()
    }

    /// -1 once closed.
    var reading: Int32 { ends.withLock { $0.reading } }
    var writing: Int32 { ends.withLock { $0.writing } }

    func closeReading() { ends.withLock { Self.close(&$0.reading) } }
    func closeWriting() { ends.withLock { Self.close(&$0.writing) } }

    private static func close(_ descriptor: inout Int32) {
        if descriptor >= 0 { _ = Glibc.close(descriptor) }
        descriptor = -1
    }
}
