import Calendars
import OrderedCollections
import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

/// Process 3, the daily go/no-go with votes and quality gates, point by point.
@Suite struct Process3Tests {
    private static let folder = "3-daily-go-no-go"
    private static let modules = ["accounts", "orders", "portal"]
    private static let voters = [
        ("module-lead", "module-leads-1"), ("sre", "sre-1"), ("qa", "qa-1"), ("product", "product-1"),
    ]

    /// Monday, 23 November 2026, before noon in Kolkata, with a build of every module that has all its evidence.
    private func monday(
        _ from: String = "2026-11-23T06:00",
        _ change: (inout World.Options) throws -> Void = { _ in }
    ) throws -> Scene {
        var scene = try Scene(Self.folder, ["modules"], from: from, change)
        try build("1-4-2-abc1234", &scene)
        try scene.register("modules")
        return scene
    }

    private func build(_ version: String, _ scene: inout Scene) throws {
        for module in Self.modules {
            scene.world.push(
                try Make.artifact(module, version),
                Make.source(branch: "master", built: scene.world.now)
            )
        }
    }

    /// QA's suite on pre-production, which must be newer than what runs there.
    private func test(_ version: String, _ scene: inout Scene) throws {
        for module in Self.modules {
            try scene.attest("suite-on-pre-production", about: module, version, ["result": "passed"], as: "qa-1")
        }
    }

    private func vote(
        _ id: ReleaseID,
        _ role: String,
        as person: String,
        isGo: Bool = true,
        isVeto: Bool = false,
        reason: String = "everything is there",
        ticks: Bool = true,
        _ scene: inout Scene
    ) throws -> Result<Accepted, Refusal> {
        let view = try #require(scene.world.release(id))
        let gates = try scene.plan("modules").stages.flatMap(\.waves).flatMap(\.gates)
        let roles: [VoteRule.Role] = gates.flatMap { gate -> [VoteRule.Role] in
            if case .vote(let rule) = gate { rule.roles } else { [] }
        }
        let checklist = try #require(roles.first { $0.name == role }).checklist
        let word = Vote(
            id,
            role: role,
            isGo: isGo,
            isVeto: isVeto,
            releaseDigest: view.releaseDigest,
            ticked: isGo && ticks ? checklist : [],
            reason: reason
        )
        return try scene.act(.vote(word), as: person)
    }

    private func everybodyVotes(_ id: ReleaseID, but absent: String? = nil, _ scene: inout Scene) throws {
        for (role, person) in Self.voters where role != absent {
            #expect(try vote(id, role, as: person, &scene).isAccepted, "\(role)")
        }
    }

    /// Four in the afternoon in Kolkata, with everything there but the votes.
    private func afternoon(_ change: (inout World.Options) throws -> Void = { _ in }) throws -> (Scene, ReleaseID) {
        var scene = try monday("2026-11-23T06:00", change)
        try scene.run(until: "2026-11-23T10:00")
        try test("1-4-2-abc1234", &scene)
        try scene.run(until: "2026-11-23T10:30")
        return (scene, try scene.release(of: "modules"))
    }

    // MARK: - 1: times

    @Test func `the vote opens at four and the train leaves at five in Kolkata`() throws {
        var scene = try monday()
        try scene.run(until: "2026-11-23T10:00")
        try test("1-4-2-abc1234", &scene)
        let id = try scene.release(of: "modules")
        try scene.run(until: "2026-11-23T10:29")
        let early = try vote(id, "sre", as: "sre-1", &scene)
        #expect(early.refusal?.code == .notOpen)
        #expect(early.refusal?.sentence.contains("before Mon 16:00 IST") == true)
        try scene.run(until: "2026-11-23T10:30")
        try everybodyVotes(id, &scene)
        try scene.run(until: "2026-11-23T11:29")
        #expect(scene.starts(of: "modules").map(\.region) == ["pre-production"])
        try scene.run(until: "2026-11-23T13:00")
        let production = try #require(scene.starts(of: "modules").last)
        #expect(production.region == "production")
        #expect(production.at == (try Make.time("2026-11-23T11:30")))
        #expect(scene.state(id) == .completed)
    }

    @Test func `departures keep to the clock of Kolkata while clocks change elsewhere, and to its working days`() throws
    {
        // Clocks went back in Europe on 25 October and in New York on 1 November 2026.
        var scene = try monday("2026-10-22T00:00")
        try scene.run(until: "2026-11-04T00:00")
        let plan: PlanName = try Make.name("modules")
        let departures = scene.world.train.state.schedule.departures[plan]?.map(\.at) ?? []
        let days = ["10-22", "10-23", "10-26", "10-27", "10-28", "10-29", "10-30", "11-02", "11-03"]
        #expect(departures == (try days.map { day in try Make.time("2026-\(day)T09:30") }))
    }

    @Test func `without a vote it does not depart, and says whose is missing`() throws {
        var (scene, id) = try afternoon()
        try everybodyVotes(id, but: "qa", &scene)
        try scene.run(until: "2026-11-23T13:00")
        #expect(scene.starts(of: "modules").map(\.region) == ["pre-production"])
        let hold = try #require(scene.holds(id, .vote).first)
        #expect(hold.unmet.contains("no GO yet of qa"))
        #expect(!hold.unmet.contains("sre"))
        try scene.run(until: "2026-11-23T14:00")
        #expect(scene.state(id) == .running, "the edge of the window makes it wait and never fail")
    }

    @Test func `a holiday is no working day`() throws {
        var scene = try monday("2026-12-24T00:00")
        try scene.run(until: "2026-12-26T00:00")
        let departures = scene.world.train.state.schedule.departures[try Make.name("modules")]?.map(\.at)
        #expect(departures == [try Make.time("2026-12-24T09:30")])
    }

    // MARK: - 2: votes

    @Test func `a vote needs a reason, its role and every point of its checklist`() throws {
        var (scene, id) = try afternoon()
        #expect(try vote(id, "sre", as: "sre-1", reason: "", &scene).refusal?.code == .invalid)
        #expect(try vote(id, "sre", as: "qa-1", &scene).refusal?.code == .notAllowed)
        let unticked = try vote(id, "sre", as: "sre-1", ticks: false, &scene)
        #expect(unticked.refusal?.sentence.contains("special provisions") == true)
        #expect(try vote(id, "sre", as: "sre-1", &scene).isAccepted)
    }

    @Test func `QA's veto stops the release whatever the others say, and nobody else has one`() throws {
        var (scene, id) = try afternoon()
        try everybodyVotes(id, but: "qa", &scene)
        let other = try vote(id, "product", as: "product-1", isGo: false, isVeto: true, reason: "not now", &scene)
        #expect(other.refusal?.code == .notAllowed)
        let veto = try vote(id, "qa", as: "qa-1", isGo: false, isVeto: true, reason: "orders are lost", &scene)
        #expect(veto.isAccepted)
        #expect(scene.state(id) == .rejected)
        #expect(scene.world.release(id)?.reason.contains("orders are lost") == true)
        try scene.run(until: "2026-11-23T13:00")
        #expect(scene.starts(of: "modules").map(\.region) == ["pre-production"])
    }

    @Test func `a NO-GO holds the release until it is taken back`() throws {
        var (scene, id) = try afternoon()
        try everybodyVotes(id, but: "product", &scene)
        #expect(try vote(id, "product", as: "product-1", isGo: false, reason: "the market", &scene).isAccepted)
        try scene.run(until: "2026-11-23T12:00")
        #expect(scene.holds(id, .vote).first?.unmet.contains("product says NO-GO (product-1: the market)") == true)
        #expect(try vote(id, "product", as: "product-1", reason: "talked it over", &scene).isAccepted)
        try scene.run(until: "2026-11-23T13:30")
        #expect(scene.state(id) == .completed)
    }

    @Test func `evidence that changes after a vote voids it, and says so`() throws {
        var (scene, id) = try afternoon()
        try everybodyVotes(id, &scene)
        try scene.attest(
            "load-test-report",
            about: "orders",
            "1-4-2-abc1234",
            ["p99_ms": "900"],
            as: "qa-1"
        )
        let hold = try #require(scene.holds(id, .vote).first)
        #expect(hold.unmet.contains("void"))
        try scene.run(until: "2026-11-23T12:00")
        #expect(scene.starts(of: "modules").map(\.region) == ["pre-production"])
    }

    @Test func `another artifact voids the votes, for it is another release`() throws {
        var (scene, id) = try afternoon()
        try everybodyVotes(id, &scene)
        try build("1-4-3-def5678", &scene)
        let versions = Dictionary(
            uniqueKeysWithValues: try Self.modules.map {
                (try Make.name($0) as ServiceName, try Make.version("1-4-3-def5678"))
            }
        )
        #expect(try scene.act(.repin(id, versions: versions), as: "operator").refusal?.code == .conflict)
        let newer = try scene.start("modules", "1-4-3-def5678")
        #expect(scene.state(id) == .superseded)
        scene.world.run(for: .minutes(20))
        try test("1-4-3-def5678", &scene)
        #expect(scene.holds(newer, .vote).first?.unmet.contains("module-lead, sre, qa, product") == true)
    }

    // MARK: - 3: evidence and maturity

    @Test(arguments: [
        "build", "unit-tests", "vulnerability-scan", "image-published", "chart-published", "integration-tests",
    ])
    func `without this evidence nothing goes even to pre-production`(_ predicate: String) throws {
        var scene = try monday("2026-11-23T06:00") { $0.outside.missingEvidence = [try Make.name(predicate)] }
        try scene.run(until: "2026-11-23T13:00")
        let id = try scene.release(of: "modules")
        #expect(scene.starts(of: "modules").isEmpty)
        #expect(scene.holds(id, .evidence).map(\.unmet).joined().contains("\(predicate) of accounts"))
    }

    @Test func `without the report of a load test nothing goes to production`() throws {
        var (scene, id) = try afternoon { $0.outside.missingEvidence = [try Make.name("load-test-report")] }
        #expect(scene.holds(id, .evidence).map(\.unmet).joined().contains("load-test-report"))
        try everybodyVotes(id, &scene)
        try scene.run(until: "2026-11-23T13:00")
        #expect(scene.starts(of: "modules").map(\.region) == ["pre-production"])
    }

    @Test func `evidence older than the build, or than the latest pre-production, does not count`() throws {
        var scene = try monday { $0.outside.missingEvidence = [try Make.name("suite-on-pre-production")] }
        let before = scene.world.now - .days(1)
        try test("1-4-2-abc1234", &scene)
        try scene.run(until: "2026-11-23T10:30")
        let id = try scene.release(of: "modules")
        let stale = try #require(scene.holds(id, .evidence).first { $0.unmet.contains("suite-on-pre-production") })
        #expect(stale.unmet.contains("older"))
        scene = try monday("2026-11-23T06:00") { $0.outside.missingEvidence = [try Make.name("unit-tests")] }
        for module in Self.modules {
            try scene.attest(
                "unit-tests",
                about: module,
                "1-4-2-abc1234",
                ["result": "passed", "coverage": "90"],
                at: before
            )
        }
        try scene.run(until: "2026-11-23T10:30")
        let old = try #require(scene.holds(try scene.release(of: "modules"), .evidence).first)
        #expect(old.unmet.contains("unit-tests of accounts 1-4-2-abc1234 is older than"))
    }

    @Test func `what is measured decides between alpha, beta and stable`() throws {
        func label(_ coverage: String?) throws -> String? {
            var scene = try monday("2026-11-23T06:00") { $0.outside.missingEvidence = [try Make.name("quality")] }
            if let coverage {
                for module in Self.modules {
                    let fields = ["coverage": coverage, "open_defects": "2", "load_tested": "yes"]
                    try scene.attest("quality", about: module, "1-4-2-abc1234", fields)
                }
            }
            try scene.run(until: "2026-11-23T10:30")
            return scene.world.release(try scene.release(of: "modules"))?.maturity
        }
        #expect(try label("85") == "stable")
        #expect(try label("65") == "beta")
        #expect(try label("10") == "alpha")
        #expect(try label(nil) == "alpha")
    }

    // MARK: - 4: order and the way back

    @Test func `modules go out in the order of their dependencies, by the charts' names`() throws {
        let (scene, _) = try afternoon()
        let orders = scene.world.orders(to: try Make.name("pre-production")).map(\.order)
        var order: [String] = []
        for service in orders.map(\.service.text) where !order.contains(service) { order.append(service) }
        #expect(order == Self.modules)
        let last = try #require(orders.lastIndex { $0.service.text == "accounts" })
        let first = try #require(orders.firstIndex { $0.service.text == "orders" })
        #expect(last < first, "accounts is on every host before orders goes to any")
        #expect(try scene.variables(of: "orders", in: "pre-production")["chart"] == "orders-1-4-2-abc1234")
    }

    @Test func `the whole set returns to the last blessed set`() throws {
        var (scene, id) = try afternoon()
        try everybodyVotes(id, &scene)
        try scene.run(until: "2026-11-23T13:00")
        #expect(scene.state(id) == .completed)
        let back = Command.rollBackSet(try Make.name("modules"), try Make.name("production"), reason: "orders are slow")
        #expect(try scene.act(back, as: "operator").isAccepted)
        scene.world.run(for: .hours(1))
        for module in Self.modules { #expect(try scene.versions(of: module, in: "production") == ["before"]) }
        #expect(scene.world.violations.isEmpty)
    }

    // MARK: - 5: what is done by hand

    @Test func `every act by hand is recorded with the time it took, the longest first`() throws {
        var (scene, id) = try afternoon()
        for (minutes, voter) in zip([5, 10, 15, 20], Self.voters) {
            try scene.run(until: "2026-11-23T10:\(30 + minutes)")
            #expect(try vote(id, voter.0, as: voter.1, &scene).isAccepted)
        }
        let acts = scene.world.train.manualActs(of: try Make.name("modules"))
        #expect(acts.map(\.took) == [.minutes(20), .minutes(15), .minutes(10), .minutes(5)])
        #expect(acts.first?.subject.contains("product") == true)
        #expect(acts.first?.people.map(\.text) == ["product-1"])
    }
}
