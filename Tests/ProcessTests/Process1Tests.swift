import Calendars
import OrderedCollections
import PlanLanguage
import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

/// Process 1, the weekly regional train, point by point.
@Suite struct Process1Tests {
    private static let folder = "1-regional-weekly-train"
    private static let part1 = ["canary", "westus3", "northeurope", "southeastasia"]
    private static let part2 = ["eastus", "swedencentral", "eastasia"]

    /// Friday, 20 November 2026, an hour before the train leaves with one version for both plans; ana is on call.
    private func friday(_ change: (inout World.Options) throws -> Void = { _ in }) throws -> Scene {
        var scene = try Scene(Self.folder, ["images", "partner-services"], from: "2026-11-20T07:00", change)
        for plan in ["images", "partner-services"] {
            scene.world.push(try Make.version("20261120.1"), of: try scene.plan(plan))
            try scene.register(plan)
        }
        return scene
    }

    // MARK: - 1: A then B, test then production, each day its own

    @Test func `the train leaves on Friday, A before B and test before production, and ends on Wednesday`() throws {
        var scene = try friday()
        try scene.runWithOncall(until: "2026-11-26T00:00")
        let (images, services) = (try scene.release(of: "images"), try scene.release(of: "partner-services"))
        #expect(scene.state(images) == .completed)
        #expect(scene.state(services) == .completed)
        let starts = scene.starts(of: "partner-services")
        #expect(starts.map(\.region) == ["int"] + Self.part1 + Self.part2)
        #expect(starts.map(\.day) == [.friday] + Self.part1.map { _ in .monday } + Self.part2.map { _ in .wednesday })
        let imagesTested = try #require(scene.promoted("images", "test"))
        let imagesOut = try #require(scene.promoted("images", "production"))
        #expect(starts[0].at >= imagesTested)
        #expect(starts[1].at >= imagesOut)
        #expect(scene.starts(of: "images").map(\.region) == ["int", "registry", "canary-images", "production-images"])
        #expect(scene.world.violations.isEmpty)
    }

    @Test func `on another day nothing can be promoted, and what was left over waits for its day`() throws {
        var scene = try friday()
        try scene.runWithOncall(until: "2026-11-23T02:00")
        let id = try scene.release(of: "partner-services")
        let early = scene.approve(id, "production/part-2/eastus", as: "ana")
        #expect(early.refusal?.code == .nothingWaits)
        let startedOnMonday = scene.starts(of: "partner-services").count
        try scene.run(until: "2026-11-24T10:00")
        let waiting = try #require(scene.holds(id, .window).first)
        #expect(waiting.unmet.contains("Mon"))
        let next = try #require(scene.holds(id, .approval).first)
        #expect(next.canAct.isEmpty, "nobody is asked")
        for region in Self.part1 + Self.part2 {
            let wave = Self.part1.contains(region) ? "part-1" : "part-2"
            let subject = "production/\(wave)/\(region)"
            let refusal = try #require(scene.approve(id, subject, as: "ana").refusal)
            #expect(refusal.code == (subject == next.subject ? .notOpen : .nothingWaits))
            guard subject == next.subject else { continue }
            #expect(refusal.sentence.contains("is taken before Mon 00:00 UTC: outside the window Mon"))
        }
        try scene.run(until: "2026-11-30T12:00")
        #expect(scene.starts(of: "partner-services").count == startedOnMonday, "a word of Tuesday is no word of Monday")
        #expect(scene.state(id) == .running)
        // Nine in the morning of the next Monday is a moment at which it may be said; bo is on call by now.
        #expect(scene.approve(id, next.subject, as: "bo").isAccepted)
    }

    @Test func `nobody is asked at the weekend for what may go on Monday`() throws {
        var scene = try friday()
        try scene.runWithOncall(until: "2026-11-22T23:59")
        let id = try scene.release(of: "images")
        for act in [ApprovalRule.Act.validation, .approval] {
            #expect(scene.decide(id, act, "production/registration", as: "ana").refusal?.code == .notOpen)
        }
        #expect(scene.notices(.waiting).isEmpty)
        #expect(scene.world.log.allSatisfy { if case .gateDecided = $0.event { false } else { true } })
        try scene.run(until: "2026-11-23T00:00")
        let asked = scene.notices(.waiting).filter { $0.release == id }
        #expect(Set(asked.map(\.at)) == [try Make.time("2026-11-23T00:00")])
        #expect(Set(asked.map(\.channel)).count == 3)
    }

    @Test func `only a version built on main goes out, with a description, and of the services those that were chosen`()
        throws
    {
        var scene = try friday()
        let plan = try scene.plan("partner-services")
        let stray = try Make.artifact("partner-services", "20261120.7")
        scene.world.push(stray, Make.source(branch: "feature", built: scene.world.now))
        #expect(try scene.attemptStart("partner-services", "20261120.7").refusal?.sentence.contains("main") == true)
        let silent = try scene.attemptStart("partner-services", "20261120.1", description: " ")
        #expect(silent.refusal?.code == .invalid)
        let only: [ServiceName] = [try Make.name("io"), try Make.name("cache")]
        let id = try scene.world.start(plan, version: try Make.version("20261120.1"), only: only).get()
        #expect(scene.world.train.state.releases[id]?.services.map(\.text) == ["cache", "io"])
        #expect(scene.world.release(id)?.team == "solution")
    }

    @Test func `production takes the version that test had`() throws {
        var scene = try friday()
        try scene.runWithOncall(until: "2026-11-20T18:00")
        let id = try scene.release(of: "partner-services")
        scene.world.push(try Make.version("20261120.2"), of: try scene.plan("partner-services"))
        let other = try Make.version("20261120.2")
        let versions = Dictionary(
            uniqueKeysWithValues: try scene.plan("partner-services").services.map { ($0.name, other) }
        )
        #expect(try scene.act(.repin(id, versions: versions), as: "operator").refusal?.code == .conflict)
        #expect(scene.world.release(id)?.artifacts.values.allSatisfy { $0.version.text == "20261120.1" } == true)
    }

    // MARK: - 2: each region its own promotion

    @Test func `every region waits for whoever is on call at that moment, and takes nobody else's word`() throws {
        var scene = try friday()
        try scene.runWithOncall(until: "2026-11-23T00:30")
        let id = try scene.release(of: "partner-services")
        // From now on by hand: canary is on its way, westus3 waits for its own word.
        try scene.run(until: "2026-11-23T06:00")
        let next = try #require(scene.holds(id, .approval).first)
        #expect(next.canAct.contains("ana"))
        let region = next.subject
        #expect(scene.approve(id, region, as: "bo").refusal?.code == .notAllowed)
        let handOver = Command.overrideOncall(
            try Make.name("release"),
            try Make.name("bo"),
            from: scene.world.now,
            to: scene.world.now + .hours(3),
            reason: "ana is at the dentist's"
        )
        _ = try scene.act(handOver, as: "ana").get()
        #expect(scene.approve(id, region, as: "ana").refusal?.code == .notAllowed)
        #expect(scene.approve(id, region, as: "bo").isAccepted)
        try scene.run(until: "2026-11-23T08:30")
        let after = try #require(scene.holds(id, .approval).first)
        #expect(after.subject != region, "the next region waits for a word of its own")
    }

    @Test func `validating and approving are two acts, and both are recorded`() throws {
        var scene = try friday()
        try scene.runWithOncall(until: "2026-11-20T18:00")
        let id = try scene.release(of: "images")
        try scene.run(until: "2026-11-23T00:05")
        let wrong = scene.decide(id, .validation, "production/upload/canary-images", as: "ana")
        #expect(wrong.refusal?.code == .nothingWaits)
        try scene.runWithOncall(until: "2026-11-23T02:00")
        let acts = scene.world.log.compactMap { recorded -> String? in
            guard case .gateDecided(let event) = recorded.event, event.release == id else { return nil }
            let gates = scene.world.train.state.releases[id]?.plan.stages[1].waves.first { $0.name == event.gate.wave }
            let all = (event.gate.region == nil ? gates?.gates : gates?.regionGates) ?? []
            guard case .approval(let rule) = all[event.gate.index] else { return nil }
            return "\(rule.act.rawValue) \(event.gate)"
        }
        #expect(acts.contains("validation production/registration"))
        #expect(acts.contains("approval production/registration"))
        #expect(acts.contains("approval production/upload/production-images"))
    }

    // MARK: - 3: B needs A, with the same version

    @Test func `B waits while A's production registered another version, and says which is missing where`() throws {
        var scene = try friday()
        try scene.runWithOncall(until: "2026-11-26T00:00")
        for plan in ["images", "partner-services"] {
            scene.world.push(try Make.version("20261127.1"), of: try scene.plan(plan))
        }
        try scene.run(until: "2026-11-30T09:00")
        let id = try scene.release(of: "partner-services")
        let hold = try #require(scene.holds(id, .prerequisite).first)
        #expect(hold.subject == "production/part-1")
        #expect(hold.unmet.contains("images/production"))
        #expect(hold.unmet.contains("partner-services 20261127.1 is missing there"))
        #expect(hold.unmet.contains("20261120.1"))
        _ = scene.decide(id, .validation, "production/part-1", as: "bo")
        try scene.run(until: "2026-11-30T23:00")
        #expect(try scene.versions(of: "io", in: "canary") == ["20261120.1"], "no click replaces what is missing")
    }

    // MARK: - 4: failures that are known

    private func failing(_ region: String, _ output: String, times: Int?, isFalse: Bool = false) throws -> Scene {
        var failure = InjectedFailure(at: Place(region: try Make.name(region), service: try Make.name("io")))
        failure.output = output
        failure.times = times
        failure.isFalse = isFalse
        var scene = try friday { $0.failures = [failure] }
        try scene.runWithOncall(until: "2026-11-26T00:00")
        return scene
    }

    @Test func `a bad gateway is tried again until it has passed`() throws {
        let scene = try failing("westus3", "502 BadGatewayConnection", times: 2)
        let id = try scene.release(of: "partner-services")
        let retries = scene.world.log.filter { if case .retryPlanned = $0.event { true } else { false } }
        #expect(retries.count == 2)
        #expect(scene.state(id) == .completed)
        #expect(scene.notices(.failed).isEmpty)
    }

    @Test func `a failure that is none is looked up and taken for a success, visibly`() throws {
        let scene = try failing("westus3", "Are any of the pods older than 15 mins : true", times: nil, isFalse: true)
        let id = try scene.release(of: "partner-services")
        #expect(scene.state(id) == .completed)
        let warnings = scene.world.release(id)?.waves.flatMap(\.regions).flatMap(\.hosts).flatMap(\.warnings) ?? []
        #expect(warnings.contains { $0.contains("maybe-false") })
        #expect(try scene.versions(of: "io", in: "westus3") == ["20261120.1"])
    }

    @Test func `the same output where the old version still runs is a failure`() throws {
        let scene = try failing("westus3", "Are any of the pods older than 15 mins : true", times: nil)
        #expect(scene.state(try scene.release(of: "partner-services")) != .completed)
    }

    @Test func `any other failure stops the train, pages whoever is on call, and nothing further starts`() throws {
        let scene = try failing("westus3", "disk full", times: nil)
        #expect(scene.starts(of: "partner-services").map(\.region) == ["int", "canary", "westus3"])
        let page = try #require(scene.notices(.page).first)
        #expect(page.sentence.contains("ana"))
        #expect(scene.notices(.page).map(\.channel).contains("chat:release-room"))
        #expect(Set(scene.notices(.failed).map(\.channel)).count == 3, "the channel and both lists hear of it")
        #expect(try scene.versions(of: "io", in: "westus3") == ["before"])
        #expect(scene.world.violations.isEmpty)
    }

    @Test func `notices go to the channel and both lists, and one that fails is retried, seen, and holds nothing`()
        throws
    {
        var scene = try friday { $0.outside.brokenChannels = ["mail:solution-team"] }
        try scene.runWithOncall(until: "2026-11-26T00:00")
        #expect(scene.state(try scene.release(of: "partner-services")) == .completed)
        #expect(Set(scene.notices(.started).map(\.channel)).count == 3)
        #expect(Set(scene.notices(.waiting).map(\.channel)).count == 3)
        let alarm = scene.world.train.state.schedule.alarms.values.first { $0.kind == .noticeUndelivered }
        #expect(alarm?.subject == "mail:solution-team")
    }

    // MARK: - 5: a second solution

    @Test func `another team's solution joins the train by a file of its own`() throws {
        let before = try ["images", "partner-services"].map { try Plans.compiled("\(Self.folder)/\($0).yaml").digest }
        let files = ["images", "partner-services", "second-solution"]
        var scene = try Scene(Self.folder, files, from: "2026-11-20T07:00")
        for plan in ["images", "partner-services", "billing-services"] {
            scene.world.push(try Make.version("20261120.1"), of: try scene.plan(plan))
            try scene.register(plan)
        }
        try scene.runWithOncall(until: "2026-11-26T00:00")
        let departures = scene.world.log.compactMap { recorded -> Instant? in
            if case .trainDeparted(let event) = recorded.event, event.release != nil { recorded.at } else { nil }
        }
        #expect(departures.count == 3)
        #expect(Set(departures) == [try Make.time("2026-11-20T08:00")])
        let billing = try scene.release(of: "billing-services")
        #expect(scene.state(billing) == .completed)
        #expect(scene.world.release(billing)?.team == "billing")
        #expect(scene.world.release(billing)?.artifacts.keys.map(\.text).sorted() == ["invoices", "payments"])
        let solution = try scene.release(of: "partner-services")
        #expect(
            scene.state(solution) == .completed,
            "\(scene.world.holds(of: solution)) \(scene.world.release(solution)?.reason ?? "")"
        )
        let after = try ["images", "partner-services"].map { try Plans.compiled("\(Self.folder)/\($0).yaml").digest }
        #expect(before == after)
        #expect(scene.world.violations.isEmpty)
    }
}
