import OrderedCollections
import Calendars
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct WindowTests {
    @Test func `a closed window makes a release wait and never fail, and opens it by itself`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: .window(Given.window("Fri 08:00-18:00")))).get()
        let hold = try #require(station.hold(id, .window))
        #expect(hold.unmet == "outside the window Fri 08:00-18:00 UTC; it opens Fri 08:00 UTC")
        #expect(hold.nextChange == Given.time("2026-11-20T08:00"))
        station.go(to: "2026-11-20T07:59")
        #expect(station.started.isEmpty)
        station.go(to: "2026-11-20T08:00")
        #expect(station.started == ["a"])
    }

    @Test func `a window that closes lets the region in hand go on and holds the next one`() throws {
        var station = Station("a", "b", hosts: 2)
        let gate = Gate.window(Given.window("Mon 08:00-10:00"))
        let wave = Given.wave("one", ["a", "b"], gates: [gate], regionGates: [gate], atOnce: 1)
        let id = try station.start(Given.plan(wave)).get()
        station.go(to: "2026-11-16T10:30")
        station.work()
        #expect(Set(station.sent.map(\.order.id)).count == 2, "both batches of the region in hand")
        #expect(station.started == ["a"])
        #expect(station.phase(id) == .running)
        #expect(Set(station.holds(id).map(\.subject)) == ["production/one", "production/one/b"])
        station.go(to: "2026-11-23T08:00")
        station.work()
        #expect(station.phase(id) == .ended(.completed))
    }

    @Test func `an approval that comes outside the window counts once it opens`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Given.approval(), .window(Given.window("Wed")))).get()
        station.approve(id)
        #expect(station.holds(id).map(\.kind) == [.window])
        station.go(to: "2026-11-18T00:00")
        #expect(station.started == ["a"])
    }

    @Test func `a lane that ignores windows goes through them`() throws {
        var station = Station("a")
        var plan = Given.held(by: .window(Given.window("Fri")), .noDebts)
        plan.lanes = [lane()]
        let id = try station.start(plan, by: Given.bo) { $0.lane = Given.name("hotfix") }.get()
        #expect(station.started == ["a"])
        #expect(station.holds(id).allSatisfy { $0.kind == .answerAwaited })
    }

    private func lane() -> LaneRule {
        LaneRule(
            name: Given.name("hotfix"),
            artifacts: ArtifactRule(),
            by: [Given.group("on-call")],
            skips: [],
            ignoresWindows: true,
            debt: ""
        )
    }
}

@Suite struct FreezeTests {
    static func yearEnd() throws -> Freeze {
        Freeze(
            name: "year-end",
            from: try #require(LocalTime("2026-11-17T00:00")),
            to: try #require(LocalTime("2026-11-19T00:00")),
            zone: .utc,
            reason: "the books are closed"
        )
    }

    @Test func `a planned freeze holds what has not started, with its name and its end`() throws {
        var station = Station("a")
        var plan = Given.held(by: Given.approval())
        plan.freezes = [try Self.yearEnd()]
        let id = try station.start(plan).get()
        #expect(station.holds(id).map(\.kind) == [.approval])
        let before = station.train.revision(of: id)
        station.go(to: "2026-11-17T00:00")
        #expect(station.train.revision(of: id) != before)
        station.approve(id)
        let hold = try #require(station.hold(id, .freeze))
        #expect(hold.unmet.contains("year-end (the books are closed)"))
        #expect(hold.nextChange == Given.time("2026-11-19T00:00"))
        #expect(station.started.isEmpty)
        station.go(to: "2026-11-19T00:00")
        #expect(station.started == ["a"])
    }

    @Test func `a declared freeze stops every order not yet sent, and lifting it sends them`() throws {
        var station = Station("a", hosts: 3)
        let id = try station.start(Given.held()).get()
        #expect(station.sent.count == 1)
        #expect(station.tell(.freeze(plan: nil, until: nil, reason: "incident"), by: Given.bo) == .success(.done))
        station.work()
        #expect(station.sent.count == 1, "the second batch is something new")
        #expect(station.hold(id, .freeze)?.unmet == "bo declared a freeze: incident")
        station.pass(.hours(1))
        #expect(station.sent.count == 1)
        #expect(station.tell(.liftFreeze(plan: nil)) == .success(.done))
        #expect(station.sent.count == 2)
        station.work()
        #expect(station.phase(id) == .ended(.completed))
        #expect(station.tell(.liftFreeze(plan: nil))?.refusal?.code == .notFound)
    }

    @Test func `an order that waits for a host's link is not sent in a freeze, and is sent after it`() throws {
        var station = Station("a")
        let id = try station.start(Given.held()).get()
        let host = try #require(station.inbox.first?.host)
        station.give(.linkClosed(host))
        station.tell(.freeze(plan: Given.name("shop"), until: station.now + .hours(1), reason: "incident"))
        station.give(.linkOpened(host, running: []))
        #expect(station.sent.count == 1)
        #expect(station.train.order(station.sent[0].order.id, of: id) == nil)
        station.pass(.hours(1))
        #expect(station.sent.count == 2)
    }

    @Test func `the way back is never frozen`() throws {
        var station = Station("a")
        _ = try station.start(Given.held(), "1").get()
        station.work()
        let id = try station.start(Given.held(), "2").get()
        station.work()
        station.tell(.freeze(plan: nil, until: nil, reason: "incident"))
        #expect(station.tell(.rollBack(id, reason: "bad")) == .success(.done))
        #expect(station.inbox.map(\.order.action) == [.rollBack])
        station.work()
        #expect(station.phase(id) == .ended(.rolledBack))
    }

    @Test func `a lane goes through planned freezes but not through one that a person declared`() throws {
        var station = Station("a", "b")
        var plan = Given.plan(Given.wave("one", ["a", "b"], atOnce: 1))
        plan.freezes = [try Self.yearEnd()]
        plan.lanes = [
            LaneRule(
                name: Given.name("hotfix"),
                artifacts: ArtifactRule(),
                by: [Given.group("on-call")],
                skips: [],
                ignoresWindows: true,
                debt: ""
            )
        ]
        station.go(to: "2026-11-17T12:00")
        _ = try station.start(plan, by: Given.bo) { $0.lane = Given.name("hotfix") }.get()
        #expect(station.started == ["a"])
        station.tell(.freeze(plan: nil, until: nil, reason: "incident"))
        station.work()
        #expect(station.started == ["a"])
    }

    @Test func `a freeze needs a reason and an end that is to come`() {
        var station = Station("a")
        #expect(station.tell(.freeze(plan: nil, until: nil, reason: " "))?.refusal?.code == .invalid)
        #expect(station.tell(.freeze(plan: nil, until: station.now, reason: "late"))?.refusal?.code == .invalid)
    }
}
