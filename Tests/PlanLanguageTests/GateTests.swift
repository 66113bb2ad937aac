import Calendars
import PlanLanguage
import Testing
import TimeAndChance
import TrainModel

@Suite struct GateTests {
    @Test func `who may act is a group, a person or whoever is on call`() throws {
        guard case .approval(let rule) = try Compile.gates("{ approval: [oncall(release), person:ana, ops] }").first
        else {
            Issue.record("no approval")
            return
        }
        #expect(
            try rule.by == [
                .oncall(Compile.name("release")), .group(Compile.name("ops")), .person(Compile.name("ana")),
            ]
        )
        #expect(rule.act == .approval && rule.quorum == 1 && !rule.notAuthor)
    }

    @Test func `a validation is an approval by another name`() throws {
        var rule = ApprovalRule(by: [.group(try Compile.name("ops"))], quorum: 2, notAuthor: true)
        rule.act = .validation
        rule.instructions = "look"
        rule.checklist = ["logs", "graphs"]
        rule.timeout = .days(1)
        rule.validFor = .minutes(30)
        let words = "by: ops, quorum: 2, not: author, instructions: look, checklist: [logs, graphs]"
        #expect(
            try Compile.gates("{ validation: { \(words), timeout: 1d, valid_for: 30m } }") == [.approval(rule)]
        )
    }

    @Test func `a vote has roles, of which some may veto`() throws {
        let gates = try Compile.gates(
            "{ vote: { opens: Mon-Fri 16:00-17:00 Asia/Kolkata, roles: { qa: { by: qa, veto: true, checklist: [ran] }, lead: leads } } }"
        )
        var qa = VoteRule.Role(name: "qa", by: [.group(try Compile.name("qa"))])
        qa.mayVeto = true
        qa.checklist = ["ran"]
        var rule = VoteRule(roles: [qa, VoteRule.Role(name: "lead", by: [.group(try Compile.name("leads"))])])
        let span = try #require(Window.Span("Mon-Fri 16:00-17:00"))
        rule.opens = Window([span], zone: try TestZones.read("Asia/Kolkata"))
        #expect(gates == [.vote(rule)])
    }

    @Test func `a window stands before a wave and each of its regions`() throws {
        let wave = try Compile.wave(
            "window: { open: [Mon, Tue 09:00-12:00], except: [company, 2027-01-01] }\nneeds: [{ approval: ops }]"
        )
        let spans = [try #require(Window.Span("Mon")), try #require(Window.Span("Tue 09:00-12:00"))]
        let dates = [try #require(CivilDate("2026-12-25")), try #require(CivilDate("2027-01-01"))]
        let window = Gate.window(Window(spans, zone: .utc, excluding: dates))
        #expect(wave.gates.first == window && wave.gates.count == 2)
        #expect(wave.regionGates == [window])
    }

    @Test func `counters that are compared may be parts of an answer in JSON`() throws {
        let counter = "{ http: { url: 'http://metrics.example.com/totals', json: http.NAME } }"
        let pair = ["errors", "total"].map { "\($0): \(counter.replacing("NAME", with: $0))" }.joined(separator: ", ")
        let wave = try Compile.wave("bake: { for: 5m, compare: [{ name: rate, \(pair) }] }")
        let rule = try #require(wave.bake.comparisons.first)
        #expect(rule.errorsField == "http.errors")
        #expect(rule.totalField == "http.total")
        let page = Probe.Kind.http(url: "http://metrics.example.com/totals")
        #expect(rule.source == .counters(errors: page, total: page))
    }

    @Test func `a window may be for some weeks only, and says so`() throws {
        let wave = try Compile.wave("window: { open: Mon, dates: 2026-12-01..2026-12-31 }")
        guard case .window(let window) = wave.gates.first else {
            Issue.record("no window")
            return
        }
        let first = try #require(CivilDate("2026-12-01"))
        #expect(window.dates == first...first.adding(days: 30))
        #expect("\(window)" == "Mon 00:00-24:00 UTC from 2026-12-01 to 2026-12-31")
    }

    @Test func `a prerequisite speaks of an earlier stage, of another plan, or of a version`() throws {
        let gates = try Compile.gates(
            """
            { stage: build, healthy_for: 1d }, { plan: images }, { plan: images, stage: prod }, \
            { same_version_as: build }, { same_version_as: { plan: images } }
            """
        )
        let (shop, images): (PlanName, PlanName) = try (Compile.name("shop"), Compile.name("images"))
        let (build, test): (StageName, StageName) = try (Compile.name("build"), Compile.name("test"))
        #expect(
            try gates == [
                .prerequisite(.ownStage(build, healthyFor: .days(1))),
                .prerequisite(.finished(plan: images, stage: test, healthyFor: .zero)),
                .prerequisite(.finished(plan: images, stage: Compile.name("prod"), healthyFor: .zero)),
                .prerequisite(.sameVersionAs(plan: shop, stage: build)),
                .prerequisite(.sameVersionAs(plan: images, stage: test)),
            ]
        )
    }

    @Test func `evidence has conditions, an age and somebody who may waive it`() throws {
        let gates = try Compile.gates(
            """
            { evidence: { predicate: unit-tests, by: ci, where: { result: passed, coverage: '>= 80', open: '!= 0' }, \
            not_older_than: { plan: stage, stage: stage }, at_most: 2d, waiver: leads } }, { evidence: scan }, \
            { changes: { signed_off: qa, by: qa, waiver: leads } }
            """
        )
        var tests = EvidenceRule(predicate: try Compile.name("unit-tests"))
        tests.by = [.group(try Compile.name("ci"))]
        tests.conditions = [
            Condition(field: "coverage", comparison: .greaterOrEqual, value: "80"),
            Condition(field: "open", comparison: .notEqual, value: "0"),
            Condition(field: "result", comparison: .equal, value: "passed"),
        ]
        tests.notOlderThan = .deployment(plan: try Compile.name("stage"), stage: try Compile.name("stage"))
        tests.age_max = .days(2)
        tests.waiverBy = [.group(try Compile.name("leads"))]
        var changes = ChangesRule(predicate: try Compile.name("qa"))
        changes.by = [.group(try Compile.name("qa"))]
        changes.waiverBy = [.group(try Compile.name("leads"))]
        #expect(
            try gates == [
                .evidence(tests), .evidence(EvidenceRule(predicate: Compile.name("scan"))), .changes(changes),
            ]
        )
    }

    @Test func `a check has one probe or several, each with what its answer must be`() throws {
        let gates = try Compile.gates(
            """
            { check: { name: one, http: { url: 'http://q/', json: .a.0 }, is: '<= 5', give_up_after: 1h } }, \
            { check: { name: two, every: 5s, give_up_after: 4h, all_at_once: [{ prometheus: { url: 'http://p', query: up }, equals: 1 }, \
            { name: depth, recipe: { name: sqs, with: { queue: x } }, equals: 0, within: 1m }] } }
            """
        )
        let one = Probe(
            name: "one",
            kind: .http(url: "http://q/"),
            expects: Condition(field: "a.0", comparison: .lessOrEqual, value: "5"),
            timeout: .seconds(10)
        )
        let up = Probe(
            name: "prometheus up",
            kind: .prometheus(url: "http://p", query: "up"),
            expects: Condition(field: "", comparison: .equal, value: "1"),
            timeout: .seconds(10)
        )
        let depth = Probe(
            name: "depth",
            kind: .recipe(try Compile.name("sqs"), variables: [Variable(key: "queue", value: "x")]),
            expects: Condition(field: "", comparison: .equal, value: "0"),
            timeout: .minutes(1)
        )
        #expect(
            gates == [
                .check(ProbeRule(name: "one", probes: [one], every: .seconds(30), giveUpAfter: .hours(1))),
                .check(ProbeRule(name: "two", probes: [up, depth], every: .seconds(5), giveUpAfter: .hours(4))),
            ]
        )
    }

    @Test func `tasks and debts are gates, and a named list stands for its gates`() throws {
        var task = TaskRule(name: "read", by: [.group(try Compile.name("ops"))])
        task.instructions = "all of it"
        task.checklist = ["done"]
        #expect(
            try Compile.gates(
                "{ task: { name: read, by: ops, instructions: all of it, checklist: [done] } }, { debts: paid }"
            )
                == [.task(task), .noDebts]
        )
        let plan = try Compile.plan(
            """
            wavetrain: 1
            plan: shop
            services: [web]
            gates: { ready: [{ debts: paid }, { plan: images }] }
            stages:
              test: { regions: [int], needs: [{ use: ready }] }
              production: { regions: [eu], needs: [{ use: ready }] }
            """
        )
        let gates = plan.stages.compactMap(\.waves.first?.gates)
        #expect(gates.allSatisfy { $0.first == .noDebts })
        let stages = gates.compactMap(\.last).map { gate in
            if case .prerequisite(.finished(_, let stage, _)) = gate { stage.text } else { "" }
        }
        #expect(stages == ["test", "production"])
    }
}
