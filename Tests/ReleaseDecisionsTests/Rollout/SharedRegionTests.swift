import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// Releases that take something from the same hosts, and what an ended one has left behind.
@Suite struct SharedRegionTests {
    private let web: ServiceName = Make.name("web")

    private func start(_ fleet: inout Fleet, _ plan: Plan, _ version: String) throws -> ReleaseID {
        let started = fleet.start(plan, version: version)
        return try #require(started)
    }

    private func orders(of id: ReleaseID, in fleet: Fleet) -> [OrderIssued] {
        fleet.log.compactMap { entry in
            guard case .orderIssued(let order) = entry.event, order.release == id else { return nil }
            return order
        }
    }

    /// Settings that restart `web` are in place, each on both hosts; the first of which has version 2 of `web` already.
    private func midway() throws -> (fleet: Fleet, settings: ReleaseID, shop: ReleaseID) {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        var wave = Make.wave("one", ["a"], batch: .count(1), bake: .seconds(5))
        let shop = Make.plan(wave)
        _ = try start(&fleet, shop, "1")
        fleet.work()
        fleet.bake(.seconds(6))
        wave.bake.duration = .zero
        var config = Make.plan(named: "config", services: ["settings"], wave)
        config.services[0].restarts = [web]
        _ = try start(&fleet, config, "7")
        fleet.work()
        let settings = try start(&fleet, config, "8")
        fleet.work()
        let second = try start(&fleet, shop, "2")
        fleet.obey(fleet.inbox.removeFirst())
        return (fleet, settings, second)
    }

    private func returnSettings(_ fleet: inout Fleet, _ id: ReleaseID) {
        fleet.tell(.rollBackPart(id, regions: [Make.name("a")], services: [], hosts: [], reason: "wrong"))
        #expect(fleet.phase(id) == .returning)
    }

    @Test func `a wave whose turn comes where another release is on its way back waits, and its hold says for which`()
        throws
    {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        let shop = Make.plan(Make.wave("one", ["b"]))
        _ = try start(&fleet, shop, "1")
        fleet.work()
        let back = try start(&fleet, shop, "2")
        fleet.work()
        let other = Make.plan(named: "other", Make.wave("one", ["a"]), Make.wave("two", ["b"]))
        let waiting = try start(&fleet, other, "3")
        fleet.tell(.rollBack(back, reason: "customers complain"))
        let own = try #require(fleet.inbox.firstIndex { $0.order.release == waiting })
        fleet.obey(fleet.inbox.remove(at: own))
        #expect(fleet.holds(waiting).contains { $0.kind == .pinned && $0.unmet == "\(back) is on its way back in b" })
        fleet.work()
        #expect(!fleet.holds(waiting).contains { $0.unmet.contains("on its way back") })
        #expect(fleet.version(Make.host("b", 1)) == "1")
        fleet.tell(.unpin(back, reason: "looked at"))
        fleet.work()
        #expect(fleet.phase(waiting) == .ended(.completed))
        #expect(fleet.version(Make.host("b", 1)) == "3")
    }

    @Test func `once nothing is pinned, the end of a return alone lets the wave start that waited for it`() throws {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        let shop = Make.plan(services: ["web", "db"], Make.wave("one", ["b"]))
        _ = try start(&fleet, shop, "1")
        fleet.work()
        let back = try start(&fleet, shop, "2")
        fleet.work()
        var other = Make.plan(named: "other", services: ["pay"], Make.wave("one", ["a"]), Make.wave("two", ["b"]))
        other.services[0].restarts = [web]
        let waiting = try start(&fleet, other, "3")
        fleet.tell(.rollBackPart(back, regions: [], services: [web], hosts: [], reason: "looks ill"))
        let own = try #require(fleet.inbox.firstIndex { $0.order.release == waiting })
        fleet.obey(fleet.inbox.remove(at: own))
        #expect(fleet.holds(waiting).map(\.unmet).contains("\(back) is on its way back in b"))
        fleet.work()
        #expect(fleet.phase(waiting) == .ended(.completed))
    }

    @Test func `who restarts what another release deploys waits for it, and a hold says for which`() throws {
        var (fleet, settings, shop) = try midway()
        let before = orders(of: settings, in: fleet).count
        returnSettings(&fleet, settings)
        #expect(orders(of: settings, in: fleet).count == before)
        let words = "\(shop) is at work in a on what \(settings) takes there, too"
        #expect(fleet.holds(settings).map(\.unmet) == [words])
        fleet.work()
        #expect(fleet.phase(settings) == .ended(.rolledBack))
        let restarts = orders(of: settings, in: fleet).dropFirst(before).filter { $0.action == .restart }
        #expect(restarts.map(\.artifact.version.text) == ["2", "2"])
        fleet.bake(.seconds(6))
        #expect(fleet.phase(shop) == .ended(.completed))
    }

    @Test func `a way back that others' restarts overtake takes a newer generation and passes by who is back already`()
        throws
    {
        var (fleet, settings, shop) = try midway()
        // The second host never hears of its order.
        fleet.inbox = []
        fleet.tell(.pause(shop, reason: "lunch"))
        returnSettings(&fleet, settings)
        // From here on the older release comes first.
        fleet = fleet.restarted()
        for index in 1...2 { fleet.connect(Make.host("a", index)) }
        for _ in 0..<2 { fleet.sample { host, artifact in host.host.text == "host-1" && artifact.name.text == "web" } }
        #expect(fleet.phase(shop) == .returning)
        let own = try #require(fleet.train.state.releases[shop]?.regions[Make.name("a")]?.generations[web])
        #expect(!orders(of: shop, in: fleet).contains { $0.action == .rollBack })
        fleet.work()
        let back = orders(of: shop, in: fleet).filter { $0.action == .rollBack }
        #expect(back.map(\.hosts) == [[Make.host("a", 1).host]])
        let restart = try #require(orders(of: settings, in: fleet).last { $0.action == .restart })
        #expect(restart.hosts == [Make.host("a", 2).host])
        #expect(restart.generation > own)
        #expect(back.allSatisfy { $0.generation > restart.generation })
        let passed = fleet.log.compactMap { entry in
            if case .hostsPassed(let event) = entry.event { event.hosts } else { nil }
        }
        #expect(passed == [[Make.host("a", 2).host]])
        #expect(fleet.phase(shop) == .ended(.rolledBack))
        for index in 1...2 { #expect(fleet.version(Make.host("a", index)) == "1") }
    }

    @Test func `what an abort left on its way back stays there while another part returns, until a person returns it`()
        throws
    {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        let plan = Make.plan(Make.wave("one", ["a", "b"]))
        _ = try start(&fleet, plan, "1")
        fleet.work()
        let id = try start(&fleet, plan, "2")
        fleet.work()
        fleet.tell(.rollBackPart(id, regions: [Make.name("a")], services: [], hosts: [], reason: "looks ill"))
        fleet.cut(Make.host("a", 1))
        fleet.tell(.abort(id, reason: "never mind"))
        fleet.tell(.rollBackPart(id, regions: [Make.name("b")], services: [], hosts: [], reason: "looks ill"))
        fleet.connect(Make.host("a", 1))
        #expect(fleet.inbox.map(\.host) == [Make.host("b", 1)])
        fleet.work()
        #expect(fleet.phase(id) == .ended(.aborted))
        #expect(fleet.version(Make.host("a", 1)) == "2")
        #expect(fleet.version(Make.host("b", 1)) == "1")
        fleet.tell(.rollBack(id, reason: "after all"))
        fleet.work()
        #expect(fleet.phase(id) == .ended(.rolledBack))
        #expect(fleet.version(Make.host("a", 1)) == "1")
        #expect(fleet.never.violations.isEmpty)
    }
}
