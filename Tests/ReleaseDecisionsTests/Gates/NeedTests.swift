import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct NeedTests {
    private static func task(_ name: String) -> Gate {
        var rule = TaskRule(name: name, by: [Given.group("on-call")])
        rule.instructions = "look for new errors"
        rule.checklist = ["read"]
        return .task(rule)
    }

    @Test func `a task by hand holds until it is done, and the time it took is kept`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.task("error-logs"))).get()
        #expect(station.hold(id, .task)?.unmet == "error-logs by hand: look for new errors")
        station.pass(.minutes(12))
        #expect(
            station.tell(.doneTask(id, subject: "", ticked: ["read"], note: ""), by: Given.di)?.refusal?.code
                == .notAllowed
        )
        #expect(
            station.tell(.doneTask(id, subject: "error-logs", ticked: [], note: ""), by: Given.bo)?.refusal?.code
                == .invalid
        )
        #expect(
            station.tell(.doneTask(id, subject: "error-logs", ticked: ["read"], note: ""), by: Given.bo)
                == .success(.done)
        )
        let took = station.events.compactMap { if case .taskDone(let event) = $0 { event.took } else { nil } }
        #expect(took == [.minutes(12)])
        #expect(station.started == ["a"])
    }

    @Test func `of two tasks one must be named`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.task("logs"), Self.task("graphs"))).get()
        let refusal = station.tell(.doneTask(id, subject: "", ticked: ["read"], note: ""), by: Given.bo)?.refusal
        #expect(refusal?.sentence.contains("production/one (logs), production/one (graphs)") == true)
        station.tell(.doneTask(id, subject: "graphs", ticked: ["read"], note: ""), by: Given.bo)
        #expect(station.hold(id, .task)?.unmet.hasPrefix("logs") == true)
    }

    private static func withGlass(_ plan: Plan) -> Plan {
        var plan = plan
        plan.breakGlass = BreakGlassRule(by: [Given.group("on-call")], page: [], debt: "have it reviewed")
        return plan
    }

    @Test func `breaking the glass opens every gate of one place, with a reason, by whom the plan lets`() throws {
        var station = Station("a", "b")
        let wave = Given.wave(
            "one",
            ["a", "b"],
            regionGates: [Given.approval { $0.quorum = 2 }, .window(Given.window("Fri"))]
        )
        let id = try station.start(Self.withGlass(Given.plan(wave))).get()
        #expect(
            station.tell(.breakGlass(id, subject: "a", reason: "outage"), by: Given.di)?.refusal?.code == .notAllowed
        )
        #expect(station.tell(.breakGlass(id, subject: "a", reason: ""), by: Given.bo)?.refusal?.code == .invalid)
        #expect(station.tell(.breakGlass(id, subject: "a", reason: "outage"), by: Given.bo) == .success(.done))
        #expect(station.started == ["a"])
        let broken = station.events.compactMap { if case .glassBroken(let event) = $0 { event } else { nil } }
        #expect(broken.map(\.gate.index) == [0, 1])
        #expect(station.train.state.schedule.debts.values.map(\.sentence) == ["have it reviewed"])
        #expect(station.train.state.schedule.alarms.values.map(\.kind).contains(.glassBroken))
    }

    @Test func `it opens a planned freeze, and no freeze that a person declared`() throws {
        var station = Station("a")
        var plan = Self.withGlass(Given.held())
        plan.freezes = [try FreezeTests.yearEnd()]
        station.go(to: "2026-11-17T12:00")
        let id = try station.start(plan).get()
        station.tell(.freeze(plan: nil, until: nil, reason: "incident"))
        station.tell(.breakGlass(id, subject: "", reason: "outage"), by: Given.bo)
        #expect(station.started.isEmpty)
        station.tell(.liftFreeze(plan: nil))
        #expect(station.started == ["a"])
    }

    @Test func `a plan without break-glass has none`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Given.approval())).get()
        let refusal = station.tell(.breakGlass(id, subject: "", reason: "outage"), by: Given.bo)?.refusal
        #expect(refusal?.sentence.contains("has no `break_glass`") == true)
    }
}
