import Calendars
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct VoteTests {
    private static func role(
        _ name: String,
        _ group: String,
        _ checklist: [String] = [],
        veto: Bool = false
    ) -> VoteRule.Role {
        var role = VoteRule.Role(name: name, by: [Given.group(group)])
        role.mayVeto = veto
        role.checklist = checklist
        return role
    }

    private static let lead = Given.actor("li", "leads")
    private static let sre = Given.actor("sam", "sre")
    private static let qa = Given.actor("quin", "qa")

    private static func gate(opens: Window? = nil) -> Gate {
        var rule = VoteRule(roles: [
            role("module-lead", "leads", ["tests listed"]), role("sre", "sre"), role("qa", "qa", veto: true),
        ])
        rule.opens = opens
        return .vote(rule)
    }

    @Test func `it departs when every role says GO, and says whose vote is missing until then`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate())).get()
        station.vote(id, by: Self.sre)
        let hold = try #require(station.hold(id, .vote))
        #expect(hold.unmet == "no GO yet of module-lead, qa")
        #expect(hold.canAct.contains("module-lead: leads; qa: qa"))
        station.vote(id, by: Self.qa)
        let unticked = try #require(station.vote(id, by: Self.lead)?.refusal)
        #expect(unticked.sentence.contains("not ticked: \"tests listed\""))
        #expect(station.started.isEmpty)
        station.vote(id, ticked: ["tests listed"], by: Self.lead)
        #expect(station.started == ["a"])
    }

    @Test func `a vote without a reason, for no role of one's own, or with a veto that the role has not, is refused`()
        throws
    {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate())).get()
        #expect(station.vote(id, reason: " ", by: Self.qa)?.refusal?.sentence.contains("needs a reason") == true)
        #expect(station.vote(id, by: Given.di)?.refusal?.code == .notAllowed)
        #expect(station.vote(id, "qa", by: Self.sre)?.refusal?.sentence.contains("who may: qa") == true)
        #expect(station.vote(id, "cook", by: Self.sre)?.refusal?.sentence.contains("module-lead, sre, qa") == true)
        #expect(
            station.vote(id, isGo: false, isVeto: true, by: Self.sre)?.refusal?.sentence.contains("no veto") == true
        )
        #expect(!station.events.contains { if case .voteCast = $0 { true } else { false } })
    }

    @Test func `a NO-GO holds until the same person takes it back`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate())).get()
        station.vote(id, ticked: ["tests listed"], by: Self.lead)
        station.vote(id, by: Self.sre)
        station.vote(id, isGo: false, reason: "the suite is red", by: Self.qa)
        #expect(station.hold(id, .vote)?.unmet == "qa says NO-GO (quin: the suite is red)")
        station.vote(id, by: Given.actor("quy", "qa"))
        #expect(station.started.isEmpty)
        station.vote(id, reason: "green again", by: Self.qa)
        #expect(station.started == ["a"])
    }

    @Test func `a veto stops the release whatever the others say`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate())).get()
        station.vote(id, ticked: ["tests listed"], by: Self.lead)
        station.vote(id, by: Self.sre)
        station.vote(id, isGo: false, isVeto: true, reason: "data loss in the load test", by: Self.qa)
        #expect(station.phase(id) == .ended(.rejected))
        #expect(station.reason(id) == "qa vetoed it: data loss in the load test")
        #expect(station.sent.isEmpty)
    }

    @Test func `votes are taken from 16:00 in Kolkata on, and the time they took counts from there`() throws {
        let kolkata = try #require(Zone(text: "Asia/Kolkata <+0530>-5:30"))
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate(opens: Given.window("Mon-Fri 16:00-17:00", zone: kolkata))))
            .get()
        station.go(to: "2026-11-16T10:29")
        #expect(station.vote(id, by: Self.sre)?.refusal?.sentence.contains("before Mon 16:00 +0530") == true)
        #expect(station.hold(id, .vote)?.nextChange == Given.time("2026-11-16T10:30"))
        station.go(to: "2026-11-16T10:40")
        #expect(station.vote(id, by: Self.sre) == .success(.done))
        let took = station.events.compactMap { if case .voteCast(let event) = $0 { event.took } else { nil } }
        #expect(took == [.minutes(10)])
    }

    @Test func `a vote without hours of its own is taken in the window, and a veto at any time`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate(), .window(Given.window("Wed")))).get()
        #expect(station.vote(id, by: Self.sre)?.refusal?.code == .notOpen)
        #expect(station.hold(id, .vote)?.unmet.contains("no vote is taken before Wed 00:00 UTC") == true)
        var vetoed = station
        vetoed.vote(id, isGo: false, isVeto: true, reason: "data loss", by: Self.qa)
        #expect(vetoed.phase(id) == .ended(.rejected))
        station.go(to: "2026-11-18T00:00")
        #expect(station.vote(id, by: Self.sre) == .success(.done))
    }

    @Test func `hours of its own let a vote be taken before the window, but not in a freeze`() throws {
        var station = Station("a")
        let gate = Self.gate(opens: Given.window("Mon 08:00-12:00"))
        let id = try station.start(Given.held(by: gate, .window(Given.window("Mon 12:00-13:00")))).get()
        #expect(station.vote(id, by: Self.sre) == .success(.done))
        station.tell(.freeze(plan: nil, until: nil, reason: "incident"))
        #expect(station.vote(id, by: Self.qa)?.refusal?.sentence.contains("incident") == true)
    }

    @Test func `a person with two roles votes for one of them`() throws {
        var station = Station("a")
        let both = Given.actor("bea", "sre", "qa")
        let id = try station.start(Given.held(by: Self.gate())).get()
        #expect(station.vote(id, by: both)?.refusal?.sentence.contains("say which of sre, qa") == true)
        #expect(station.vote(id, "sre", by: both) == .success(.done))
        #expect(station.vote(id, "qa", by: both)?.refusal?.sentence.contains("counts once") == true)
        #expect(station.hold(id, .vote)?.unmet == "no GO yet of module-lead, qa")
    }

    @Test func `a changed artifact voids earlier votes, and the hold says so`() throws {
        var station = Station("a")
        let id = try station.start(Given.held(by: Self.gate())).get()
        station.vote(id, by: Self.sre)
        station.vote(id, by: Self.qa)
        station.push(Given.artifact("web", "2"))
        station.tell(.repin(id, versions: [Given.name("web"): Given.version("2")]))
        #expect(
            station.hold(id, .vote)?.unmet
                == "no GO yet of module-lead, sre, qa; earlier votes are void: ana has changed it to web 2"
        )
        station.vote(id, ticked: ["tests listed"], by: Self.lead)
        #expect(station.started.isEmpty)
    }
}
