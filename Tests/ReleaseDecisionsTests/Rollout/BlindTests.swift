import ReleaseDecisions
import OrderedCollections
import Testing
import TimeAndChance
import TrainModel

/// Hosts that see nothing, and hosts whose clocks are off.
@Suite struct BlindTests {
    private func running(hosts: Int) -> (fleet: Fleet, plan: Plan) {
        var fleet = Fleet()
        fleet.enrol("a", hosts: hosts)
        let plan = Make.plan(Make.wave("one", ["a"], bake: .seconds(5)))
        fleet.start(plan, version: "1")
        fleet.work()
        fleet.bake(.seconds(6))
        return (fleet, plan)
    }

    @Test func `what hosts cannot see is no data: the bake does not end, and the hold names the smoke test`() throws {
        var (fleet, plan) = running(hosts: 2)
        let id = fleet.start(plan, version: "2")
        fleet.work()
        for _ in 0..<60 {
            for index in 1...2 { fleet.sampleBlindly(Make.host("a", index)) }
            fleet.pass(.seconds(1))
        }
        #expect(fleet.phase(id) == .running)
        let holds = fleet.holds(id)
        #expect(holds.map(\.kind) == [.noHealthData])
        #expect(try #require(holds.first).unmet.contains("errors of web on host-1: no metric"))
        fleet.bake(.seconds(6))
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `a host that sees nothing any more counts as out of service where the plan's limit is concerned`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let plan = Make.plan(Make.wave("one", ["a"], batch: .count(1), unavailable: .count(1), checks: [Make.check]))
        fleet.start(plan, version: "1")
        fleet.work()
        for index in 1...2 { fleet.sampleBlindly(Make.host("a", index)) }
        let id = fleet.start(plan, version: "2")
        #expect(fleet.holds(id).map(\.kind) == [.tooManyUnavailable])
        fleet.sample()
        fleet.work()
        #expect(fleet.holds(id).map(\.kind) != [.tooManyUnavailable])
    }

    @Test func `a host whose clock is off counts as out of service until it is right`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 3)
        let plan = Make.plan(Make.wave("one", ["a"], batch: .count(1), unavailable: .count(1)))
        fleet.start(plan, version: "1")
        fleet.work()
        for index in 1...2 { fleet.setClock(Make.host("a", index), isOff: true) }
        let id = fleet.start(plan, version: "2")
        #expect(fleet.inbox.isEmpty)
        #expect(fleet.holds(id).map(\.kind) == [.tooManyUnavailable])
        for index in 1...2 { fleet.setClock(Make.host("a", index), isOff: false) }
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.never.violations == [])
    }

    @Test func `a host whose clock is off holds the region by its name, raises an alarm, and goes on once it is right`()
        throws
    {
        var (fleet, plan) = running(hosts: 2)
        let host = Make.host("a", 1)
        let off = ClockReading(ahead: .hours(-1), error: .milliseconds(20))
        fleet.give(.clockRead(host, off))
        #expect(fleet.train.state.schedule.alarms.keys.map(\.kind) == [.clockOff])
        let id = fleet.start(plan, version: "2")
        let order = try #require(fleet.train.state.fleet.hosts[host]?.outstanding.first?.order)
        fleet.give(.refusal(host, OrderRefusal(order: order, code: OrderRefusal.clockOff, sentence: "set it right")))
        #expect(fleet.phase(id) == .running)
        let hold = try #require(fleet.holds(id).first { $0.kind == .clockOff })
        #expect(hold.unmet.contains("the clock of host-1 is 1h behind the controller's"))
        #expect(fleet.train.agentViews().first { $0.host == host.host }?.clock == off)
        fleet.give(.clockRead(host, ClockReading(ahead: .zero, error: .milliseconds(20))))
        #expect(fleet.train.state.schedule.alarms.isEmpty)
        fleet.work()
        fleet.bake(.seconds(8))
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.never.violations == [])
    }
}
