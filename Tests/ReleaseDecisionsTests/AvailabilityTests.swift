import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// Never more hosts of a region out of service than the plan allows, whoever takes them.
@Suite struct AvailabilityTests {
    /// Four hosts run version 1 under a check; one at a time may be taken.
    private func running(_ services: [String] = ["web"]) -> (fleet: Fleet, plan: Plan) {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 4)
        let wave = Make.wave("one", ["a"], batch: .count(4), unavailable: .count(1), checks: [Make.check])
        let plan = Make.plan(services: services, wave)
        fleet.start(plan, version: "1")
        fleet.work()
        return (fleet, plan)
    }

    @Test func `after a restart no host is taken before enough have said that they are healthy`() {
        var (fleet, plan) = running()
        fleet.sample { host, _ in host == Make.host("a", 1) }
        fleet.said[Make.host("a", 2)] = nil
        let id = fleet.start(plan, version: "2")
        #expect(Set(fleet.inbox.map(\.host)) == [Make.host("a", 1)], "the sick one costs nobody anything")
        fleet.work { _, _ in false }
        fleet.sample { host, _ in host == Make.host("a", 3) }
        fleet = fleet.restarted()
        #expect(fleet.inbox.isEmpty)
        for index in [3, 4, 2] { fleet.connect(Make.host("a", index)) }
        #expect(fleet.inbox.allSatisfy { $0.host == Make.host("a", 3) }, "still sick by its own word at the greeting")
        #expect(fleet.never.violations == [])
        fleet.connect(Make.host("a", 1))
        fleet.sample()
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `an agent that starts anew counts as out of service until its first sample`() {
        var (fleet, plan) = running()
        for index in 1...4 { fleet.restartAgent(Make.host("a", index)) }
        let id = fleet.start(plan, version: "2")
        #expect(fleet.inbox.isEmpty)
        #expect(fleet.holds(id).map(\.kind) == [.tooManyUnavailable])
        fleet.sample()
        #expect(fleet.inbox.count == 1)
    }

    @Test func `a service without checks gives no samples and is not out of service for ever`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 3)
        let plan = Make.plan(Make.wave("one", ["a"], unavailable: .count(1)))
        fleet.start(plan, version: "1")
        fleet.work()
        for index in 1...3 { fleet.restartAgent(Make.host("a", index)) }
        let id = fleet.start(plan, version: "2")
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `a host that no longer names a service it ran is out of service, and gets it again`() throws {
        var (fleet, plan) = running()
        let host = Make.host("a", 3)
        fleet.cut(host)
        fleet.connected.insert(host)
        fleet.give(.linkOpened(host, running: []))
        let view = try #require(fleet.train.agentViews().first { $0.host == host.host })
        #expect(view.unhealthy == [Make.name("web")])
        fleet.start(plan, version: "2")
        #expect(fleet.inbox.map(\.host) == [host])
    }

    @Test func `hosts without a link are not taken beyond the limit, whatever a restart forgot of them`() {
        var (fleet, plan) = running()
        for index in 1...3 { fleet.cut(Make.host("a", index)) }
        let id = fleet.start(plan, version: "2")
        fleet.pass(.minutes(1))
        #expect(fleet.train.state.fleet.hosts.values.allSatisfy { $0.outstanding.isEmpty })
        #expect(fleet.holds(id).first?.unmet.contains("3 of 4 hosts") == true)
        for index in 1...3 { fleet.connect(Make.host("a", index)) }
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.never.violations == [])
    }

    @Test func `two releases that share a region count each other's hosts`() throws {
        var (fleet, plan) = running()
        let wave = Make.wave("one", ["a"], batch: .count(4), unavailable: .count(2))
        let other = fleet.start(Make.plan(named: "bank", services: ["pay"], wave), version: "1")
        #expect(fleet.inbox.count == 2)
        let id = fleet.start(plan, version: "2")
        #expect(fleet.inbox.count == 2, "two are out, and this plan allows one")
        fleet.obey(fleet.inbox.removeFirst())
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.phase(other) == .ended(.completed))
        #expect(fleet.never.violations == [])
    }

    @Test func `trouble with another service takes room and gives nobody leave to take a host that serves`() {
        var (fleet, plan) = running()
        fleet.start(Make.plan(named: "bank", services: ["pay"], Make.wave("one", ["a"])), version: "1")
        fleet.work()
        fleet.sample { _, artifact in artifact.name.text == "pay" }
        fleet.start(plan, version: "2")
        #expect(fleet.inbox.isEmpty)
    }

    @Test func `an order that expired while its release was paused keeps its host's room and frees nobody`() throws {
        var (fleet, plan) = running()
        let started = fleet.start(plan, version: "2")
        let id = try #require(started)
        let taken = try #require(fleet.inbox.first).host
        fleet.cut(taken)
        fleet.tell(.pause(id, reason: ""))
        fleet.pass(.hours(1))
        fleet.connect(taken)
        #expect(fleet.inbox.isEmpty)
        let wave = Make.wave("one", ["a"], batch: .count(4), unavailable: .count(1))
        fleet.start(Make.plan(named: "bank", services: ["pay"], wave), version: "1")
        #expect(Set(fleet.inbox.map(\.host)) == [taken])
        fleet.work()
        fleet.tell(.resume(id))
        #expect(fleet.inbox.contains { $0.order.release == id && $0.order.expires > fleet.now })
    }
}
