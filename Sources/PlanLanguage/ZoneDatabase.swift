import Calendars
import Glibc

/// The distribution's time zone database. A plan carries the rules that it had here when it was compiled.
public enum ZoneDatabase {
    private static let folder = "/usr/share/zoneinfo"
    private static let file_bytes_max = 1 << 20

    /// For `PlanCompiler.compile`.
    ///
    /// - Throws: `Unreadable` where the name is no zone's or the database is not installed, and what `Zone` finds wrong
    ///   with the file.
    public static func zone(named name: String) throws -> Zone {
        if name == Zone.utc.name { return .utc }
        guard Zone.isName(name) else { throw Unreadable("\(name) is no time zone's name, such as Europe/Berlin") }
        return try Zone(name: name, file: try bytes(of: "\(folder)/\(name)"))
    }

    public struct Unreadable: Error, CustomStringConvertible, Sendable {
        public let description: String

        init(_ description: String) {
            self.description = description
        }
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        // A number above or equal to 0, or -1 with errno.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw unreadable(path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 14)
        while bytes.count <= file_bytes_max {
            // Bytes read; 0 at the end; -1 with errno, EISDIR for a name such as Europe.
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw unreadable(path) }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
        }
        throw Unreadable("\(path) is no time zone's file: it is longer than \(file_bytes_max) bytes")
    }

    private static func unreadable(_ path: String) -> Unreadable {
        Unreadable("cannot read \(path): \(String(cString: strerror(errno))); the package tzdata has the time zones")
    }
}
