import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct GeneratedGateTests {
    @Test(arguments: 0..<60)
    func `whatever happens, nothing starts past a gate, nothing leaves in a freeze, and the log gives the same holds`(
        seed: UInt64
    ) {
        var chaos = GateChaos(seed: seed)
        chaos.play()
        #expect(chaos.books.violations.isEmpty, "seed \(seed)")
        #expect(chaos.differences.isEmpty, "seed \(seed)")
        for release in chaos.station.train.state.releases.values where release.isActive {
            Issue.record(
                "seed \(seed): \(release.id) goes on for ever: \(chaos.station.holds(release.id).map(\.unmet))"
            )
        }
    }
}
