import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// Returning a part, a set, and staying there.
@Suite struct PartTests {
    /// Versions 1 and 2 of two services have been in place in two regions, one after the other.
    private func completed(_ change: (inout Plan) -> Void = { _ in }) throws -> (
        fleet: Fleet, plan: Plan, id: ReleaseID
    ) {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 2) }
        var plan = Make.plan(services: ["web", "db"], Make.wave("one", ["a", "b"]))
        plan.services[0].after = [Make.name("db")]
        plan.notices = [NoticeRule(channels: ["chat:room"], on: NoticeKind.allCases)]
        change(&plan)
        fleet.start(plan, version: "1")
        fleet.work()
        let started = fleet.start(plan, version: "2")
        fleet.work()
        return (fleet, plan, try #require(started))
    }

    private func versions(_ fleet: Fleet) -> [String] {
        ["a", "b"].flatMap { region in
            (1...2).map {
                "\(fleet.version(Make.host(region, $0)) ?? "-")\(fleet.version(Make.host(region, $0), "db") ?? "-")"
            }
        }
    }

    private func back(
        _ fleet: inout Fleet,
        _ id: ReleaseID,
        regions: [String] = [],
        services: [String] = [],
        hosts: [HostKey] = []
    ) -> Result<Accepted, Refusal>? {
        let answer = fleet.tell(
            .rollBackPart(
                id,
                regions: regions.map { Make.name($0) },
                services: services.map { Make.name($0) },
                hosts: hosts,
                reason: "looks ill"
            )
        )
        fleet.work()
        return answer
    }

    @Test func `one region goes back and the release stays as it ended`() throws {
        var (fleet, _, id) = try completed()
        #expect(back(&fleet, id, regions: ["a"]) == .success(.done))
        #expect(versions(fleet) == ["11", "11", "22", "22"])
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(back(&fleet, id, regions: ["b"]) == .success(.done))
        #expect(versions(fleet) == ["11", "11", "11", "11"])
        #expect(fleet.phase(id) == .ended(.rolledBack), "nothing of it is left")
    }

    @Test func `one service goes back everywhere, and the others stay`() throws {
        var (fleet, _, id) = try completed()
        #expect(back(&fleet, id, services: ["web"]) == .success(.done))
        #expect(versions(fleet) == ["12", "12", "12", "12"])
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(back(&fleet, id, services: ["db"]) == .success(.done))
        #expect(versions(fleet) == ["11", "11", "11", "11"])
        #expect(fleet.never.violations == [])
    }

    @Test func `one host goes back alone`() throws {
        var (fleet, _, id) = try completed()
        #expect(back(&fleet, id, hosts: [Make.host("b", 2)]) == .success(.done))
        #expect(versions(fleet) == ["22", "22", "22", "11"])
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.tell(.rollBack(id, reason: "the rest too")) == .success(.done))
        fleet.work()
        #expect(versions(fleet) == ["11", "11", "11", "11"])
    }

    @Test func `a part of a release under way stops it`() throws {
        var (fleet, plan, _) = try completed { $0.stages[0].waves[0].regionsAtOnce = 1 }
        var slow = plan
        slow.stages[0].waves[0].bake.duration = .minutes(10)
        let started = fleet.start(slow, version: "3")
        let id = try #require(started)
        fleet.work()
        #expect(back(&fleet, id, regions: ["a"]) == .success(.done))
        #expect(versions(fleet) == ["22", "22", "22", "22"])
        #expect(fleet.holds(id).map(\.kind) == [.stopped])
    }

    @Test func `what is not there, was never healthy before, or belongs to a newer release is refused by name`() throws
    {
        var (fleet, plan, id) = try completed()
        func sentence(_ answer: Result<Accepted, Refusal>?) -> String {
            if case .failure(let refusal) = answer { refusal.sentence } else { "" }
        }
        #expect(sentence(back(&fleet, id, services: ["mail"])).contains("has not deployed mail"))
        #expect(sentence(back(&fleet, id, regions: ["c"])).contains("has nothing in c"))
        #expect(sentence(back(&fleet, id, hosts: [Make.host("a", 9)])).contains("has put nothing on a/host-9"))
        fleet.start(plan, version: "3")
        fleet.work()
        #expect(sentence(back(&fleet, id, regions: ["a"])).contains("has deployed web in a since"))
    }

    // MARK: - Sets

    @Test func `dependent services go back together to the last set that ended the stage well`() throws {
        var (fleet, plan, _) = try completed()
        // Only db: the set is web 2 with db 3, and the one before web 2 with db 2.
        fleet.start(plan, version: "3", only: [Make.name("db")])
        fleet.work()
        #expect(versions(fleet) == ["23", "23", "23", "23"])
        #expect(fleet.tell(.rollBackSet(plan.name, Make.name("production"), reason: "no")) == .success(.done))
        fleet.work()
        #expect(versions(fleet) == ["22", "22", "22", "22"])
        #expect(fleet.tell(.rollBackSet(plan.name, Make.name("production"), reason: "no")) == .success(.done))
        fleet.work()
        #expect(versions(fleet) == ["11", "11", "11", "11"])
        guard case .failure(let refusal) = fleet.tell(.rollBackSet(plan.name, Make.name("production"), reason: ""))
        else {
            return #expect(Bool(false), "there is nothing before")
        }
        #expect(refusal.code == .conflict)
        #expect(fleet.never.violations == [])
    }

    @Test func `a set goes back in the order opposite to the way out`() throws {
        var (fleet, plan, _) = try completed()
        let before = fleet.log.count
        fleet.tell(.rollBackSet(plan.name, Make.name("production"), reason: "no"))
        fleet.work()
        let inA = fleet.log.dropFirst(before).compactMap { entry in
            if case .orderIssued(let order) = entry.event, order.region.text == "a" { order.service.text } else { nil }
        }
        #expect(inA == ["web", "db"])
    }

    // MARK: - Staying there

    @Test func `what went back is not deployed again until a person releases it`() throws {
        var (fleet, plan, id) = try completed()
        fleet.tell(.rollBack(id, reason: "broken"))
        fleet.work()
        #expect(fleet.start(plan, version: "3") == nil)
        guard case .failure(let refusal) = fleet.lastAnswer else { return #expect(Bool(false), "no refusal") }
        #expect(refusal.sentence.contains("wavetrain release unpin \(id)"))
        #expect(fleet.tell(.unpin(id, reason: " ")) != .success(.done), "without a reason")
        #expect(fleet.tell(.unpin(id, reason: "fixed in 3")) == .success(.done))
        #expect(fleet.start(plan, version: "3") != nil)
    }

    @Test func `a release on its way is held where something went back, and goes on once it is released`() throws {
        var (fleet, plan, id) = try completed { $0.stages[0].waves[0].regionsAtOnce = 1 }
        var gated = plan
        gated.stages[0].waves[0].regionGates = [Make.approval]
        let started = fleet.start(gated, version: "3")
        let third = try #require(started)
        #expect(fleet.approve(third, "a") == .success(.done))
        #expect(fleet.inbox.isEmpty == false)
        #expect(back(&fleet, id, regions: ["b"]) == .success(.done), "the newer one has not touched b")
        #expect(fleet.approve(third, "b") == .success(.done))
        #expect(fleet.holds(third).contains { $0.kind == .pinned && $0.subject == "production/one/b" })
        #expect(fleet.tell(.unpin(id, reason: "go on")) == .success(.done))
        fleet.work()
        #expect(versions(fleet) == ["33", "33", "33", "33"])
    }

    @Test
    func `a later release goes where nothing went back, and is held where something did, with the way to release it`()
        throws
    {
        var (fleet, plan, id) = try completed { plan in
            plan.stages = ["test": "a", "production": "b"].sorted { $0.key > $1.key }.map { stage, region in
                Stage(name: Make.name(stage), waves: [Make.wave("one", [region], services: ["web", "db"])])
            }
        }
        #expect(back(&fleet, id, regions: ["b"], services: ["web"]) == .success(.done))
        let later = fleet.start(plan, version: "3")
        fleet.work()
        #expect(versions(fleet) == ["33", "33", "12", "12"])
        let hold = try #require(fleet.holds(later).first { $0.kind == .pinned })
        #expect(hold.subject == "production/one/b")
        #expect(hold.unmet == "web in b went back with \(id) and stays as it is")
        #expect(hold.canAct == "an operator: `wavetrain release unpin \(id) --reason …`")
        #expect(fleet.tell(.unpin(id, reason: "fixed in 3")) == .success(.done))
        fleet.work()
        #expect(versions(fleet) == ["33", "33", "33", "33"])
        #expect(fleet.phase(later) == .ended(.completed))
    }

    @Test func `a return that fails raises an alarm, calls people and stops`() throws {
        var (fleet, _, id) = try completed()
        fleet.tell(.rollBack(id, reason: "broken"))
        fleet.work { order, host in order.action == .rollBack && host == Make.host("a", 1) }
        #expect(fleet.holds(id).map(\.kind).contains(.stopped))
        #expect(fleet.train.scheduleView(at: fleet.now).alarms.map(\.kind) == [.returnFailed])
        #expect(fleet.notices.contains { $0.kind == .page && $0.sentence.contains("a/host-1") })
    }
}
