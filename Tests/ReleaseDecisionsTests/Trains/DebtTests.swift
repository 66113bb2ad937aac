import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct DebtTests {
    @Test func `a hotfix leaves a debt that blocks the next departure until it is paid`() {
        var (yard, plan) = owing()
        #expect(yard.train.state.schedule.debts.keys.elements == ["shop-1/1"])
        #expect(yard.train.scheduleView(at: yard.now).debts.first?.sentence == "put the reverted changes back")
        yard.push("2")
        yard.run(until: "2026-11-20 08:00")
        #expect(
            yard.departures == [
                "2026-11-20T08:00 debt shop-1/1 of ana is open: put the reverted changes back; when that is done, `wavetrain debt pay shop-1/1`"
            ]
        )
        #expect(yard.start(plan, "2")?.objection?.contains("shop-1/1") == true)
        #expect(yard.tell(.payDebt("shop-1/1", note: "change 812"), by: "bo") == .success(.done))
        yard.run(until: "2026-11-27 08:00")
        #expect(yard.departures.last == "2026-11-27T08:00 shop-2")
        #expect(
            yard.train.manualActs().filter { $0.kind == .debt }.map(\.subject) == ["put the reverted changes back"]
        )
    }

    @Test func `a debt blocks every plan of the train, and another hotfix is let through`() {
        var (yard, plan) = owing()
        let other = Yard.plan("partner", services: ["db"], train: plan.train)
        _ = yard.register(other)
        yard.push("1", of: "db")
        #expect(yard.tell(.departNow(Yard.name("partner")))?.objection?.hasPrefix("debt shop-1/1") == true)
        yard.push("2")
        #expect(yard.start(plan, "2", by: "ana", ["engineers"]) { $0.lane = Yard.name("hotfix") }?.started != nil)
        #expect(yard.train.state.schedule.debts.keys.elements == ["shop-1/1", "shop-2/1"])
    }

    @Test func `a debt is paid with a note, and once`() {
        var (yard, _) = owing()
        #expect(
            yard.tell(.payDebt("shop-1/1", note: ""))?.objection
                == "say in a note how shop-1/1 was paid, such as the change that did it"
        )
        #expect(
            yard.tell(.payDebt("shop-9/1", note: "done"))?.objection
                == "there is no open debt shop-9/1; open: shop-1/1"
        )
        yard.restart()
        #expect(yard.train.state.schedule.debts.count == 1)
        #expect(yard.tell(.payDebt("shop-1/1", note: "change 812")) == .success(.done))
        #expect(
            yard.tell(.payDebt("shop-1/1", note: "change 812"))?.objection
                == "there is no open debt shop-1/1; none is"
        )
    }

    @Test func `breaking the glass leaves a debt, an alarm and a page`() {
        var yard = Yard()
        yard.enrol("production")
        var plan = Yard.plan(gates: [Yard.approval])
        plan.breakGlass = BreakGlassRule(
            by: [.person(Yard.name("ana"))],
            page: [.person(Yard.name("bo"))],
            debt: "write down why nobody could approve"
        )
        yard.push("1")
        _ = yard.start(plan, "1")
        #expect(yard.tell(.breakGlass(Yard.name("shop-1"), subject: "", reason: "the site is down")) == .success(.done))
        #expect(yard.outcome("shop-1") == .completed)
        #expect(yard.alarms == ["glass_broken shop-1 production/all"])
        #expect(yard.train.state.schedule.debts.values.map(\.sentence) == ["write down why nobody could approve"])
        #expect(
            yard.told.contains(
                "page chat:room: bo: ana broke the glass at production/all of shop-1: the site is down"
            )
        )
        #expect(yard.tell(.clearAlarm(.glassBroken, subject: "shop-1 production/all"), by: "bo") == .success(.done))
        #expect(yard.alarms == [])
    }

    /// `shop-1` went out as a hotfix.
    private func owing() -> (Yard, Plan) {
        var yard = Yard()
        yard.enrol("production")
        var plan = Yard.plan(train: Yard.trainRule("Fri", "08:00"))
        plan.lanes = [
            LaneRule(
                name: Yard.name("hotfix"),
                artifacts: ArtifactRule(),
                by: [.group(Yard.name("engineers"))],
                skips: [],
                ignoresWindows: true,
                debt: "put the reverted changes back"
            )
        ]
        _ = yard.register(plan)
        yard.push("1")
        #expect(yard.start(plan, "1", by: "ana", ["engineers"]) { $0.lane = Yard.name("hotfix") }?.started != nil)
        return (yard, plan)
    }
}
