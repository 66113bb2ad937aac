import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct AlarmTests {
    @Test func `a train that has not left for a week is an alarm until a release ends well`() {
        var yard = Yard()
        yard.enrol("production")
        var rule = TrainRule(name: Yard.name("daily"))
        rule.atLeastEvery = .days(7)
        _ = yard.register(Yard.plan(train: rule))
        yard.run(until: "2026-11-27 05:59")
        #expect(yard.alarms == [])
        yard.run(until: "2026-11-27 06:00")
        #expect(yard.alarms == ["nothing_departed shop"])
        yard.restart(at: "2026-11-27 07:00")
        #expect(yard.alarms == ["nothing_departed shop"])
        #expect(yard.history { if case .alarmRaised = $0 { "raised" } else { nil } } == ["2026-11-27T06:00 raised"])
        yard.push("1")
        #expect(yard.tell(.departNow(Yard.name("shop")))?.started != nil)
        #expect(yard.alarms == [])
        yard.run(until: "2026-12-04 06:59")
        #expect(yard.alarms == [])
        yard.run(until: "2026-12-04 07:00")
        #expect(yard.alarms == ["nothing_departed shop"])
    }

    @Test func `a stage that takes longer than expected is an alarm until it ends`() {
        var (yard, plan) = slow()
        yard.hostsObey = false
        _ = yard.start(plan, "1")
        yard.run(.minutes(19))
        #expect(yard.alarms == [])
        yard.run(.minutes(1))
        #expect(yard.alarms == ["overdue shop-1 staging"])
        #expect(
            yard.train.state.schedule.alarms.values.first?.sentence.hasPrefix(
                "stage staging of shop-1 was expected to take 20m and is still under way; it waits: "
            ) == true
        )
        yard.tell(.abort(Yard.name("shop-1"), reason: "no use"))
        #expect(yard.alarms == [])
    }

    @Test func `a stage that ends in time raises no alarm, however long the release waits after it`() {
        var (yard, plan) = slow(gates: [Yard.approval])
        _ = yard.start(plan, "1")
        yard.run(.hours(3))
        #expect(yard.release("shop-1")?.isActive == true)
        #expect(yard.alarms == [])
    }

    @Test func `a restart keeps waiting for the end of a stage, and raises nothing that a person has cleared`() {
        var (yard, plan) = slow()
        yard.hostsObey = false
        _ = yard.start(plan, "1")
        yard.restart()
        yard.run(.minutes(20))
        #expect(yard.alarms == ["overdue shop-1 staging"])
        yard.tell(.clearAlarm(.overdue, subject: "shop-1 staging"), by: "bo")
        yard.restart()
        yard.run(.minutes(20))
        #expect(yard.alarms == [])
    }

    private func slow(gates: [Gate] = []) -> (Yard, Plan) {
        var yard = Yard()
        yard.enrol("staging", "production")
        var plan = Yard.plan(stages: ["staging", "production"], gates: gates)
        plan.stages[0].expectedWithin = .minutes(20)
        yard.push("1")
        return (yard, plan)
    }
}
