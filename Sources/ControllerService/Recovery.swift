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
            do {
                state = try SnapshotCoding.decode(snapshot.bytes, cluster: store.cluster)
                sequence = snapshot.head.sequence
            } catch {
                // Nothing is lost: a snapshot only spares time, and the events that it stands for are all there.
                log.warning(
                    "the snapshot is passed over; every event is replayed",
                    metadata: ["snapshot": "\(snapshot.head.sequence)", "reason": "\(error)"]
                )
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
