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

    @Test func `a yes outside the window is refused, with the time from which it is taken, and counts for nothing`()
        throws
    {
        var station = Station("a")
        let id = try station.start(Given.held(by: Given.approval(), .window(Given.window("Wed")))).get()
        let refusal = try #require(station.approve(id)?.refusal)
        #expect(refusal.code == .notOpen)
        #expect(
            refusal.sentence
                == "no approval of production/one is taken before Wed 00:00 UTC: outside the window Wed 00:00-24:00 UTC"
        )
        #expect(station.approve(id, by: Given.di)?.refusal?.code == .notAllowed)
        let hold = try #require(station.hold(id, .approval))
        #expect(hold.unmet.hasSuffix("; not asked for before Wed 00:00 UTC"))
        #expect(hold.canAct.isEmpty)
        #expect(hold.nextChange == Given.time("2026-11-18T00:00"))
        #expect(station.train.view(of: id, at: station.now)?.gates.map(\.state) == [.closed, .waiting])
        station.go(to: "2026-11-18T00:00")
        #expect(station.started.isEmpty)
        #expect(station.train.view(of: id, at: station.now)?.gates.map(\.state) == [.waiting])
        #expect(station.approve(id) == .success(.done))
        #expect(station.started == ["a"])
    }

    @Test func `a word given in the window stands when it opens again`() throws {
        var station = Station("a")
        let gates = [Given.approval { $0.quorum = 2 }, .window(Given.window("Mon 08:00-10:00"))]
        let id = try station.start(Given.plan(Given.wave("one", ["a"], gates: gates))).get()
        station.approve(id, by: Given.bo)
        station.go(to: "2026-11-16T10:00")
        #expect(station.approve(id, by: Given.cy)?.refusal?.code == .notOpen)
        station.go(to: "2026-11-23T08:00")
        #expect(station.approve(id, by: Given.cy) == .success(.done))
        #expect(station.started == ["a"])
    }

    @Test func `a no ends the release at any time`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Given.approval(), .window(Given.window("Wed")))).get()
        let word = Decide(
            id,
            .rejected,
            act: .approval,
            subject: "",
            releaseDigest: station.digest(id),
            ticked: [],
            reason: "it loses orders"
        )
        #expect(station.tell(.decide(word), by: Given.bo) == .success(.done))
        #expect(station.phase(id) == .ended(.rejected))
    }

    @Test func `a time limit runs only while a decision can be given, and so does the time that it took`() throws {
        var station = Station("a")
        let gates = [Given.approval { $0.timeout = .hours(10) }, .window(Given.window("Mon-Tue,Thu 09:00-17:00"))]
        let id = try station.start(Given.plan(Given.wave("one", ["a"], gates: gates))).get()
        #expect(station.hold(id, .approval)?.nextChange == Given.time("2026-11-17T11:00"))
        station.go(to: "2026-11-17T10:59")
        #expect(station.phase(id) == .running)
        var other = station
        #expect(other.approve(id) == .success(.done))
        let took = other.events.compactMap { if case .gateDecided(let event) = $0 { event.took } else { nil } }
        #expect(took == [.minutes(9 * 60 + 59)])
        station.go(to: "2026-11-17T11:00")
        #expect(station.phase(id) == .ended(.rejected))
    }

    @Test func `people are asked at a region once its own window and that of its wave are open`() throws {
        var station = Station("a")
        let wave = Given.wave(
            "one",
            ["a"],
            gates: [.window(Given.window("Mon"))],
            regionGates: [Given.approval(), .window(Given.window("Mon-Fri 12:00-13:00"))]
        )
        let id = try station.start(Given.plan(wave)).get()
        #expect(station.approve(id)?.refusal?.sentence.contains("before Mon 12:00 UTC") == true)
        station.go(to: "2026-11-16T13:00")
        let later = try #require(station.approve(id)?.refusal)
        #expect(later.sentence.contains("before 2026-11-23T12:00 UTC") || later.sentence.contains("2026-11-23"))
        station.go(to: "2026-11-23T12:00")
        #expect(station.approve(id) == .success(.done))
        #expect(station.started == ["a"])
    }

    @Test func `nobody is asked before a stage has been healthy for long enough`() throws {
        var station = Station("t", "a")
        var production = Given.wave("one", ["a"], gates: [Given.approval()])
        production.gates.append(.prerequisite(.ownStage(Given.name("test"), healthyFor: .hours(2))))
        let stages = [
            Stage(name: Given.name("test"), waves: [Given.wave("all", ["t"])]),
            Stage(name: Given.name("production"), waves: [production]),
        ]
        let id = try station.start(Given.plan(stages)).get()
        station.work()
        let refusal = try #require(station.approve(id)?.refusal)
        #expect(refusal.sentence.hasSuffix("before Mon 11:00 UTC: test must be healthy for 2h"))
        station.pass(.hours(2))
        #expect(station.approve(id) == .success(.done))
        #expect(station.started == ["t", "a"])
    }

    @Test func `a lane that ignores windows goes through them`() throws {
        var station = Station("a")
        var plan = Given.held(by: .window(Given.window("Fri")), .noDebts)
        plan.lanes = [Given.hotfix]
        let id = try station.start(plan, by: Given.bo) { $0.lane = Given.name("hotfix") }.get()
        #expect(station.started == ["a"])
        #expect(station.holds(id).allSatisfy { $0.kind == .answerAwaited })
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
        let refusal = try #require(station.approve(id)?.refusal)
        #expect(refusal.code == .notOpen)
        #expect(refusal.sentence.contains("before Thu 00:00 UTC: the plan's freeze year-end"))
        let hold = try #require(station.hold(id, .freeze))
        #expect(hold.unmet.contains("year-end (the books are closed)"))
        #expect(hold.nextChange == Given.time("2026-11-19T00:00"))
        #expect(station.started.isEmpty)
        station.go(to: "2026-11-19T00:00")
        station.approve(id)
        #expect(station.started == ["a"])
    }

    @Test func `in a declared freeze nobody is asked, and everybody has their whole time after it`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Given.approval { $0.timeout = .hours(2) })).get()
        station.pass(.hours(1))
        station.tell(.freeze(plan: nil, until: nil, reason: "incident"), by: Given.bo)
        station.pass(.days(2))
        #expect(
            station.approve(id)?.refusal?.sentence
                == "no approval of production/one is taken before the freeze is lifted: bo declared a freeze: incident"
        )
        #expect(station.phase(id) == .running, "no time limit runs while nobody may answer")
        station.tell(.liftFreeze(plan: nil))
        station.restart()
        station.pass(.minutes(119))
        #expect(station.phase(id) == .running)
        station.pass(.minutes(1))
        #expect(station.phase(id) == .ended(.rejected))
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
        plan.lanes = [Given.hotfix]
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
