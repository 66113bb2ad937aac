import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// A host that has been revoked is nobody's business any more, in mid-release too.
@Suite(.timeLimit(.minutes(10))) struct RevocationTests {
    @Test func `a release goes on without a revoked host whose answer it awaited`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 3)
        let wave = Make.wave("one", ["a"], batch: .count(2), unavailable: .count(2), bake: .seconds(2))
        let id = fleet.start(Make.plan(wave), version: "1")
        fleet.cut(Make.host("a", 1))
        fleet.work()
        #expect(fleet.holds(id).map(\.kind) == [.hostAbsent])
        fleet.tell(.revokeHost(Make.host("a", 1), reason: "gone"))
        fleet.work()
        fleet.bake(.seconds(3))
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.version(Make.host("a", 1)) == nil)
        #expect(fleet.version(Make.host("a", 3)) == "1")
    }

    @Test func `a bake does not wait for a revoked host, and does not count what it had said as enough`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let id = fleet.start(Make.plan(Make.wave("one", ["a"], bake: .seconds(5))), version: "1")
        fleet.work()
        fleet.cut(Make.host("a", 2))
        fleet.bake(.seconds(6))
        #expect(fleet.phase(id) == .running)
        fleet.tell(.revokeHost(Make.host("a", 2), reason: "gone"))
        #expect(fleet.phase(id) == .ended(.completed))

        let second = fleet.start(Make.plan(Make.wave("one", ["a"], bake: .seconds(5))), version: "2")
        fleet.enrol("a", hosts: 2)
        fleet.work()
        fleet.bake(.seconds(6))
        #expect(fleet.phase(second) == .ended(.completed), "who enrolled later has no part in it")
    }

    @Test func `a region whose only host was revoked is never healthy, says so, and starts nothing behind it`() throws {
        for isBaking in [false, true] {
            var fleet = Fleet()
            for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
            let plan = Make.plan(Make.wave("one", ["a"], bake: .seconds(5)), Make.wave("two", ["b"]))
            let started = fleet.start(plan, version: "1")
            let id = try #require(started)
            if isBaking { fleet.work() }
            fleet.tell(.revokeHost(Make.host("a", 1), reason: "gone"))
            fleet.pass(.hours(1))
            #expect(fleet.phase(id) == .running)
            #expect(fleet.holds(id).map(\.kind) == [.noHosts])
            #expect(fleet.holds(id).first?.unmet.contains("has been revoked") == true)
            #expect(fleet.inbox.isEmpty)
            #expect(fleet.tell(.abort(id, reason: "")) == .success(.done))
        }
    }

    @Test func `a return goes on without a revoked host`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 3)
        let plan = Make.plan(Make.wave("one", ["a"], unavailable: .count(1), bake: .seconds(5)))
        fleet.start(plan, version: "1")
        fleet.work()
        fleet.bake(.seconds(6))
        let id = fleet.start(plan, version: "2")
        fleet.work()
        fleet.sample()
        fleet.sample { host, _ in host == Make.host("a", 2) }
        #expect(fleet.phase(id) == .returning)
        fleet.cut(Make.host("a", 2))
        fleet.work()
        #expect(fleet.phase(id) == .returning)
        fleet.tell(.revokeHost(Make.host("a", 2), reason: "gone"))
        fleet.work()
        #expect(fleet.phase(id) == .ended(.rolledBack))
        #expect(fleet.version(Make.host("a", 1)) == "1")
        #expect(fleet.version(Make.host("a", 3)) == "1")
    }

    @Test func `a region without a host left has nobody to return, and the other regions do return`() throws {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        let plan = Make.plan(Make.wave("one", ["a", "b"]))
        fleet.start(plan, version: "1")
        fleet.work()
        let started = fleet.start(plan, version: "2")
        let id = try #require(started)
        fleet.work()
        fleet.tell(.revokeHost(Make.host("a", 1), reason: "gone"))
        fleet.tell(.rollBack(id, reason: ""))
        fleet.work()
        #expect(fleet.phase(id) == .ended(.rolledBack))
        #expect(fleet.version(Make.host("b", 1)) == "1")
    }

    @Test func `a revoked name that joins again is another machine, and has no part in what was going on`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let id = fleet.start(Make.plan(Make.wave("one", ["a"], batch: .count(1), bake: .seconds(2))), version: "1")
        fleet.work()
        fleet.tell(.revokeHost(Make.host("a", 1), reason: "disk"))
        fleet.join(Make.host("a", 1), token: "again")
        #expect(fleet.train.state.fleet.hosts[Make.host("a", 1)]?.running.isEmpty == true)
        fleet.bake(.seconds(3))
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `nothing is expected of a revoked host after a restart either`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let id = fleet.start(Make.plan(Make.wave("one", ["a"])), version: "1")
        fleet.cut(Make.host("a", 1))
        fleet.tell(.revokeHost(Make.host("a", 1), reason: "gone"))
        fleet = fleet.restarted()
        fleet.connect(Make.host("a", 2))
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
    }
}
