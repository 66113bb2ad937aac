import EventStore
import Foundation
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Events as the log keeps them: one JSON object with sorted keys under the kind's stored name.
///
/// Reading uses Foundation's decoder only on bytes that the log's hash chain has already vouched for, and that this
/// same code wrote.
struct EventCoding {
    private let encoder: JSONEncoder

    init() {
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    }

    func draft(of event: Event, at now: Instant) throws -> EventDraft {
        let (kind, body) = event.stored
        return try EventDraft(time: now, kind: kind.rawValue, body: Array(encoder.encode(body)))
    }

    static func event(in record: EventRecord) throws -> Event {
        guard let kind = Event.Kind(rawValue: record.kind) else {
            throw ControllerError(
                .eventUnreadable,
                "record \(record.sequence) has the kind \"\(record.kind)\", which this version does not know",
                remedy: "Start the version that wrote it, or a newer one"
            )
        }
        do {
            return try Event(kind: kind, from: Body(json: Data(record.body)))
        } catch {
            throw ControllerError(
                .eventUnreadable,
                "record \(record.sequence) (\(record.kind)) cannot be read: \(error)",
                remedy: "Start the version that wrote it, or restore the database from a backup"
            )
        }
    }

    private struct Body: EventBodyReader {
        let json: Data
        func read<Value: Decodable>() throws -> Value { try JSONDecoder().decode(Value.self, from: json) }
    }
}

/// The folded state as a snapshot keeps it.
struct SnapshotCoding: Codable {
    /// Raised whenever `TrainState` changes so that older snapshots must be made anew from the events.
    static let format = 2

    let format: Int
    let state: TrainState

    static func encode(_ state: TrainState) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return Array(try encoder.encode(SnapshotCoding(format: format, state: state)))
    }

    /// - Throws: `SnapshotUnusable` with the reason; the events have everything.
    static func decode(_ bytes: [UInt8], cluster: ClusterName) throws(SnapshotUnusable) -> TrainState {
        struct Version: Decodable { let format: Int }
        let json = Data(bytes)
        let saved: SnapshotCoding
        do {
            let found = try JSONDecoder().decode(Version.self, from: json).format
            guard found == format else {
                throw SnapshotUnusable("it has format \(found), this version writes \(format)")
            }
            saved = try JSONDecoder().decode(SnapshotCoding.self, from: json)
        } catch let error as SnapshotUnusable {
            throw error
        } catch {
            throw SnapshotUnusable("it cannot be read: \(error)")
        }
        guard saved.state.cluster == cluster else {
            throw SnapshotUnusable("it is of the cluster \(saved.state.cluster)")
        }
        return saved.state
    }
}

/// Why a snapshot is passed over.
struct SnapshotUnusable: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
