import EventStore
import Logging
import ReleaseDecisions

/// From the log to the state: the newest snapshot and every event behind it.
struct Recovery {
    let state: TrainState
    /// Events folded in after the snapshot.
    let replayed: Int
    let snapshotSequence: UInt64

    private static let page = 2_000

    static func run(from store: any EventStore, log: Logger) async throws -> Recovery {
        var state = TrainState(cluster: store.cluster)
        var sequence: UInt64 = 0
        if let snapshot = try await store.snapshot() {
            if let saved = SnapshotCoding.decode(snapshot.bytes), saved.cluster == store.cluster {
                state = saved
                sequence = snapshot.head.sequence
            } else {
                log.notice("the snapshot is another version's; replaying every event")
            }
        }
        let snapshotSequence = sequence
        var replayed = 0
        while case let records = try await store.records(after: sequence, limit: page), let last = records.last {
            for record in records {
                state.apply(try EventCoding.event(in: record), at: record.time)
            }
            replayed += records.count
            sequence = last.sequence
        }
        return Recovery(state: state, replayed: replayed, snapshotSequence: snapshotSequence)
    }
}
