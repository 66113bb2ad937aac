import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct DepartureTests {
    @Test func `a train departs at its local time, also over a change of the clocks`() {
        var yard = Yard("2026-10-20 00:00")
        yard.enrol("production")
        #expect(yard.register(Yard.plan(train: Yard.trainRule("Fri", "08:00", Yard.berlin))) == .success(.done))
        yard.push("1")
        yard.run(until: "2026-10-24 00:00")
        yard.push("2")
        yard.run(until: "2026-11-01 00:00")
        #expect(yard.departures == ["2026-10-23T06:00 shop-1", "2026-10-30T07:00 shop-2"])
        #expect(yard.outcome("shop-2") == .completed)
        #expect(yard.release("shop-1")?.author == Yard.name("weekly"))
    }

    @Test func `a departure happens once over any number of starts`() {
        var yard = Yard()
        yard.enrol("production")
        _ = yard.register(Yard.plan(train: Yard.trainRule("Fri", "08:00")))
        yard.push("1")
        yard.run(until: "2026-11-20 08:00")
        yard.restart(at: "2026-11-20 08:00")
        yard.restart(at: "2026-11-20 08:10")
        yard.run(until: "2026-11-21 00:00")
        #expect(yard.departures == ["2026-11-20T08:00 shop-1"])
    }

    @Test func `a departure that was slept through is made up for within the hour`() {
        var yard = Yard()
        yard.enrol("production")
        _ = yard.register(Yard.plan(train: Yard.trainRule("Fri", "08:00")))
        yard.push("1")
        yard.restart(at: "2026-11-20 08:59")
        #expect(yard.departures == ["2026-11-20T08:59 shop-1"])
        #expect(yard.train.state.schedule.departures[Yard.name("shop")]?.first?.at == Yard.utc("2026-11-20 08:00"))
        #expect(yard.alarms == [])
    }

    @Test func `a departure that was slept through for an hour is an alarm until one leaves`() {
        var yard = Yard()
        yard.enrol("production")
        _ = yard.register(Yard.plan(train: Yard.trainRule("Fri", "08:00")))
        yard.push("1")
        yard.restart(at: "2026-11-20 09:00")
        #expect(yard.departures == ["2026-11-20T09:00 the controller was not running at 2026-11-20 08:00 UTC"])
        #expect(yard.alarms == ["departure_missed shop"])
        yard.restart(at: "2026-11-20 09:30")
        #expect(yard.departures.count == 1)
        #expect(yard.tell(.departNow(Yard.name("shop")))?.started == Yard.name("shop-1"))
        #expect(yard.alarms == [])
        yard.run(until: "2026-11-27 07:59")
        yard.push("2")
        yard.run(until: "2026-11-27 08:00")
        #expect(yard.departures.last == "2026-11-27T08:00 shop-2")
    }

    @Test func `with nothing to load nothing departs, and everybody can see why`() {
        var yard = Yard()
        yard.enrol("production")
        _ = yard.register(Yard.plan(train: Yard.trainRule("Fri", "08:00")))
        yard.run(until: "2026-11-21 00:00")
        yard.push("1")
        yard.run(until: "2026-12-05 00:00")
        #expect(
            yard.departures == [
                "2026-11-20T08:00 nothing to load: no version of web has been pushed that plan shop accepts",
                "2026-11-27T08:00 shop-1", "2026-12-04T08:00 nothing to load: shop-1 has taken what is newest",
            ]
        )
        #expect(yard.train.trainView(of: Yard.name("shop"), at: yard.now)?.departures.count == 3)
    }

    @Test func `a train loads the newest version that the plan accepts`() {
        var yard = Yard()
        yard.enrol("production")
        var plan = Yard.plan(train: Yard.trainRule("Fri", "08:00"))
        plan.artifacts.versionPattern = #"\d+\.\d+"#
        plan.artifacts.branchPatterns = ["main"]
        _ = yard.register(plan)
        yard.push("1.1")
        yard.push("1.2", branch: "feature/x")
        yard.push("nightly")
        yard.run(until: "2026-11-20 08:00")
        #expect(yard.version("production") == "1.1")
    }

    @Test func `what the next train loads stays, however much is pushed beside it`() {
        var yard = Yard()
        yard.enrol("production")
        var plan = Yard.plan(train: Yard.trainRule("Fri", "08:00"))
        plan.artifacts.branchPatterns = ["main"]
        _ = yard.register(plan)
        yard.push("1.1")
        for number in 1...30 { yard.push("2.\(number)", branch: "feature/x") }
        let looked = yard.give(.bundlesLookedAt(BundleRule(keep: 1)))
        #expect(!looked.events.isEmpty)
        yard.run(until: "2026-11-20 08:00")
        #expect(yard.version("production") == "1.1")
    }

    @Test func `nothing departs in a freeze, planned or declared`() {
        var yard = Yard()
        yard.enrol("production")
        _ = yard.register(Yard.plan(train: Yard.trainRule("Fri", "08:00")))
        yard.push("1")
        yard.tell(.freeze(plan: nil, until: Yard.utc("2026-11-20 09:00"), reason: "the auditors are here"))
        let view = yard.train.trainView(of: Yard.name("shop"), at: yard.now)
        #expect(view?.blocked == "ana declared a freeze: the auditors are here")
        yard.run(until: "2026-11-20 10:00")
        #expect(yard.departures == ["2026-11-20T08:00 ana declared a freeze: the auditors are here"])
        yard.run(until: "2026-11-27 08:00")
        #expect(yard.departures.last == "2026-11-27T08:00 shop-1")
    }

    @Test func `plans that name one train leave together, each with a release of its own`() {
        var yard = Yard()
        yard.enrol("production")
        let rule = Yard.trainRule("Fri", "08:00")
        _ = yard.register(Yard.plan("images", services: ["image"], train: rule))
        #expect(yard.register(Yard.plan("partner", services: ["web"], train: rule)) == .success(.done))
        yard.push("1", of: "image")
        yard.push("1")
        yard.run(until: "2026-11-20 08:00")
        #expect(yard.departures == ["2026-11-20T08:00 images-1", "2026-11-20T08:00 partner-1"])
    }

    @Test func `a plan that describes its train otherwise may not join, and is told the difference`() {
        var yard = Yard()
        _ = yard.register(Yard.plan("images", train: Yard.trainRule("Fri", "08:00")))
        let answer = yard.register(Yard.plan("partner", train: Yard.trainRule("Mon", "08:00")))
        #expect(
            answer?.objection
                == "plan partner joins train weekly, which plan images describes otherwise: departs Mon 08:00 UTC here and Fri 08:00 UTC there; write both the same, or withdraw images first"
        )
        #expect(yard.tell(.withdrawPlan(Yard.name("images"))) == .success(.done))
        #expect(yard.register(Yard.plan("partner", train: Yard.trainRule("Mon", "08:00"))) == .success(.done))
    }

    @Test func `the newest registration counts, and a changed schedule does not depart for times gone by`() {
        var yard = Yard("2026-11-20 07:00")
        yard.enrol("production")
        _ = yard.register(Yard.plan(train: Yard.trainRule("Fri", "08:00")))
        yard.push("1")
        yard.run(until: "2026-11-20 07:50")
        _ = yard.register(Yard.plan(train: Yard.trainRule("Fri", "07:30")))
        yard.run(until: "2026-11-21 00:00")
        #expect(yard.departures == [])
        #expect(yard.register(Yard.plan(train: Yard.trainRule("Fri", "07:30"))) == .success(.alreadyDone))
        yard.tell(.withdrawPlan(Yard.name("shop")))
        yard.run(until: "2026-12-21 00:00")
        #expect(yard.departures == [])
    }

    @Test func `a start that is refused says why at the departure`() {
        var yard = Yard()
        yard.hostsObey = false
        yard.enrol("production")
        let plan = Yard.plan(train: Yard.trainRule("Fri", "08:00"))
        _ = yard.register(plan)
        yard.push("1")
        #expect(yard.start(plan, "1")?.started != nil)
        yard.push("2")
        yard.run(until: "2026-11-20 08:00")
        #expect(
            yard.departures == [
                "2026-11-20T08:00 shop-1 is under way in production with web; let it end, abort it or roll it back first"
            ]
        )
    }
}
