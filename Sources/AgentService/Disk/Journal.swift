import FoundationEssentials
import Glibc
import HostDecisions

/// The host's journal: an append-only file of checked frames, each written before anything that follows from it happens.
///
/// Each frame is flushed before anything follows from it, so a crash can tear only the last one; it is left out. The first
/// frame, a snapshot, appears by rename and is never torn. Anything else that is broken is damage, and the agent does not
/// guess: it refuses to start. After a failed write or flush nothing more is written: the process must end and read the
/// disk again. What it reads then may stand in the kernel's memory only, which counts as written since the flush failed; so
/// what is opened is written anew, whole and under its old name, before anything is built upon it.
struct Journal: ~Copyable {
    /// A journal is replaced by a snapshot long before.
    static let length_bytes_max = 256 << 20
    /// So many records wait at most.
    static let waiting_max = 32

    let path: String
    /// How many bytes at the end a crash had torn.
    let torn_bytes: Int
    private var file: OpenFile
    private var sequence: UInt64
    /// All frames up to this one are on the disk.
    private var flushed: UInt64
    /// Records that may be lost: they wait for the next one that may not, and stand before it in its frame.
    private var waiting: [JournalRecord] = []
    private var hasFailed = false

    /// What a journal held when it was opened.
    struct Content {
        var records: [JournalRecord] = []
        var sequence: UInt64 = 0
        var length_bytes = 0
    }

    /// Opens or makes the file and hands its records over.
    init(path: String, records: ([JournalRecord]) throws -> Void) throws {
        let first = JournalFrame(sequence: 1, flushed: 0, payload: try Self.encode([.snapshot(HostMemory())]))
        let bytes = try Files.read(path, bytes_max: Self.length_bytes_max) ?? first.bytes
        let content = try Self.content(of: bytes, path: path)
        try records(content.records)
        try Files.replace(path, with: Array(bytes.prefix(content.length_bytes)))
        file = try OpenFile(path, O_WRONLY | O_APPEND)
        self.path = path
        torn_bytes = bytes.count - content.length_bytes
        sequence = content.sequence
        flushed = content.sequence
    }

    /// Reads without changing anything; for looking at a host from outside.
    static func read(path: String) throws -> [JournalRecord] {
        guard let bytes = try Files.read(path, bytes_max: length_bytes_max) else { return [] }
        return try content(of: bytes, path: path).records
    }

    /// All records are durable when this returns, with all that were appended before; or none of them counts. Where each
    /// of them may be lost, they wait.
    mutating func append(_ records: [JournalRecord]) throws {
        let records = waiting + records
        guard records.count <= Self.waiting_max, records.allSatisfy(\.mayBeLost) else {
            waiting = []
            return try write(records)
        }
        waiting = records
    }

    private mutating func write(_ records: [JournalRecord]) throws {
        let (path, sequence, flushed) = (path, sequence, flushed)
        try whole {
            let payload = try Self.payload(of: records, path)
            try $0.write(JournalFrame(sequence: sequence + 1, flushed: flushed, payload: payload).bytes)
            try $0.synchronise()
        }
        self.sequence += 1
        self.flushed = self.sequence
    }

    /// The journal holds this record only, or what it held before.
    mutating func replace(with record: JournalRecord) throws {
        waiting = []
        let path = path
        try whole { _ in
            let payload = try Self.payload(of: [record], path)
            try Files.replace(path, with: JournalFrame(sequence: 1, flushed: 0, payload: payload).bytes)
        }
        file = try OpenFile(path, O_WRONLY | O_APPEND)
        sequence = 1
        flushed = 1
    }

    /// What no start could read again is not written.
    private static func payload(of records: [JournalRecord], _ path: String) throws -> [UInt8] {
        let payload = try encode(records)
        guard payload.count <= JournalFrame.payload_bytes_max else {
            throw AgentError(
                .fileFailed,
                at: path,
                "a record of \(payload.count) bytes is more than the journal holds",
                remedy: "give the order fewer or shorter checks and variables, then start the agent again"
            )
        }
        return payload
    }

    private mutating func whole(_ body: (borrowing OpenFile) throws -> Void) throws {
        guard !hasFailed else {
            throw AgentError(.fileFailed, at: path, "an earlier write failed", remedy: "start the agent again")
        }
        do {
            try body(file)
        } catch {
            hasFailed = true
            throw error
        }
    }

    // MARK: Form

    private static func encode(_ records: [JournalRecord]) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return Array(try encoder.encode(records))
    }

    private static func content(of bytes: [UInt8], path: String) throws -> Content {
        var content = Content()
        while let frame = JournalFrame.read(bytes, at: content.length_bytes) {
            guard frame.sequence == content.sequence + 1 else {
                throw damaged(path, "frame \(frame.sequence) follows frame \(content.sequence)")
            }
            do {
                content.records += try JSONDecoder().decode([JournalRecord].self, from: Data(frame.payload))
            } catch {
                throw damaged(path, "frame \(frame.sequence) is of another version of the agent (\(error))")
            }
            content.sequence = frame.sequence
            content.length_bytes += JournalFrame.header_bytes + frame.payload.count
        }
        guard content.sequence > 0 else { throw damaged(path, "its first frame is broken") }
        if JournalFrame.provesFlushed(content.sequence + 1, in: bytes, after: content.length_bytes) {
            throw damaged(path, "it is broken at byte \(content.length_bytes), and was whole there once")
        }
        return content
    }

    static func damaged(_ path: String, _ sentence: String) -> AgentError {
        AgentError(
            .damagedJournal,
            at: path,
            sentence,
            remedy:
                "this host keeps running what it runs; look at the disk and put the newest journal back; where it is "
                + "lost, stop the services of this host by hand, remove \(path) and \(EndedFile.name) beside it, and deploy "
                + "again"
        )
    }
}
