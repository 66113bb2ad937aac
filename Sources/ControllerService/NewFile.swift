import Bundles
import Glibc

/// A file that has no name until it is complete: then it takes a place at once, durably, or never. Only its owner may
/// read it.
final class NewFile: Sendable {
    private static let prefix = "incoming-"

    private let folder: String
    private let temporaryPath: String
    private let descriptor: Int32

    /// - Throws: `DiskFailure`: no space, no permission, too many files.
    init(in folder: String) throws {
        self.folder = folder
        var template = Array("\(folder)/\(Self.prefix)XXXXXX".utf8CString)
        // A number above or equal to 0, or -1 with errno.
        descriptor = mkstemp(&template)
        temporaryPath = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard descriptor >= 0 else { throw DiskFailure("create a file in", folder) }
        // 0; -1 only for what is no descriptor. No process that is started meanwhile inherits it.
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    /// Never published, it is gone.
    deinit {
        guard descriptor >= 0 else { return }
        // After `publish` there is no such name any more.
        unlink(temporaryPath)
        close(descriptor)
    }

    /// - Throws: `DiskFailure`, as everything here.
    func write(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            // Bytes written; -1 with EINTR: again; any other -1: disk full, quota, failing disk.
            let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw DiskFailure("write", temporaryPath) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    /// Takes the place of whatever stands there. The bytes are durable before they have the name, and the name before
    /// this returns.
    func publish(as name: String) throws {
        // All: 0 (or a descriptor), or -1 with errno.
        guard fsync(descriptor) == 0 else { throw DiskFailure("flush", temporaryPath) }
        guard rename(temporaryPath, "\(folder)/\(name)") == 0 else {
            throw DiskFailure("rename to", "\(folder)/\(name)")
        }
        try Self.synchronise(folder)
    }

    /// Makes the names in a folder durable.
    static func synchronise(_ folder: String) throws {
        // A descriptor, or -1; then 0, or -1.
        let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DiskFailure("open", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw DiskFailure("flush", folder) }
    }

    /// Removes what a killed process left incomplete. Only where nobody is writing yet. Returns how many there were.
    static func tidy(_ folder: String) throws -> Int {
        let left = try FolderNames.read(folder).filter { $0.hasPrefix(prefix) }
        for name in left where unlink("\(folder)/\(name)") != 0 { throw DiskFailure("remove", "\(folder)/\(name)") }
        return left.count
    }
}

/// The names in a folder, in no order.
enum FolderNames {
    static func read(_ folder: String) throws(DiskFailure) -> [String] {
        do {
            return try FolderListing.names(in: folder)
        } catch {
            throw DiskFailure("read", folder, error.number)
        }
    }
}

/// A file that is read in one go.
enum WholeFile {
    static func read(_ path: String, bytes_max: Int) throws(DiskFailure) -> [UInt8] {
        // A number above or equal to 0, or -1 with errno.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DiskFailure("read", path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            // Bytes read; 0 at the end; -1 with errno.
            let count = Glibc.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw DiskFailure("read", path) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= bytes_max else {
                throw DiskFailure(sentence: "cannot read \(path): it is longer than \(bytes_max) bytes")
            }
        }
    }
}

/// What the disk did not do, taken from `errno`.
struct DiskFailure: Error, CustomStringConvertible {
    let description: String

    /// - Parameter number: as in errno.h, where the call that failed leaves it.
    init(_ verb: String, _ path: String, _ number: Int32 = errno) {
        description = "cannot \(verb) \(path): \(String(cString: strerror(number)))"
    }

    fileprivate init(sentence: String) { description = sentence }
}
