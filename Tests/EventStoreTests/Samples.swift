import EventStore
import Glibc
import Testing
import TimeAndChance
import TrainModel

func cluster(_ text: String = "demo") throws -> ClusterName {
    try #require(ClusterName(text))
}

func draft(_ number: Int, kind: String = "wave.started") throws -> EventDraft {
    try EventDraft(
        time: Instant(unix_ms: 1_700_000_000_000 + Int64(number)),
        kind: kind,
        body: Array(#"{"region":"eu-\#(number)","note":"für „ana“, \"bo\""}"#.utf8)
    )
}

/// A sound log of `count` records.
func chain(_ count: Int, after head: ChainHead) throws -> [EventRecord] {
    var head = head
    return try (0..<count).map { number in
        let record = EventRecord(try draft(number), after: head)
        head = record.head
        return record
    }
}

extension EventRecord {
    /// The same record with other contents and, unless it is sealed, its old hash.
    func changed(
        sequence: UInt64? = nil,
        time: Instant? = nil,
        kind: String? = nil,
        body: [UInt8]? = nil,
        previousHash: Digest? = nil,
        hash: Digest? = nil,
        sealed: Bool = false
    ) -> EventRecord {
        let changed = EventRecord(
            sequence: sequence ?? self.sequence,
            time: time ?? self.time,
            kind: kind ?? self.kind,
            body: body ?? self.body,
            previousHash: previousHash ?? self.previousHash,
            hash: hash ?? self.hash
        )
        return sealed ? changed.changed(hash: changed.contentHash) : changed
    }
}

/// What a program printed and how it ended.
struct Outcome {
    let output: String
    let status: Int32
}

/// Runs a program with text on its standard input, both streams of output together.
func run(_ arguments: [String], input: String = "") throws -> Outcome {
    let folder = try TemporaryFolder()
    let inputPath = folder.path("input")
    let outputPath = folder.path("output")
    try write(Array(input.utf8), to: inputPath)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, inputPath, O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)

    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    var child: pid_t = 0
    try #require(posix_spawnp(&child, arguments[0], &actions, nil, &pointers, environ) == 0)
    var status: Int32 = 0
    try #require(waitpid(child, &status, 0) == child)
    return Outcome(output: String(decoding: try read(outputPath), as: UTF8.self), status: status)
}

/// A folder that disappears with its owner.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/wavetrain-events-XXXXXX".utf8CString)
        try #require(mkdtemp(&template) != nil)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    func path(_ name: String) -> String { "\(path)/\(name)" }

    deinit {
        guard let folder = opendir(path) else { return }
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            unlink("\(path)/\(name)")
        }
        closedir(folder)
        rmdir(path)
    }
}

func write(_ bytes: [UInt8], to path: String) throws {
    let file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    try #require(file >= 0)
    defer { close(file) }
    try #require(Glibc.write(file, bytes, bytes.count) == bytes.count)
}

func read(_ path: String) throws -> [UInt8] {
    let file = open(path, O_RDONLY | O_CLOEXEC)
    try #require(file >= 0)
    defer { close(file) }
    let size = Int(lseek(file, 0, SEEK_END))
    return try [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
        count = pread(file, buffer.baseAddress, size, 0)
        try #require(count == size)
    }
}
