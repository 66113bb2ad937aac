import Glibc
import Patterns

/// How far a log has been read, and how many of its lines counted. Everything here blocks.
struct LogCursor: Sendable {
    /// What one look reads at most.
    static let look_bytes_max = 4 << 20
    /// Of a longer line only the beginning is looked at.
    static let line_bytes_max = 8 << 10
    static let example_bytes_max = 200
    private static let piece_bytes = 64 << 10
    private static let seam_bytes = 64

    /// Nil: there was none to read yet.
    private(set) var file: LogFile?
    private(set) var offset: Int64
    private(set) var count: Int
    /// The beginning of the first line that counted.
    private(set) var example = ""
    /// The last line so far, which has no end yet.
    private var line: [UInt8] = []
    /// What stands before the offset: if it is another text, the log was cut and written anew.
    private var seam: [UInt8]

    init(file: LogFile?, offset: Int64, count: Int = 0) {
        self.file = file
        self.offset = offset
        self.count = count
        let seam_bytes = min(offset, Int64(Self.seam_bytes))
        seam = []
        // What cannot be read now is not compared later.
        do throws(AgentError) { seam = try file?.read(at: offset - seam_bytes, Int(seam_bytes)) ?? [] } catch {}
    }

    /// Reads on to the end of what is at the path, through a rotation if there was one.
    ///
    /// - Returns: the bytes that are left to read; 0: it has caught up. Nil: there is no log.
    /// - Throws: what is there cannot be read. It is where it was, or has read a part.
    mutating func advance(to path: String, _ pattern: Pattern) throws(AgentError) -> Int64? {
        try beginAnewWhereCut()
        var budget = Self.look_bytes_max
        while true {
            if let file {
                let left = try read(file, pattern, &budget)
                guard left == 0 else { return left }
            }
            guard let present = LogFile(path) else { return file == nil ? nil : 0 }
            guard present.identity != file?.identity else { return 0 }
            endLine(pattern)
            (file, offset, seam) = (present, 0, [])
        }
    }

    private mutating func beginAnewWhereCut() throws(AgentError) {
        guard let file else { return }
        let present = try file.read(at: offset - Int64(seam.count), seam.count)
        if file.length_bytes < offset || present != seam { (offset, seam, line) = (0, [], []) }
    }

    private mutating func read(
        _ file: LogFile,
        _ pattern: Pattern,
        _ budget: inout Int
    ) throws(AgentError) -> Int64 {
        while budget > 0 {
            let piece = try file.read(at: offset, min(Self.piece_bytes, budget))
            if piece.isEmpty { return 0 }
            budget -= piece.count
            offset += Int64(piece.count)
            seam = Array((seam + piece.suffix(Self.seam_bytes)).suffix(Self.seam_bytes))
            take(piece, pattern)
        }
        return max(0, file.length_bytes - offset)
    }

    private mutating func take(_ piece: [UInt8], _ pattern: Pattern) {
        var rest = piece[...]
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            append(rest[..<end])
            endLine(pattern)
            rest = rest[(end + 1)...]
        }
        append(rest)
    }

    private mutating func append(_ bytes: ArraySlice<UInt8>) {
        line += bytes.prefix(max(0, Self.line_bytes_max - line.count))
    }

    private mutating func endLine(_ pattern: Pattern) {
        defer { line.removeAll(keepingCapacity: true) }
        guard !line.isEmpty, pattern.occurs(in: String(decoding: line, as: UTF8.self)) else { return }
        count += 1
        if example.isEmpty { example = String(decoding: line.prefix(Self.example_bytes_max), as: UTF8.self) }
    }
}

/// An open log, which stays the same file when its name is given to another.
final class LogFile: Sendable {
    struct Identity: Hashable, Sendable {
        let device: UInt64
        let inode: UInt64
    }

    let identity: Identity
    private let path: String
    private let descriptor: Int32

    /// Nil: no regular file that may be read.
    init?(_ path: String) {
        // The descriptor, or -1; a pipe would make the opener wait.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        // 0, or -1.
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = close(descriptor)
            return nil
        }
        self.path = path
        self.descriptor = descriptor
        identity = Identity(device: UInt64(status.st_dev), inode: UInt64(status.st_ino))
    }

    deinit { _ = close(descriptor) }

    var length_bytes: Int64 {
        var status = stat()
        // 0, or -1.
        return fstat(descriptor, &status) == 0 ? Int64(status.st_size) : 0
    }

    /// Empty at the end, which an error is not.
    func read(at offset: Int64, _ count_max: Int) throws(AgentError) -> [UInt8] {
        guard count_max > 0, offset >= 0 else { return [] }
        var failure: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count_max) { buffer, count in
            // How many bytes were read, 0 at the end, or -1.
            let read = pread(descriptor, buffer.baseAddress, buffer.count, off_t(offset))
            if read < 0 { failure = errno }
            count = max(0, read)
        }
        guard failure == 0 else { throw .system(failure, "reading", path) }
        return bytes
    }
}
