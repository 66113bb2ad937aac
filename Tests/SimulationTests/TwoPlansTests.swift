import Calendars
import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

/// Plans that leave together and wait for each other.
struct TwoPlansTests {
    private func images(_ departs: Schedule?) -> Plan {
        var plan = Make.plan(
            "images",
            services: ["upload"],
            stages: [("test", [Make.wave("main", ["registry"], services: ["upload"], bake: .minutes(20))])]
        )
        plan.services[0].artifact = Make.name("bundle")
        plan.train = train(departs)
        return plan
    }

    private func services(_ departs: Schedule?) -> Plan {
        let gate = Gate.prerequisite(.finished(plan: Make.name("images"), stage: Make.name("test"), healthyFor: .zero))
        var plan = Make.plan("services", stages: [("test", [Make.wave("main", ["int"], gates: [gate])])])
        plan.services[0].artifact = Make.name("bundle")
        plan.train = train(departs)
        return plan
    }

    private func train(_ departs: Schedule?) -> TrainRule? {
        guard let departs else { return nil }
        var rule = TrainRule(name: Make.name("weekly"))
        rule.departs = departs
        return rule
    }

    @Test func `a plan waits for the one before it, for the same version`() throws {
        let plans = [services(nil), images(nil)]
        var options = Rehearsal.Options(from: Make.friday, length: .days(1))
        options.version = Make.version("2")
        let rehearsal = Rehearsal(plans, options)
        #expect(rehearsal.runs.map(\.state) == [.completed, .completed])
        #expect(rehearsal.violations.isEmpty)
        let wait = try #require(rehearsal.waits.first { $0.kind == .prerequisite })
        #expect(wait.release.text.hasPrefix("services"))
        #expect(wait.until == rehearsal.runs.first { $0.plan.text == "images" }?.waves[0].promoted)
    }

    @Test func `plans of one train leave by its schedule`() throws {
        let time = try #require(TimeOfDay("08:00"))
        let schedule = Schedule(Weekdays([.monday]), at: time, zone: .utc)
        let rehearsal = Rehearsal(
            [images(schedule), services(schedule)],
            Rehearsal.Options(from: Make.friday, length: .days(7))
        )
        #expect(rehearsal.refusals.isEmpty)
        #expect(rehearsal.runs.map(\.state) == [.completed, .completed])
        #expect(rehearsal.runs.allSatisfy { $0.started == Make.friday + .days(3) - .hours(1) })
    }

    @Test func `a plan that could not be started is started when another has ended`() throws {
        var first = Make.plan("first", stages: [("test", [Make.wave("main", ["int"])])])
        first.services[0].artifact = Make.name("bundle")
        var second = Make.plan("second", stages: [("test", [Make.wave("main", ["int"])])])
        second.services[0].artifact = Make.name("bundle")
        let rehearsal = Rehearsal([first, second], Rehearsal.Options(from: Make.friday, length: .days(1)))
        #expect(rehearsal.refusals.isEmpty)
        #expect(rehearsal.runs.map(\.state) == [.completed, .completed])
        #expect(rehearsal.runs[1].started == rehearsal.runs[0].ended)
    }
}
