import OrderedCollections
import Testing
import TimeAndChance
import TrainModel

@testable import ReleaseDecisions

/// Hosts that were set back.
@Suite struct DriftTests {
    private var fleet = Fleet()
    private let host = Make.host("a", 1)
    private let plan = Make.plan(Make.wave("one", ["a"]))

    init() {
        fleet.enrol("a", hosts: 2)
        for version in ["1", "2"] {
            fleet.start(plan, version: version)
            fleet.work()
        }
    }

    private var alarms: [Alarm] {
        fleet.train.state.schedule.alarms.values.filter { $0.kind == .hostDiffers }
    }

    /// The host comes back with another disk.
    private mutating func comeBack(running artifacts: [ServiceName: Artifact]) {
        fleet.cut(host)
        fleet.running[host] = artifacts
        fleet.receipts[host] = nil
        fleet.connect(host)
    }

    @Test mutating func `a host that was set back or emptied raises an alarm once, until it is released to again`()
        throws
    {
        let now = try #require(fleet.running[host])
        for old in [now.mapValues { Make.artifact($0.name, "1") }, [:]] {
            comeBack(running: old)
            comeBack(running: old)
            #expect(alarms.count == 1)
            let sentence = try #require(alarms.first?.sentence)
            #expect(sentence.contains(old.isEmpty ? "runs no " : " 1, and its newest receipt says 2"), "\(sentence)")
            comeBack(running: now)
            #expect(alarms.isEmpty)
        }
        comeBack(running: [:])
        fleet.start(plan, version: "3")
        fleet.work()
        #expect(alarms.isEmpty)
        #expect(fleet.version(host) == "3")
    }

    @Test mutating func `what an order in hand changes is no difference`() {
        fleet.start(plan, version: "3")
        // Carried out, and the receipt is on its way.
        comeBack(running: (fleet.running[host] ?? [:]).mapValues { Make.artifact($0.name, "3") })
        #expect(alarms.isEmpty)
    }

    @Test mutating func `a host that is revoked is in nobody's alarms any more`() {
        comeBack(running: [:])
        #expect(alarms.count == 1)
        fleet.tell(.revokeHost(host, reason: "gone"))
        #expect(alarms.isEmpty)
    }
}
