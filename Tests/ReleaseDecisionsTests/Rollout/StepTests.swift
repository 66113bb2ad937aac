import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// Layers, restarts and the first batch.
@Suite struct StepTests {
    /// `web` comes after `api`, `api` after `db`.
    private func chain(_ change: (inout Plan) -> Void = { _ in }) -> Plan {
        var plan = Make.plan(services: ["web", "db", "api"], Make.wave("one", ["a"], batch: .count(1)))
        plan.services[0].after = [Make.name("api")]
        plan.services[2].after = [Make.name("db")]
        change(&plan)
        return plan
    }

    private func issued(_ fleet: Fleet, _ action: Order.Action, since count: Int = 0) -> [String] {
        fleet.log.dropFirst(count).compactMap { entry in
            guard case .orderIssued(let order) = entry.event, order.action == action else { return nil }
            return "\(order.service) \(order.hosts.map(\.text).joined(separator: "+"))"
        }
    }

    @Test func `a service is ordered when those it is after are applied on every host of the region`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let id = fleet.start(chain(), version: "1")
        fleet.work()
        #expect(
            issued(fleet, .deploy) == [
                "db host-1", "db host-2", "api host-1", "api host-2", "web host-1", "web host-2",
            ]
        )
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `dependent services go back in the opposite order`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        fleet.start(chain(), version: "1")
        fleet.work()
        let started = fleet.start(chain(), version: "2")
        let id = try #require(started)
        fleet.work()
        fleet.tell(.rollBack(id, reason: "looks ill"))
        fleet.work()
        #expect(issued(fleet, .rollBack) == ["web host-1", "api host-1", "db host-1"])
        #expect(fleet.phase(id) == .ended(.rolledBack))
    }

    @Test func `a service that had not come yet need not go back`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        fleet.start(chain(), version: "1")
        fleet.work()
        let id = fleet.start(chain(), version: "2")
        fleet.work { order, _ in order.service.text == "api" && order.artifact.version.text == "2" }
        #expect(issued(fleet, .rollBack) == ["db host-1"], "api went back by itself, web was never touched")
        #expect(fleet.phase(id) == .ended(.rolledBack))
    }

    @Test func `once a service is in place, exactly the named ones are restarted, once, before the bake`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        fleet.start(Make.plan(services: ["web", "jobs"], Make.wave("one", ["a"])), version: "1")
        fleet.work()
        var config = Make.plan(named: "config", services: ["settings"], Make.wave("one", ["a"], bake: .seconds(2)))
        config.services[0].restarts = [Make.name("web")]
        let before = fleet.log.count
        let id = fleet.start(config, version: "7")
        let target = TargetKey(region: Make.name("a"), service: Make.name("web"))
        let generation = try #require(fleet.train.state.targets[target]?.generation)
        fleet.obey(fleet.inbox.removeFirst())
        fleet.obey(fleet.inbox.removeFirst())
        let restart = try #require(fleet.inbox.first?.order)
        #expect(restart.action == .restart)
        #expect(restart.artifact == Make.artifact(Make.name("web"), "1"))
        #expect(restart.generation == generation + 1)
        #expect(fleet.train.state.releases[try #require(id)]?.regions[Make.name("a")]?.phase == .deploying)
        fleet.work()
        #expect(issued(fleet, .restart, since: before) == ["web host-1+host-2"])
        fleet.bake(.seconds(3))
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.never.violations == [])
    }

    @Test func `a restarted service keeps the variables and checks it was deployed with`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        var shop = Make.plan(services: ["web"], Make.wave("one", ["a"], checks: [Make.check]))
        shop.services[0].variables = [Variable(key: "PORT", value: "80")]
        shop.services[0].recipe = Make.name("compose")
        fleet.start(shop, version: "1")
        fleet.work()
        var config = Make.plan(named: "config", services: ["settings"], Make.wave("one", ["a"]))
        config.services[0].restarts = [Make.name("web")]
        fleet.start(config, version: "7")
        fleet.obey(fleet.inbox.removeFirst())
        let restart = try #require(fleet.inbox.first?.order)
        #expect(restart.variables == [Variable(key: "PORT", value: "80")])
        #expect(restart.checks == [Make.check])
        #expect(restart.recipe == Make.name("compose"))
    }

    @Test func `a host that does not run a named service is not restarted`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        var config = Make.plan(named: "config", services: ["settings"], Make.wave("one", ["a"]))
        config.services[0].restarts = [Make.name("web")]
        let id = fleet.start(config, version: "7")
        fleet.work()
        #expect(issued(fleet, .restart).isEmpty)
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `a service that a later layer starts anyway is not restarted besides`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        let plan = chain { $0.services[1].restarts = [Make.name("web")] }
        fleet.start(plan, version: "1")
        fleet.work()
        #expect(issued(fleet, .restart).isEmpty)
    }

    @Test func `what restarts on the way out restarts on the way back`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        fleet.start(Make.plan(services: ["web"], Make.wave("one", ["a"])), version: "1")
        fleet.work()
        var config = Make.plan(named: "config", services: ["settings"], Make.wave("one", ["a"]))
        config.services[0].restarts = [Make.name("web")]
        fleet.start(config, version: "7")
        fleet.work()
        let started = fleet.start(config, version: "8")
        let id = try #require(started)
        fleet.work()
        let before = fleet.log.count
        fleet.tell(.rollBack(id, reason: "wrong setting"))
        fleet.work()
        #expect(issued(fleet, .rollBack, since: before) == ["settings host-1"])
        #expect(issued(fleet, .restart, since: before) == ["web host-1"])
        #expect(fleet.phase(id) == .ended(.rolledBack))
    }

    @Test func `the canary comes alone, and then the batches`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 6)
        var plan = Make.plan(Make.wave("one", ["a"], batch: .count(3)))
        plan.stages[0].waves[0].rollout.canary = .count(1)
        fleet.start(plan, version: "1")
        fleet.work()
        #expect(issued(fleet, .deploy).map { $0.split(separator: "+").count } == [1, 3, 2])
    }

    @Test func `a wave deploys its own services and no others`() {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        var plan = Make.plan(services: ["web", "db"], Make.wave("one", ["a"]), Make.wave("two", ["b"]))
        plan.stages[0].waves[1].services = [Make.name("db")]
        let id = fleet.start(plan, version: "1")
        fleet.work()
        #expect(fleet.version(Make.host("a", 1), "web") == "1")
        #expect(fleet.version(Make.host("b", 1), "web") == nil)
        #expect(fleet.version(Make.host("b", 1), "db") == "1")
        #expect(fleet.phase(id) == .ended(.completed))
    }
}
