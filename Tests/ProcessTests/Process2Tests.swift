import Calendars
import OrderedCollections
import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

/// Process 2, automatic stage, daily candidates and production in one action, point by point.
@Suite struct Process2Tests {
    private static let folder = "2-continuous-stage-daily-candidates"
    private static let files = ["web-stage", "web-development", "web-production", "web-configuration"]

    /// Monday, 16 November 2026, with what the registry shows and when; each tag is a build of main.
    private func monday(
        _ arrivals: [(tag: String, at: String)] = [],
        _ change: (inout World.Options) throws -> Void = { _ in }
    ) throws -> Scene {
        let plans: [PlanName] = [try Make.name("web-stage"), try Make.name("web-production")]
        return try Scene(Self.folder, Self.files, from: "2026-11-16T08:00") { options in
            options.outside.arrivals = try plans.flatMap { plan in
                try arrivals.map { Arrival(plan: plan, at: try Make.time($0.at), tag: try Make.version($0.tag)) }
            }
            try change(&options)
        }
    }

    /// The build says what it was built of.
    private func build(_ commit: String, _ scene: inout Scene, branch: String = "main", changes: [Change] = []) throws {
        let own = [Change(id: commit, author: "dora", title: "a change", ticket: "WEB-\(commit.prefix(3))")]
        let source = Make.source(
            branch: branch,
            commit: commit,
            built: scene.world.now,
            changes: changes.isEmpty ? own : changes
        )
        scene.world.push(try Make.artifact("web", commit), source)
    }

    /// A build that stage has had, and what was attested of it after.
    private func verify(_ commit: String, _ scene: inout Scene) throws {
        try build(commit, &scene)
        _ = try scene.start("web-stage", commit)
        scene.world.run(for: .minutes(20))
        for suite in ["scheduled-suite-desktop", "scheduled-suite-mobile"] {
            try scene.attest(suite, about: "web", commit, ["result": "passed"])
        }
    }

    private func signOff(_ change: String, _ scene: inout Scene) throws {
        let word = Attestation(
            subject: .change(change),
            predicate: try Make.name("qa-sign-off"),
            fields: [:],
            note: "",
            about: scene.world.now
        )
        #expect(try scene.act(.attest(word), as: "qa-1").isAccepted)
    }

    /// A candidate of what was merged, cut by hand.
    private func cut(_ tag: String? = nil, _ scene: inout Scene) throws -> Candidate {
        let plan: PlanName = try Make.name("web-production")
        _ = try scene.act(.cutCandidate(plan, tag: try tag.map { try Make.version($0) }), as: "operator").get()
        scene.world.run(for: .minutes(1))
        return try #require(scene.world.train.state.schedule.candidates[plan]?.last?.candidate)
    }

    private func start(
        _ candidate: Candidate,
        lane: String? = nil,
        by person: String,
        of plan: Plan? = nil,
        _ scene: inout Scene
    ) throws -> Result<Accepted, Refusal> {
        let digest = try Make.artifact("plan", "1").digest
        var request = StartRelease(
            plan: try plan ?? scene.plan("web-production"),
            planDigest: digest,
            planSourceDigest: digest,
            versions: [:],
            description: "a candidate"
        )
        request.candidate = candidate.tag
        request.lane = try lane.map { try Make.name($0) }
        return try scene.act(.start(request), as: person)
    }

    private func id(_ accepted: Accepted) throws -> ReleaseID {
        guard case .started(let id) = accepted else {
            Issue.record("nothing was started")
            return try #require(nil)
        }
        return id
    }

    private func alarms(_ scene: Scene, _ kind: Alarm.Kind) -> [Alarm] {
        scene.world.train.state.schedule.alarms.values.filter { $0.kind == kind }
    }

    // MARK: - 1: stage by itself

    @Test func `a new short SHA reaches stage with no hand, and a date does not`() throws {
        var scene = try monday([("abc1234", "2026-11-16T09:00"), ("2026.11.16", "2026-11-16T09:30")])
        try scene.register("web-stage")
        try scene.run(until: "2026-11-16T10:00")
        #expect(try scene.versions(of: "web", in: "stage") == ["abc1234"])
        let started = scene.world.train.state.releases.values.filter {
            $0.plan.name.text == "web-stage" && $0.description != "what ran before"
        }
        #expect(started.map(\.author.text) == ["web-stage"])
        #expect(
            scene.world.train.state.releases.values.allSatisfy {
                $0.artifacts.values.allSatisfy { $0.version.text != "2026.11.16" }
            }
        )
        #expect(alarms(scene, .nothingArrived).isEmpty)
    }

    @Test func `what has not arrived on stage after five minutes is an alarm, and somebody may sync now`() throws {
        var scene = try monday([("abc1234", "2026-11-16T09:00")]) {
            $0.silences = [Silence(of: try Make.host("stage", 1), until: try Make.time("2026-11-16T09:20"))]
        }
        try scene.register("web-stage")
        try scene.run(until: "2026-11-16T09:04")
        #expect(alarms(scene, .nothingArrived).isEmpty)
        try scene.run(until: "2026-11-16T09:10")
        let alarm = try #require(alarms(scene, .nothingArrived).first)
        #expect(alarm.sentence.contains("abc1234"))
        #expect(scene.notices(.alarm).contains { $0.channel == "chat:engineering" })
        #expect(try scene.act(.departNow(try Make.name("web-stage")), as: "operator").isAccepted)
        try scene.run(until: "2026-11-16T09:40")
        #expect(try scene.versions(of: "web", in: "stage") == ["abc1234"])
        #expect(alarms(scene, .nothingArrived).isEmpty, "what was missing has come")
    }

    // MARK: - 2: candidates

    @Test func `candidates are cut on weekdays in New York, each with the changes since the one before`() throws {
        let merges = [
            ("aaaaaa1", "2026-11-16T15:00"), ("aaaaaa2", "2026-11-16T18:00"), ("aaaaaa3", "2026-11-20T15:00"),
            ("aaaaaa4", "2026-11-22T15:00"),
        ]
        var scene = try monday(merges)
        for (commit, _) in merges { try build(commit, &scene) }
        try scene.register("web-production")
        try scene.run(until: "2026-11-24T12:00")
        let cut = scene.world.train.state.schedule.candidates[try Make.name("web-production")] ?? []
        #expect(cut.map(\.candidate.tag.text) == ["2026.11.16", "2026.11.20", "2026.11.23"])
        #expect(cut.map { $0.candidate.changes.map(\.id) } == [["aaaaaa2", "aaaaaa1"], ["aaaaaa3"], ["aaaaaa4"]])
        #expect(cut.map(\.candidate.version.text) == ["aaaaaa2", "aaaaaa3", "aaaaaa4"])
        // Eight in the evening in New York is one in the morning in UTC.
        let sought = scene.world.log.compactMap { recorded -> Instant? in
            if case .candidateSought(let event) = recorded.event { event.at } else { nil }
        }
        #expect(sought.first == (try Make.time("2026-11-17T01:00")))
        let weekend = try Make.time("2026-11-21T02:00")...(try Make.time("2026-11-23T23:00"))
        #expect(!sought.contains { weekend.contains($0) })
    }

    @Test func `one made by hand gets a number, and a malformed tag is refused when it is made`() throws {
        var scene = try monday([("aaaaaa1", "2026-11-16T07:00")])
        try build("aaaaaa1", &scene)
        try scene.register("web-production")
        let plan: PlanName = try Make.name("web-production")
        for tag in ["20261116", "2026.11.16", "2026.11.16.0", "2026.13.40.1", "v1"] {
            let refusal = try scene.act(.cutCandidate(plan, tag: try Make.version(tag)), as: "operator").refusal
            #expect(refusal?.code == .invalid, "\(tag)")
            #expect(refusal?.sentence.contains("2026.11.16.1") == true)
        }
        #expect(try cut(nil, &scene).tag.text == "2026.11.16.1")
    }

    @Test func `a week without a release to production is an alarm`() throws {
        var scene = try monday()
        try scene.register("web-production")
        try scene.run(until: "2026-11-23T07:00")
        #expect(alarms(scene, .nothingDeparted).isEmpty)
        try scene.run(until: "2026-11-23T08:01")
        #expect(alarms(scene, .nothingDeparted).first?.sentence.contains("7d") == true)
    }

    // MARK: - 3: what production refuses

    @Test func `production waits for a version that stage has had, and says which is missing there`() throws {
        var scene = try monday([("aaaaaa1", "2026-11-16T07:00")])
        try build("aaaaaa1", &scene)
        try scene.register("web-production")
        let id = try id(try start(try cut(nil, &scene), by: "engineering-1", &scene).get())
        let hold = try #require(scene.holds(id, .prerequisite).first)
        #expect(hold.unmet.contains("web-stage/stage"))
        #expect(hold.unmet.contains("web aaaaaa1 is missing there"))
        #expect(scene.starts(of: "web-production").isEmpty)
        // Development is no way around it, and takes no date.
        let development = try scene.start("web-development", "aaaaaa1")
        #expect(!scene.holds(development, .prerequisite).isEmpty)
        #expect(try scene.attemptStart("web-development", "2026.11.16").refusal?.code == .invalid)
    }

    @Test func `a release branch is no way to production`() throws {
        var scene = try monday()
        try build("bbbbbb1", &scene, branch: "release/7")
        #expect(try scene.attemptStart("web-production", "bbbbbb1").refusal?.sentence.contains("release/7") == true)
    }

    @Test func `a change that nobody signed off is named with its author, or waived for a reason that stays`() throws {
        var scene = try monday([("aaaaaa1", "2026-11-16T07:00")]) { $0.outside.unsignedChanges = ["aaaaaa1"] }
        try verify("aaaaaa1", &scene)
        try scene.register("web-production")
        let id = try id(try start(try cut(nil, &scene), by: "engineering-1", &scene).get())
        let hold = try #require(scene.holds(id, .changes).first)
        #expect(hold.unmet.contains("aaaaaa1"))
        #expect(hold.unmet == "no qa-sign-off of aaaaaa1 (change aaaaaa1) by a developer")
        #expect(
            try scene.act(.waive(id, subject: "qa-sign-off", reason: " "), as: "engineering-2").refusal?.code
                == .invalid
        )
        #expect(
            try scene.act(.waive(id, subject: "qa-sign-off", reason: "no"), as: "qa-1").refusal?.code == .notAllowed
        )
        let waiver = Command.waive(id, subject: "qa-sign-off", reason: "a comment, read by two of us")
        #expect(try scene.act(waiver, as: "engineering-2").isAccepted)
        #expect(scene.holds(id, .changes).isEmpty)
        _ = try scene.act(.doneTask(id, subject: "", ticked: [], note: "nothing new"), as: "engineering-1").get()
        #expect(scene.approve(id, "", as: "engineering-2").isAccepted)
        scene.world.run(for: .hours(1))
        #expect(scene.state(id) == .completed)
        #expect(scene.world.release(id)?.waivers.map(\.reason) == ["a comment, read by two of us"])
    }

    @Test func `the suites must have run after the version came to stage`() throws {
        let suites = ["scheduled-suite-desktop", "scheduled-suite-mobile"]
        var scene = try monday([("aaaaaa1", "2026-11-16T07:00")]) {
            $0.outside.missingEvidence = Set(try suites.map { try Make.name($0) })
        }
        try build("aaaaaa1", &scene)
        for suite in suites { try scene.attest(suite, about: "web", "aaaaaa1", ["result": "passed"]) }
        _ = try scene.start("web-stage", "aaaaaa1")
        scene.world.run(for: .minutes(20))
        try scene.register("web-production")
        let id = try id(try start(try cut(nil, &scene), by: "engineering-1", &scene).get())
        let holds = scene.holds(id, .evidence)
        #expect(holds.count == 2)
        #expect(holds.allSatisfy { $0.unmet.contains("older") })
    }

    // MARK: - 4: production

    private func inProduction(_ change: (inout World.Options) throws -> Void = { _ in }) throws -> (Scene, ReleaseID) {
        var scene = try monday([("aaaaaa1", "2026-11-16T07:00")], change)
        try verify("aaaaaa1", &scene)
        try scene.register("web-production")
        _ = try cut(nil, &scene)
        try signOff("aaaaaa1", &scene)
        // Nine in New York: the train leaves with the newest candidate in which everything is verified.
        try scene.run(until: "2026-11-16T14:01")
        let id = try scene.release(of: "web-production")
        _ = try scene.act(.doneTask(id, subject: "", ticked: [], note: "nothing new"), as: "ana").get()
        #expect(scene.approve(id, "", as: "engineering-1").isAccepted, "one action of one person")
        scene.world.run(for: .hours(1))
        return (scene, id)
    }

    @Test func `one action mints the environment's tag and deploys it, and says what changed`() throws {
        let (scene, id) = try inProduction()
        #expect(scene.state(id) == .completed)
        #expect(try scene.variables(of: "web", in: "production")["deployment_tag"] == "prod-2026.11.16.1")
        #expect(try scene.versions(of: "web", in: "production") == ["aaaaaa1"])
        let told = try #require(scene.notices(.completed).first { $0.release == id })
        #expect(told.sentence.contains("WEB-aaa"))
        var development = scene
        _ = try development.start("web-development", "aaaaaa1")
        development.world.run(for: .minutes(20))
        #expect(try development.variables(of: "web", in: "development")["deployment_tag"] == "dev-aaaaaa1")
    }

    @Test func `a spike of errors against the time before returns production`() throws {
        let region: RegionName = try Make.name("production")
        let (healthy, fine) = try inProduction()
        let verdicts = healthy.world.log.compactMap { recorded -> ComparisonConcluded? in
            if case .comparisonConcluded(let event) = recorded.event { event } else { nil }
        }
        #expect(verdicts.map(\.isWorse) == [false])
        #expect(healthy.state(fine) == .completed)
        let (scene, id) = try inProduction {
            $0.outside.probes = [
                ProbeScript(
                    name: "error rate errors",
                    steps: [
                        ProbeScript.Step(until: try Make.time("2026-11-16T14:03"), value: "1000"),
                        ProbeScript.Step(until: nil, value: "90000"),
                    ]
                )
            ]
        }
        let spike = try #require(
            scene.world.log.compactMap { recorded -> ComparisonConcluded? in
                if case .comparisonConcluded(let event) = recorded.event { event } else { nil }
            }.first
        )
        #expect(spike.isWorse)
        #expect(spike.region == region)
        #expect(scene.state(id) == .rolledBack)
        #expect(try scene.versions(of: "web", in: "production") == ["before"])
    }

    // MARK: - 5: configuration

    private static let checklist = [
        "the difference to the latest version was read", "no secret's value stands in it",
    ]

    @Test func `a version of the configuration needs two people within half an hour`() throws {
        var scene = try monday()
        let id = try scene.start("web-configuration", "42")
        #expect(scene.approve(id, "", as: "engineering-1", ticked: Self.checklist).refusal?.code == .notAllowed)
        #expect(scene.approve(id, "", as: "operations-1").refusal?.code == .invalid, "both points must be ticked")
        #expect(scene.approve(id, "", as: "operations-1", ticked: Self.checklist).isAccepted)
        _ = scene.approve(id, "", as: "operations-1", ticked: Self.checklist)
        #expect(scene.holds(id, .approval).first?.unmet.contains("2 of") == true, "one person counts once")
        scene.world.run(for: .minutes(31))
        #expect(scene.holds(id, .approval).first?.unmet.contains("the grant by operations-1 is over") == true)
        #expect(scene.approve(id, "", as: "operations-2", ticked: Self.checklist).isAccepted)
        #expect(scene.starts(of: "web-configuration").isEmpty)
        #expect(scene.approve(id, "", as: "operations-1", ticked: Self.checklist).isAccepted)
        scene.world.run(for: .hours(1))
        #expect(scene.state(id) == .completed)
    }

    @Test func `then exactly the named services are restarted, each once on each host`() throws {
        var scene = try monday()
        let id = try scene.start("web-configuration", "42")
        for person in ["operations-1", "operations-2"] {
            #expect(scene.approve(id, "", as: person, ticked: Self.checklist).isAccepted)
        }
        scene.world.run(for: .hours(1))
        #expect(scene.state(id) == .completed)
        let orders = scene.world.orders(to: try Make.name("production")).map(\.order)
        let restarted = orders.filter { $0.action == .restart }.flatMap { order in
            order.hosts.map { "\(order.service) \($0)" }
        }
        #expect(Set(restarted).count == restarted.count)
        #expect(Set(restarted) == Set((1...3).map { "web host-\($0)" }))
        #expect(Set(orders.filter { $0.action == .deploy }.map(\.service.text)) == ["web-settings"])
        #expect(try scene.versions(of: "web", in: "production") == ["before"])
    }

    // MARK: - 6: hotfix

    @Test func `a hotfix needs a second person and leaves a debt that blocks the next train until it is paid`() throws {
        var scene = try monday([("aaaaaa1", "2026-11-16T07:00")])
        try verify("aaaaaa1", &scene)
        try signOff("aaaaaa1", &scene)
        try scene.register("web-production")
        let candidate = try cut("2026.11.16.1", &scene)
        let id = try id(try start(candidate, lane: "hotfix", by: "engineering-1", &scene).get())
        _ = try scene.act(.doneTask(id, subject: "", ticked: [], note: "nothing new"), as: "engineering-1").get()
        #expect(scene.approve(id, "", as: "engineering-1").refusal?.code == .notAllowed)
        #expect(scene.approve(id, "", as: "engineering-2").isAccepted)
        scene.world.run(for: .hours(1))
        #expect(scene.state(id) == .completed)
        let debt = try #require(scene.world.train.state.schedule.debts.values.first)
        #expect(debt.sentence == "put the reverted changes back")
        #expect(scene.notices(.debt).contains { $0.channel == "chat:engineering" })

        let plan: PlanName = try Make.name("web-production")
        #expect(scene.world.train.trainView(of: plan, at: scene.world.now)?.blocked.contains(debt.id) == true)
        #expect(try scene.act(.departNow(plan), as: "engineering-1").refusal?.sentence.contains(debt.id) == true)
        #expect(try start(candidate, by: "engineering-1", &scene).refusal?.sentence.contains(debt.id) == true)
        try scene.run(until: "2026-11-16T14:01")
        #expect(scene.world.train.state.schedule.departures[plan]?.last?.reason.contains(debt.id) == true)
        #expect(try scene.act(.payDebt(debt.id, note: "merged as WEB-99"), as: "engineering-1").isAccepted)
        #expect(scene.world.train.trainView(of: plan, at: scene.world.now)?.blocked.isEmpty == true)
    }

    @Test func `a hotfix takes two people by the lane's own words, and nobody outside of it`() throws {
        var plan = try monday().plan("web-production")
        let index = try #require(plan.stages.first?.waves.first?.gates.lastIndex { $0.isApproval })
        plan.stages[0].waves[0].gates.remove(at: index)
        var scene = try monday([("aaaaaa1", "2026-11-16T07:00")])
        try verify("aaaaaa1", &scene)
        try signOff("aaaaaa1", &scene)
        try scene.register("web-production")
        let candidate = try cut("2026.11.16.1", &scene)
        #expect(try start(candidate, lane: "hotfix", by: "qa-1", &scene).refusal?.code == .notAllowed)
        let alone = try id(try start(candidate, lane: "hotfix", by: "engineering-1", of: plan, &scene).get())
        _ = try scene.act(.doneTask(alone, subject: "", ticked: [], note: "nothing new"), as: "engineering-1").get()
        let hold = try #require(scene.holds(alone, .approval).first)
        #expect(hold.unmet == "approval by somebody of engineering, not engineering-1")
        #expect(
            scene.world.release(alone)?.gates.contains {
                $0.instructions == "Lane hotfix takes 2 people, whoever started the release among them."
            } == true
        )
        #expect(scene.approve(alone, "", as: "engineering-1").refusal?.code == .notAllowed)
        #expect(scene.starts(of: "web-production").isEmpty)
        #expect(scene.approve(alone, "", as: "engineering-2").isAccepted)
        scene.world.run(for: .hours(1))
        #expect(scene.state(alone) == .completed)
        #expect(scene.world.violations.isEmpty)
    }

    @Test func `the newest fully verified version is suggested, with what the newer ones lack`() throws {
        var scene = try monday([("aaaaaa1", "2026-11-16T07:00"), ("aaaaaa2", "2026-11-16T12:00")]) {
            $0.outside.unsignedChanges = ["aaaaaa2"]
        }
        try scene.register("web-production")
        try verify("aaaaaa1", &scene)
        try signOff("aaaaaa1", &scene)
        #expect(try cut(nil, &scene).tag.text == "2026.11.16.1")
        try scene.run(until: "2026-11-16T12:30")
        try verify("aaaaaa2", &scene)
        #expect(try cut(nil, &scene).tag.text == "2026.11.16.2")
        let suggestion = try #require(
            scene.world.train.suggestion(for: try Make.name("web-production"), at: scene.world.now)
        )
        #expect(suggestion.tag?.text == "2026.11.16.1")
        #expect(suggestion.newer.map(\.tag.text) == ["2026.11.16.2"])
        #expect(suggestion.newer.first?.missing.contains { $0.contains("aaaaaa2") } == true)
    }
}

extension Gate {
    fileprivate var isApproval: Bool { if case .approval = self { true } else { false } }
}
