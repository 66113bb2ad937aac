import OrderedCollections
import Testing
import TimeAndChance
import TrainModel

@testable import ReleaseDecisions

/// Hosts whose agent is there and takes no orders.
@Suite struct TroubleTests {
    private var fleet = Fleet()
    private let host = Make.host("a", 1)
    private let trouble = HostTrouble(code: "damaged-journal", sentence: "/x/journal: it is broken; look at the disk")

    init() {
        fleet.enrol("a", hosts: 2)
        fleet.start(Make.plan(Make.wave("one", ["a"])), version: "1")
        fleet.work()
    }

    private mutating func meetTrouble() { fleet.meetTrouble(host, trouble) }

    private var alarms: [Alarm] {
        fleet.train.state.schedule.alarms.values.filter { $0.kind == .hostInTrouble }
    }

    private var view: AgentView? { fleet.train.agentViews().first { $0.host == host.host } }

    @Test mutating func `its trouble is shown, and people are told once however often it comes back`() {
        meetTrouble()
        #expect(view?.trouble == trouble)
        #expect(view?.connected == true)
        fleet.give(.linkClosed(host))
        #expect(view?.trouble == nil)
        meetTrouble()
        #expect(alarms.map(\.subject) == ["a/\(host.host)"])
        #expect(alarms.first?.sentence.contains("look at the disk") == true)
        let raised = fleet.log.filter { if case .alarmRaised = $0.event { true } else { false } }
        #expect(raised.count == 1)
        fleet.connect(host)
        #expect(alarms.isEmpty)
        #expect(view?.trouble == nil)
    }

    @Test mutating func `people are told when something else is wrong with it`() {
        meetTrouble()
        let other = HostTrouble(code: "disk-full", sentence: "/x: no space is left; free some")
        fleet.meetTrouble(host, other)
        // The same in other words is nothing new.
        fleet.meetTrouble(host, HostTrouble(code: "disk-full", sentence: "/x: 3 bytes are left; free some"))
        #expect(alarms.map(\.sentence) == ["\(host) takes no orders: \(other)"])
        let raised = fleet.log.filter { if case .alarmRaised = $0.event { true } else { false } }
        #expect(raised.count == 2)
    }

    @Test mutating func `it counts as out of service, and gets its order once it is mended`() throws {
        meetTrouble()
        let started = fleet.start(Make.plan(Make.wave("one", ["a"])), version: "2")
        let id = try #require(started)
        fleet.work()
        #expect(fleet.phase(id) != .ended(.completed))
        #expect(fleet.version(host) == "1")
        let holds = fleet.train.view(of: id, at: fleet.now)?.holds.map(\.kind) ?? []
        #expect(holds.contains { $0 == .hostInTrouble || $0 == .tooManyUnavailable }, "\(holds)")
        fleet.connect(host)
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.version(host) == "2")
    }

    @Test mutating func `a host that is revoked is in nobody's alarms any more`() {
        meetTrouble()
        fleet.tell(.revokeHost(host, reason: "gone"))
        #expect(alarms.isEmpty)
    }
}
