import Foundation
import Glibc

/// A file of this process alone, which has no name: whatever ends the process, nothing of it stays.
final class NamelessFile {
    let descriptor: Int32

    init() throws(CommandFailure) {
        let folder = FileManager.default.temporaryDirectory.path
        var name = Array("\(folder)/wavetrain-XXXXXX".utf8CString)
        // A descriptor, or -1 with errno.
        descriptor = mkstemp(&name)
        guard descriptor >= 0 else {
            let reason = String(cString: strerror(errno))
            throw CommandFailure("no file can be made in \(folder): \(reason)", remedy: "name another folder in TMPDIR")
        }
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        // 0, or -1: then it stays until somebody cleans up.
        unlink(name)
    }

    deinit { close(descriptor) }

    /// For what opens files by a path; while this one lives.
    var path: String { "/proc/self/fd/\(descriptor)" }
}
