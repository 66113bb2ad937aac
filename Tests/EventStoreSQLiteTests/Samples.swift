import EventStore
import EventStoreSQLite
import Foundation
import Testing
import TimeAndChance
import TrainModel

func cluster(_ text: String = "demo") throws -> ClusterName {
    try #require(ClusterName(text))
}

func draft(_ number: Int, body_bytes: Int = 0) throws -> EventDraft {
    let filling = String(repeating: "x", count: body_bytes)
    return try EventDraft(
        time: Instant(unix_ms: 1_700_000_000_000 + Int64(number)),
        kind: "wave.started",
        body: Array(#"{"region":"eu-\#(number)","filling":"\#(filling)"}"#.utf8)
    )
}

/// A folder that disappears with its owner, and a database in it.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/wavetrain-store-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700]
        )
    }

    var database: String { path + "/events.db" }

    func open(ifMissing: SQLiteEventStore.IfMissing = .create) throws -> SQLiteEventStore {
        try SQLiteEventStore.open(at: database, cluster: cluster(), ifMissing: ifMissing)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch { Issue.record(error) }
    }
}

func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}

func write(_ bytes: some Sequence<UInt8>, to path: String) throws {
    try Data(bytes).write(to: URL(fileURLWithPath: path))
}

/// The error of an opening that must be refused, and proof that the refused file was not touched.
func refusal(
    at path: String,
    cluster name: String = "demo",
    ifMissing: SQLiteEventStore.IfMissing = .create,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> EventStoreError {
    let before = FileManager.default.contents(atPath: path)
    let journalBefore = FileManager.default.contents(atPath: path + "-wal")
    let error = try #require(throws: EventStoreError.self, sourceLocation: sourceLocation) {
        try SQLiteEventStore.open(at: path, cluster: cluster(name), ifMissing: ifMissing)
    }
    #expect(FileManager.default.contents(atPath: path) == before, sourceLocation: sourceLocation)
    #expect(
        FileManager.default.contents(atPath: path + "-wal") ?? Data() == journalBefore ?? Data(),
        sourceLocation: sourceLocation
    )
    #expect(error.remedy.count > 10, sourceLocation: sourceLocation)
    return error
}

extension EventStore {
    /// The whole log.
    func allRecords() async throws -> [EventRecord] {
        try await records(after: 0, limit: 1_000_000)
    }
}
