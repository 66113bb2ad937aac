import OrderedCollections
import PlanLanguage
import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

/// Process 4, the same version promoted by variables and drained before production, point by point.
@Suite struct Process4Tests {
    private static let folder = "4-promote-by-variables"
    private static let files = ["ui-dev", "ui-staging", "ui-production"]

    /// Monday morning; `lengths` are those of the queues, for ever or until a time.
    private func monday(_ change: (inout World.Options) throws -> Void = { _ in }) throws -> Scene {
        try Scene(Self.folder, Self.files, from: "2026-11-23T08:00", change)
    }

    private func queue(_ name: String, _ steps: (until: String?, length: String?)...) throws -> ProbeScript {
        let steps = try steps.map { step in
            ProbeScript.Step(until: try step.until.map { try Make.time($0) }, value: step.length)
        }
        return ProbeScript(name: name, steps: steps)
    }

    /// Puts a version on staging, from main unless said otherwise.
    private func stage(_ version: String, _ scene: inout Scene) throws {
        _ = try scene.start("ui-staging", version)
        scene.world.run(for: .minutes(30))
    }

    private func letGo(_ version: String, _ scene: inout Scene) throws -> ReleaseID {
        let id = try scene.start("ui-production", version, by: "ui-1")
        #expect(scene.approve(id, "", as: "ui-1").isAccepted)
        return id
    }

    // MARK: - 1: the tested version

    @Test func `production takes exactly what staging was tested with, and names it`() throws {
        var scene = try monday()
        let untested = try scene.attemptStart("ui-production", "1.4.0")
        #expect(untested.refusal?.sentence.contains("while ui-staging-1 ended it with ui before") == true)
        try stage("1.4.0", &scene)
        try stage("1.4.1", &scene)
        let older = try scene.attemptStart("ui-production", "1.4.0")
        #expect(older.refusal?.sentence.contains("1.4.1") == true)
        let id = try letGo("1.4.1", &scene)
        scene.world.run(for: .hours(1))
        #expect(scene.state(id) == .completed)
        #expect(try scene.versions(of: "ui", in: "production") == ["1.4.1"])
        let artifacts = Set(
            ["staging", "production"].flatMap { region in
                scene.world.sent.filter { $0.order.region.text == region && $0.order.artifact.version.text == "1.4.1" }
                    .map(\.order.artifact.digest)
            }
        )
        #expect(artifacts.count == 1, "nothing is built again")
    }

    @Test func `a semantic version reaches staging by itself, is announced, and is an alarm when it takes too long`()
        throws
    {
        let plan: PlanName = try Make.name("ui-staging")
        let at = try Make.time("2026-11-23T09:00")
        var scene = try monday {
            $0.outside.arrivals = [Arrival(plan: plan, at: at, tag: try Make.version("1.5.0"))]
        }
        // The build says what it was built of before the registry shows it.
        scene.world.push(try Make.version("1.5.0"), of: try scene.plan("ui-staging"))
        try scene.register("ui-staging")
        try scene.run(until: "2026-11-23T10:00")
        #expect(try scene.versions(of: "ui", in: "staging") == ["1.5.0"])
        #expect(scene.notices(.completed).contains { $0.channel == "chat:ui" && $0.sentence.contains("1.5.0") })

        let region: RegionName = try Make.name("staging")
        var slow = try monday { $0.silences = [Silence(of: try Make.host("staging", 1))] }
        let id = try slow.start("ui-staging", "1.5.0")
        slow.world.run(for: .minutes(25))
        let alarm = slow.world.train.state.schedule.alarms.values.first { $0.kind == .overdue }
        #expect(alarm?.subject.hasPrefix(id.text) == true)
        #expect(alarm?.sentence.contains("20m") == true)
        #expect(slow.world.train.state.releases[id]?.regions[region] != nil)
    }

    // MARK: - 2: the drain

    @Test func `production waits until both queues are empty at the same look, and shows their lengths`() throws {
        var scene = try monday {
            $0.outside.probes = [
                // Each is empty for a while, never both, until ten o'clock.
                try queue(
                    "us-west-2",
                    (until: "2026-11-23T09:30", length: "0"),
                    (until: "2026-11-23T10:00", length: "3"),
                    (until: nil, length: "0")
                ),
                try queue("us-east-2", (until: "2026-11-23T09:30", length: "7"), (until: nil, length: "0")),
            ]
        }
        try stage("1.4.0", &scene)
        let id = try letGo("1.4.0", &scene)
        try scene.run(until: "2026-11-23T09:00")
        let hold = try #require(scene.holds(id, .check).first)
        #expect(hold.unmet.contains("us-west-2 is 0"))
        #expect(hold.unmet.contains("us-east-2 is 7"))
        try scene.run(until: "2026-11-23T09:59")
        #expect(scene.holds(id, .check).first?.unmet.contains("us-west-2 is 3") == true)
        #expect(scene.starts(of: "ui-production").isEmpty)
        try scene.run(until: "2026-11-23T10:30")
        let begun = try #require(scene.starts(of: "ui-production").first)
        #expect(begun.at >= (try Make.time("2026-11-23T10:00")))
        #expect(scene.state(id) == .completed)
    }

    @Test func `a queue that fills between the look and the dispatch is seen`() throws {
        var scene = try monday {
            $0.outside.probes = [
                try queue(
                    "us-west-2",
                    (until: "2026-11-23T09:00", length: "0"),
                    (until: "2026-11-23T11:00", length: "5"),
                    (until: nil, length: "0")
                )
            ]
        }
        try stage("1.4.0", &scene)
        let id = try scene.start("ui-production", "1.4.0")
        // The queues were empty while the approval was missing; that is no answer for later.
        try scene.run(until: "2026-11-23T09:30")
        #expect(scene.approve(id, "", as: "ui-1").isAccepted)
        try scene.run(until: "2026-11-23T10:30")
        #expect(scene.starts(of: "ui-production").isEmpty)
        let passed = scene.world.log.contains {
            if case .checkConcluded(let event) = $0.event { event.passed } else { false }
        }
        #expect(!passed)
        try scene.run(until: "2026-11-23T11:30")
        #expect(scene.state(id) == .completed)
        let asked = try #require(scene.world.log.last { if case .checkConcluded = $0.event { true } else { false } }).at
        let begun = try #require(scene.starts(of: "ui-production").first).at
        #expect(begun - asked <= .seconds(5))
    }

    @Test func `queues that never drain are given up, with nothing deployed`() throws {
        var scene = try monday { $0.outside.probes = [try queue("us-east-2", (until: nil, length: "12"))] }
        try stage("1.4.0", &scene)
        let id = try letGo("1.4.0", &scene)
        scene.world.run(for: .hours(5))
        #expect(scene.state(id) == .rejected)
        #expect(scene.world.release(id)?.reason.contains("us-east-2 is 12") == true)
        #expect(scene.starts(of: "ui-production").isEmpty)
        #expect(try scene.versions(of: "ui", in: "production") == ["before"])
    }

    // MARK: - 3: by recipe

    @Test func `the deployment runs through a recipe on the host, with the namespace of its stage`() throws {
        var scene = try monday()
        try stage("1.4.0", &scene)
        _ = try letGo("1.4.0", &scene)
        scene.world.run(for: .hours(1))
        for (region, namespace) in ["staging": "staging", "production": "production"] {
            let order = try #require(scene.world.orders(to: try Make.name(region)).last?.order)
            #expect(order.recipe?.text == "kubernetes")
            #expect(try scene.variables(of: "ui", in: region)["namespace"] == namespace)
            #expect(order.checks.contains { $0.kind == .runningVersion })
        }
    }

    // MARK: - 4: ad hoc

    @Test func `a commit may be tried on dev for a reason and a while, and then dev returns to what the plan says`()
        throws
    {
        var scene = try monday()
        _ = try scene.start("ui-dev", "abc1234")
        scene.world.run(for: .minutes(30))
        func request(_ hours: Int64, _ reason: String, _ plan: String = "ui-dev") throws -> Command {
            let tried = try scene.plan(plan)
            let version = try Make.version("feedbee")
            var request = StartRelease(
                plan: tried,
                planDigest: try Make.artifact("plan", "1").digest,
                planSourceDigest: try Make.artifact("plan", "1").digest,
                versions: [try Make.name("ui"): version],
                description: reason
            )
            request.adHocFor = .hours(hours)
            return .start(request)
        }
        scene.world.push(try Make.artifact("ui", "feedbee"), Make.source(branch: "idea", built: scene.world.now))
        #expect(try scene.act(request(24, ""), as: "ui-1").refusal?.sentence.contains("reason") == true)
        #expect(try scene.act(request(24 * 3, "an idea"), as: "ui-1").refusal?.sentence.contains("2d") == true)
        #expect(try scene.act(request(24, "an idea", "ui-production"), as: "ui-1").refusal?.code == .notAllowed)
        guard case .started(let id) = try scene.act(request(24, "an idea"), as: "ui-1").get() else {
            Issue.record("nothing was started")
            return
        }
        scene.world.run(for: .hours(1))
        #expect(try scene.versions(of: "ui", in: "dev") == ["feedbee"])
        scene.world.run(for: .days(1))
        #expect(try scene.versions(of: "ui", in: "dev") == ["abc1234"])
        #expect(scene.state(id) == .expired)
    }

    // MARK: - 5: the hotfix lane

    @Test func `a hotfix comes by its lane from its branch, and a tag made elsewhere is refused`() throws {
        var scene = try monday()
        for (version, branch) in ["1.4.1": "hotfix/1.4.1", "1.4.2": "feature/new"] {
            scene.world.push(try Make.artifact("ui", version), Make.source(branch: branch, built: scene.world.now))
        }
        // By itself only main goes to staging.
        #expect(try scene.attemptStart("ui-staging", "1.4.1").refusal?.sentence.contains("main") == true)
        for lane in [nil, "hotfix"] {
            #expect(try scene.attemptStart("ui-staging", "1.4.2", lane: lane, by: "ui-1").refusal?.code == .invalid)
        }
        #expect(try scene.attemptStart("ui-staging", "1.4.1", lane: "hotfix").refusal?.code == .notAllowed)
        _ = try scene.start("ui-staging", "1.4.1", lane: "hotfix", by: "ui-1")
        scene.world.run(for: .minutes(30))
        let id = try letGo("1.4.1", &scene)
        scene.world.run(for: .hours(1))
        #expect(scene.state(id) == .completed)
        #expect(
            scene.world.log.contains {
                if case .checkConcluded(let event) = $0.event { event.release == id && event.passed } else { false }
            }
        )
        #expect(scene.world.train.state.schedule.debts.values.contains { $0.sentence.contains("main") })
    }
}
