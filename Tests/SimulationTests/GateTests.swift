import Calendars
import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

/// Every kind of gate, met by a world that does what it is asked.
struct GateTests {
    private func run(
        _ gate: Gate,
        for interval: Interval = .days(1),
        _ change: (inout World.Options) -> Void = { _ in }
    ) throws -> (world: World, release: ReleaseID) {
        var options = World.Options(from: Make.friday)
        change(&options)
        let plan = Make.plan(stages: [
            ("test", [Make.wave("test", ["int"])]), ("production", [Make.wave("main", ["eu"], gates: [gate])]),
        ])
        var world = World([plan], options)
        let id = try world.start(plan, version: Make.version("2")).get()
        world.run(for: interval)
        #expect(world.violations.isEmpty)
        return (world, id)
    }

    private func state(_ result: (world: World, release: ReleaseID)) -> ReleaseView.State? {
        result.world.release(result.release)?.state
    }

    @Test func `validations and approvals are given as two acts`() throws {
        var rule = ApprovalRule(by: [.group(Make.name("leads"))])
        rule.act = .validation
        rule.checklist = ["the log was read"]
        let result = try run(.approval(rule))
        #expect(state(result) == .completed)
        #expect(result.world.waits.contains { $0.kind == .validation && $0.by == [Make.name("leads-1")] })
    }

    @Test func `every role of a vote finds somebody`() throws {
        var lead = VoteRule.Role(name: "lead", by: [.group(Make.name("team"))])
        lead.checklist = ["described"]
        let qa = VoteRule.Role(name: "qa", by: [.group(Make.name("team"))])
        let result = try run(.vote(VoteRule(roles: [lead, qa])))
        #expect(state(result) == .completed)
        let wait = try #require(result.world.waits.first { $0.kind == .vote })
        #expect(Set(wait.by).count == 2)
    }

    @Test func `a role without anybody holds the vote and is named`() throws {
        let roles = ["lead", "qa"].map { VoteRule.Role(name: $0, by: [.person(Make.name($0))]) }
        let result = try run(.vote(VoteRule(roles: roles))) { $0.people.absent = [Make.name("qa")] }
        #expect(state(result) == .running)
        #expect(result.world.holds(of: result.release).contains { $0.kind == .vote && $0.unmet.contains("qa") })
    }

    @Test func `nobody votes before the vote opens`() throws {
        var rule = VoteRule(roles: [VoteRule.Role(name: "lead", by: [.group(Make.name("team"))])])
        rule.opens = Make.window("Fri 16:00-17:00")
        let result = try run(.vote(rule))
        #expect(state(result) == .completed)
        let vote = try #require(result.world.timeline.first { $0.kind == "vote_cast" })
        #expect(Zone.utc.local(at: vote.at).description == "2026-11-20T16:10")
        #expect(!result.world.timeline.contains { $0.kind == "act_refused" })
    }

    @Test func `evidence about a deployment comes after it`() throws {
        var rule = EvidenceRule(predicate: Make.name("suite"))
        rule.notOlderThan = .deployment(plan: Make.name("shop"), stage: Make.name("test"))
        #expect(state(try run(.evidence(rule))) == .completed)
    }

    @Test func `evidence is there unless it is left out`() throws {
        var rule = EvidenceRule(predicate: Make.name("unit-tests"))
        rule.conditions = [Condition(field: "coverage", comparison: .greater, value: "80")]
        #expect(state(try run(.evidence(rule))) == .completed)
        let without = try run(.evidence(rule)) { $0.outside.missingEvidence = [Make.name("unit-tests")] }
        #expect(state(without) == .running)
        #expect(without.world.holds(of: without.release).map(\.kind) == [.evidence])
    }

    @Test func `changes are signed off unless one is left out`() throws {
        let change = Change(id: "c0ffee", author: "dora", title: "a change", ticket: "T-1")
        let gate = Gate.changes(ChangesRule(predicate: Make.name("signed-off")))
        let signed = try run(gate) { $0.outside.changes = [Make.name("shop"): [change]] }
        #expect(state(signed) == .completed)
        let unsigned = try run(gate) {
            $0.outside.changes = [Make.name("shop"): [change]]
            $0.outside.unsignedChanges = ["c0ffee"]
        }
        #expect(state(unsigned) == .running)
        #expect(unsigned.world.holds(of: unsigned.release).contains { $0.unmet.contains("dora") })
    }

    @Test func `a task is done by somebody who may`() throws {
        let result = try run(.task(TaskRule(name: "read the logs", by: [.group(Make.name("team"))])))
        #expect(state(result) == .completed)
        #expect(result.world.waits.contains { $0.kind == .task && !$0.by.isEmpty })
    }

    private func drain(_ name: String) -> Probe {
        Probe(
            name: name,
            kind: .http(url: "https://queues.example.com/\(name)"),
            expects: Condition(field: "", comparison: .equal, value: "0"),
            timeout: .seconds(5)
        )
    }

    @Test func `a check waits until its script lets it pass`() throws {
        let rule = ProbeRule(
            name: "drained",
            probes: [drain("west"), drain("east")],
            every: .seconds(30),
            giveUpAfter: .hours(4)
        )
        let end = Make.friday + .hours(2)
        let steps = [ProbeScript.Step(until: end, value: "12"), ProbeScript.Step(until: nil, value: "0")]
        let result = try run(.check(rule)) { $0.outside.probes = [ProbeScript(name: "east", steps: steps)] }
        #expect(state(result) == .completed)
        let wait = try #require(result.world.waits.last { $0.kind == .check })
        #expect(wait.until.map { $0 >= end && $0 < end + .minutes(1) } == true)
        #expect(result.world.timeline.contains { $0.sentence.contains("12") })
    }

    @Test func `what a check asks is shown with its placeholders filled in, and a script can name it so`() throws {
        var probe = drain("queue")
        probe.kind = .http(url: "http://{stage}.example.com/{service}?version={version}")
        let rule = ProbeRule(name: "tested", probes: [probe], every: .seconds(30), giveUpAfter: .hours(4))
        let script = ProbeScript(name: "/web?version=", steps: [ProbeScript.Step(until: nil, value: "0")])
        let result = try run(.check(rule)) { $0.outside.probes = [script] }
        #expect(state(result) == .completed)
        let concluded = try #require(result.world.timeline.first { $0.kind == "check_concluded" })
        #expect(concluded.sentence == "check passed: 0 from http://production.example.com/web?version=2")
    }

    @Test func `a check without an end gives up and deploys nothing`() throws {
        let rule = ProbeRule(name: "drained", probes: [drain("west")], every: .seconds(30), giveUpAfter: .hours(4))
        let script = ProbeScript(name: "west", steps: [ProbeScript.Step(until: nil, value: nil)])
        let result = try run(.check(rule)) { $0.outside.probes = [script] }
        #expect(state(result) == .rejected)
        #expect(result.world.orders(to: Make.name("eu")).isEmpty)
    }

    @Test func `a declared freeze holds what has not begun, and is waited for by name`() throws {
        let freeze = DeclaredFreeze(from: Make.friday + .minutes(10), until: Make.friday + .hours(5))
        let result = try run(Make.approval("leads")) { $0.freezes = [freeze] }
        #expect(state(result) == .completed)
        let wait = try #require(result.world.waits.first { $0.kind == .freeze })
        #expect(wait.until == Make.friday + .hours(5))
        #expect(wait.unmet.contains("operator declared a freeze"))
    }

    @Test func `people answer in their working hours`() throws {
        let result = try run(Make.approval("leads"), for: .days(4)) {
            $0.people.working = Make.window("Mon-Thu 09:00-17:00")
        }
        let wait = try #require(result.world.waits.first { $0.kind == .approval })
        #expect(wait.until.map { Zone.utc.local(at: $0).description } == "2026-11-23T09:00")
    }
}
