import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct ReturnTests {
    /// Version 1 runs in a, b and c; version 2 is baking in a and b.
    private func baking(_ policy: UnhealthyPolicy = .rollBack(.wave)) -> (fleet: Fleet, plan: Plan, id: ReleaseID?) {
        var fleet = Fleet()
        for region in ["a", "b", "c"] { fleet.enrol(region, hosts: 2) }
        let plan = Make.plan(
            services: ["web", "db"],
            Make.wave(
                "one",
                ["a", "b"],
                batch: .count(1),
                unavailable: .count(1),
                bake: .seconds(5),
                onUnhealthy: policy
            ),
            Make.wave("two", ["c"])
        )
        fleet.start(plan, version: "1")
        fleet.work()
        fleet.bake(.seconds(6))
        fleet.work()
        let id = fleet.start(plan, version: "2")
        fleet.work()
        return (fleet, plan, id)
    }

    @Test func `an unhealthy region returns the whole wave, and the next wave never gets an order`() throws {
        var (fleet, _, id) = baking()
        fleet.sample()
        fleet.sample { host, artifact in host.region.text == "b" && artifact.version.text == "2" }
        #expect(fleet.phase(id) == .returning)
        fleet.work()
        #expect(fleet.phase(id) == .ended(.rolledBack))
        for region in ["a", "b", "c"] {
            for index in 1...2 { #expect(fleet.version(Make.host(region, index)) == "1") }
        }
        let view = try #require(id.flatMap { fleet.train.view(of: $0, at: fleet.now) })
        #expect(view.failure?.region.text == "b")
        #expect(view.failure?.hostsReturned == 4)
    }

    @Test
    func `the way back takes no more hosts at once than the plan allows, but those that are out already go first`() {
        var (fleet, _, _) = baking()
        fleet.sample()
        fleet.sample { host, artifact in host == Make.host("b", 2) && artifact.version.text == "2" }
        // In b the sick host is out of service anyway and fills the room of one; in a one healthy host may go.
        let hosts = Set(fleet.inbox.map(\.host))
        #expect(hosts == [Make.host("b", 2), Make.host("a", 1)])
    }

    @Test(arguments: [nil, 1, 2]) func `a version of the very same bytes as the one before has a way back`(
        fails index: Int?
    ) throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let plan = Make.plan(Make.wave("one", ["a"], batch: .count(1), unavailable: .count(2)))
        let id = try start("1+again", after: "1", of: plan, in: &fleet)
        fleet.work { order, host in
            host.host.text.hasSuffix("-\(index ?? 0)") && order.artifact.version.text == "1+again"
        }
        if index == nil { fleet.tell(.rollBack(id, reason: "customers complain")) }
        fleet.work()
        #expect(fleet.phase(id) == .ended(.rolledBack))
        for index in 1...2 { #expect(fleet.version(Make.host("a", index)) == "1") }
    }

    @Test func `what runs can be rolled back however many releases have ended elsewhere since`() throws {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        let plan = Make.plan(Make.wave("one", ["a"]))
        let id = try start("2", after: "1", of: plan, in: &fleet)
        fleet.work()
        let other = Make.plan(named: "other", Make.wave("one", ["b"]))
        for version in 1...60 {
            fleet.start(other, version: "\(version)")
            fleet.work()
        }
        #expect(fleet.train.state.releases.count <= 52)
        #expect(fleet.tell(.rollBack(id, reason: "customers complain")) == .success(.done))
        fleet.work()
        #expect(fleet.version(Make.host("a", 1)) == "1")
    }

    /// One version runs, and the other has been started.
    private func start(
        _ version: String,
        after before: String,
        of plan: Plan,
        in fleet: inout Fleet
    ) throws -> ReleaseID {
        fleet.start(plan, version: before)
        fleet.work()
        let started = fleet.start(plan, version: version)
        return try #require(started)
    }

    /// Six hosts run version 2, of which three may be out of service, and version 1 is to come back in batches of two.
    private func goingBack() throws -> Fleet {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 6)
        let plan = Make.plan(Make.wave("one", ["a"], batch: .count(2), unavailable: .count(3)))
        let id = try start("2", after: "1", of: plan, in: &fleet)
        fleet.work()
        fleet.tell(.rollBack(id, reason: "customers complain"))
        return fleet
    }

    @Test func `the way back goes in batches, each when the one before has answered`() throws {
        var fleet = try goingBack()
        #expect(fleet.inbox.count == 2, "there is room for three")
        fleet.obey(fleet.inbox.removeFirst())
        #expect(fleet.inbox.count == 1, "the other of its batch is at work")
        fleet.obey(fleet.inbox.removeFirst())
        #expect(fleet.inbox.count == 2)
        fleet.work()
        #expect((1...6).allSatisfy { fleet.version(Make.host("a", $0)) == "1" })
        #expect(fleet.never.violations == [])
    }

    @Test func `a way back does not wait for hosts that cannot answer, and they take up its room`() throws {
        var fleet = try goingBack()
        let taken = fleet.inbox.map(\.host)
        fleet.cut(taken[0])
        fleet.setClock(taken[1], isOff: true)
        fleet.work()
        #expect((3...6).allSatisfy { fleet.version(Make.host("a", $0)) == "1" })
        #expect(taken.allSatisfy { fleet.version($0) == "2" })
        fleet.connect(taken[0])
        fleet.setClock(taken[1], isOff: false)
        fleet.work()
        #expect(taken.allSatisfy { fleet.version($0) == "1" })
        #expect(fleet.never.violations == [])
    }

    @Test func `a host that failed and went back by itself gets no order to return`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let plan = Make.plan(Make.wave("one", ["a"], batch: .count(1)))
        fleet.start(plan, version: "1")
        fleet.work()
        let id = fleet.start(plan, version: "2")
        fleet.work { order, _ in order.artifact.version.text == "2" }
        #expect(fleet.phase(id) == .ended(.rolledBack))
        #expect(
            fleet.log.allSatisfy {
                if case .orderIssued(let order) = $0.event { order.action == .deploy } else { true }
            }
        )
        #expect(fleet.version(Make.host("a", 2)) == "1")
    }

    @Test func `a region that ran nothing before stops the release for a person`() {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        let id = fleet.start(Make.plan(Make.wave("one", ["a"])), version: "1")
        fleet.work { _, _ in true }
        #expect(fleet.holds(id).map(\.kind) == [.stopped])
        guard let id else { return }
        #expect(fleet.tell(.abort(id, reason: "")) == .success(.done))
    }

    @Test func `a host that cannot return stops the release and is named`() {
        var (fleet, _, id) = baking()
        fleet.sample()
        fleet.sample { host, artifact in host.region.text == "b" && artifact.version.text == "2" }
        fleet.work { order, host in order.action == .rollBack && host == Make.host("b", 1) }
        #expect(fleet.holds(id).map(\.kind).contains(.hostStuck))
        #expect(fleet.holds(id).contains { $0.unmet.contains("b/host-1") })
    }

    @Test func `a way back of one region ends a pause, and what the pause held back elsewhere is sent again`() throws {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        let plan = Make.plan(Make.wave("one", ["a", "b"]))
        fleet.start(plan, version: "1")
        fleet.work()
        let second = fleet.start(plan, version: "2")
        let id = try #require(second)
        fleet.inbox = []
        fleet.tell(.pause(id, reason: "lunch"))
        fleet.pass(.minutes(20))
        #expect(fleet.inbox.isEmpty)
        fleet.tell(.rollBackPart(id, regions: [Make.name("a")], services: [], hosts: [], reason: "looks ill"))
        #expect(Set(fleet.inbox.map(\.host)) == [Make.host("a", 1), Make.host("b", 1)])
        fleet.work()
        #expect(fleet.version(Make.host("a", 1)) == "1")
        #expect(fleet.version(Make.host("b", 1)) == "2")
        #expect(fleet.train.state.fleet.hosts.values.allSatisfy { $0.outstanding.isEmpty })
    }

    @Test func `a completed release can be rolled back until another one has deployed there`() throws {
        var (fleet, plan, id) = baking()
        fleet.bake(.seconds(6))
        fleet.work()
        let second = try #require(id)
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.tell(.rollBack(second, reason: "customers complain")) == .success(.done))
        fleet.work()
        #expect(fleet.phase(id) == .ended(.rolledBack))
        #expect(fleet.version(Make.host("c", 1)) == "1")
        fleet.start(plan, version: "3")
        guard case .failure(let refusal) = fleet.tell(.rollBack(second, reason: "")) else {
            return #expect(Bool(false), "no refusal")
        }
        #expect(refusal.code == .conflict)
    }

    @Test func `with the policy stop nothing returns by itself`() throws {
        var (fleet, _, id) = baking(.stop)
        fleet.sample()
        fleet.sample { host, artifact in host.region.text == "b" && artifact.version.text == "2" }
        #expect(fleet.inbox.isEmpty)
        #expect(fleet.holds(id).map(\.kind) == [.stopped])
        #expect(fleet.tell(.rollBack(try #require(id), reason: "")) == .success(.done))
        fleet.work()
        #expect(fleet.phase(id) == .ended(.rolledBack))
    }

    @Test func `one new region does not keep the others from returning`() {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        fleet.start(Make.plan(Make.wave("one", ["a"])), version: "1")
        fleet.work()
        let id = fleet.start(Make.plan(Make.wave("one", ["a", "b"])), version: "2")
        fleet.work { order, host in order.artifact.version.text == "2" && host.region.text == "b" }
        #expect(fleet.version(Make.host("a", 1)) == "1")
        #expect(fleet.holds(id).contains { $0.kind == .stopped && $0.unmet.contains("b ran nothing before") })
    }

    @Test func `a pause does not hold back what has to return`() throws {
        var (fleet, _, id) = baking()
        fleet.sample()
        fleet.sample { host, artifact in host.region.text == "b" && artifact.version.text == "2" }
        fleet.tell(.pause(try #require(id), reason: ""))
        fleet.work()
        #expect(fleet.version(Make.host("b", 1)) == "1")
    }

    @Test func `an agent that is stopping gets its order again and nothing is condemned`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        let id = fleet.start(Make.plan(Make.wave("one", ["a"])), version: "1")
        let delivered = fleet.inbox.removeFirst()
        let refusal = OrderRefusal(order: delivered.order.id, code: "agent-stopping", sentence: "later")
        fleet.give(.refusal(delivered.host, refusal))
        fleet.cut(delivered.host)
        fleet.connect(delivered.host)
        fleet.work()
        #expect(fleet.phase(id) == .ended(.completed))
    }

    /// Version 1 is healthy in a; version 2 was left there by an abort before anybody could judge it.
    private func abandoned() throws -> (fleet: Fleet, plan: Plan) {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 2)
        let plan = Make.plan(Make.wave("one", ["a"], bake: .seconds(5)))
        fleet.start(plan, version: "1")
        fleet.work()
        fleet.bake(.seconds(6))
        let started = fleet.start(plan, version: "2")
        let second = try #require(started)
        fleet.work()
        fleet.tell(.abort(second, reason: "never mind"))
        return (fleet, plan)
    }

    @Test func `the way back is what was judged healthy last, not what was merely deployed last`() throws {
        var (fleet, plan) = try abandoned()
        #expect(fleet.version(Make.host("a", 1)) == "2")
        let id = fleet.start(plan, version: "3")
        fleet.work()
        fleet.sample()
        fleet.sample { _, artifact in artifact.version.text == "3" }
        fleet.work()
        #expect(fleet.phase(id) == .ended(.rolledBack))
        for index in 1...2 { #expect(fleet.version(Make.host("a", index)) == "1") }
    }

    @Test func `a host that went back by itself to what nobody judged gets an order to the way back`() throws {
        var (fleet, plan) = try abandoned()
        let id = fleet.start(plan, version: "3")
        fleet.work { order, _ in order.action == .deploy }
        #expect(fleet.phase(id) == .ended(.rolledBack))
        for index in 1...2 { #expect(fleet.version(Make.host("a", index)) == "1") }
    }

    @Test func `a release that turned out unhealthy after its verdict is no way back for the next one`() throws {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 1) }
        let waves = [
            Make.wave("one", ["a"], bake: .seconds(2), onUnhealthy: .stop),
            Make.wave("two", ["b"], bake: .minutes(5)),
        ]
        fleet.start(Make.plan(waves), version: "1")
        fleet.work()
        fleet.bake(.seconds(3))
        fleet.work()
        fleet.bake(.seconds(301))
        let started = fleet.start(Make.plan(waves), version: "2")
        let second = try #require(started)
        fleet.work()
        fleet.bake(.seconds(3))
        fleet.work()
        let target = TargetKey(region: Make.name("a"), service: Make.name("web"))
        #expect(fleet.train.state.targets[target]?.blessed?.version.text == "2")
        fleet.sample { host, _ in host.region.text == "a" }
        #expect(fleet.holds(second).map(\.kind) == [.stopped])
        #expect(fleet.train.state.targets[target]?.blessed?.version.text == "1")
    }

    @Test func `a region where nothing was ever judged healthy has no way back`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        let plan = Make.plan(Make.wave("one", ["a"], bake: .seconds(5)))
        let started = fleet.start(plan, version: "1")
        let first = try #require(started)
        fleet.work()
        fleet.tell(.abort(first, reason: ""))
        let id = fleet.start(plan, version: "2")
        fleet.work { _, _ in true }
        #expect(fleet.holds(id).map(\.kind) == [.stopped])
        #expect(fleet.holds(id).first?.unmet.contains("nothing before that was judged healthy") == true)
    }

    @Test func `a rollback against an active release is refused by name`() throws {
        var (fleet, plan, id) = baking()
        fleet.bake(.seconds(6))
        fleet.work()
        let second = try #require(id)
        #expect(fleet.phase(second) == .ended(.completed))
        let started = fleet.start(plan, version: "3")
        let third = try #require(started)
        guard case .failure(let refusal) = fleet.tell(.rollBack(second, reason: "")) else {
            return #expect(Bool(false), "no refusal")
        }
        #expect(refusal.code == .conflict)
        #expect(refusal.sentence.contains(third.text))
        #expect(fleet.phase(second) == .ended(.completed))
    }
}
