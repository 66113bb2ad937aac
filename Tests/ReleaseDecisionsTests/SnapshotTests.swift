import Foundation
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// A snapshot that cannot be read as what it was written as is refused: the events have everything.
@Suite struct SnapshotTests {
    private func snapshot() throws -> [String: Any] {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        fleet.start(Make.plan(Make.wave("one", ["a"])), version: "1")
        let json = try JSONSerialization.jsonObject(with: JSONEncoder().encode(fleet.train.state))
        return try #require(json as? [String: Any])
    }

    private func read(_ snapshot: [String: Any]) throws -> TrainState {
        try JSONDecoder().decode(TrainState.self, from: JSONSerialization.data(withJSONObject: snapshot))
    }

    @Test func `a snapshot without a format, of an older one and of a newer one are refused`() throws {
        var snapshot = try snapshot()
        _ = try read(snapshot)
        let format = try #require(snapshot["format"] as? Int)
        for other in [format - 1, format + 1] {
            snapshot["format"] = other
            #expect(throws: DecodingError.self) { _ = try read(snapshot) }
        }
        snapshot["format"] = nil
        #expect(throws: DecodingError.self) { _ = try read(snapshot) }
    }
}
