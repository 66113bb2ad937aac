import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite struct StartTests {
    @Test func `a plan that wants a description refuses a release without one`() throws {
        var station = Station("a")
        var plan = Given.held()
        plan.needsDescription = true
        let refusal = station.start(plan) { request in
            request = StartRelease(
                plan: request.plan,
                planDigest: request.planDigest,
                planSourceDigest: request.planSourceDigest,
                versions: request.versions,
                description: "  "
            )
        }.refusal
        #expect(refusal?.sentence.contains("wants a description") == true)
    }

    @Test func `only versions and branches that the plan takes can be released`() throws {
        var station = Station("a")
        var plan = Given.held()
        plan.artifacts.versionPattern = "[0-9]+"
        plan.artifacts.branchPatterns = ["main"]
        #expect(station.start(plan, "rc1").refusal?.sentence.contains("its version must match `[0-9]+`") == true)
        #expect(station.start(plan, "1").refusal?.sentence.contains("nobody said of which branch") == true)
        station.push(Given.artifact("web", "2")) { $0.branch = "feature" }
        #expect(station.start(plan, "2").refusal?.sentence.contains("built of branch feature") == true)
        station.push(Given.artifact("web", "3")) { $0.branch = "main" }
        #expect(station.start(plan, "3").refusal == nil)
    }

    @Test func `a chosen subset is deployed alone, and an unknown service is refused with those there are`() throws {
        var station = Station("a")
        let wave = Given.wave("one", ["a"], services: ["cache", "io"])
        let plan = Given.plan(wave, services: ["cache", "io"])
        let wrong = station.start(plan) { $0.only = [Given.name("cahce")] }.refusal
        #expect(wrong?.sentence == "plan shop has no service cahce; it has cache, io")
        let id = try station.start(plan) { request in
            request = StartRelease(
                plan: plan,
                planDigest: request.planDigest,
                planSourceDigest: request.planSourceDigest,
                versions: [Given.name("io"): Given.version("1")],
                description: ""
            )
            request.only = [Given.name("io")]
        }.get()
        #expect(station.sent.map(\.order.service.text) == ["io"])
        #expect(station.train.state.releases[id]?.services.map(\.text) == ["io"])
    }

    private static var hotfix: LaneRule {
        var artifacts = ArtifactRule()
        artifacts.branchPatterns = ["hotfix/.*"]
        return LaneRule(
            name: Given.name("hotfix"),
            artifacts: artifacts,
            by: [Given.group("on-call")],
            skips: [Given.name("test")],
            ignoresWindows: true,
            debt: "put the reverted changes back"
        )
    }

    private static var twoStages: Plan {
        var plan = Given.plan([
            Stage(name: Given.name("test"), waves: [Given.wave("one", ["t"])]),
            Stage(name: Given.name("production"), waves: [Given.wave("all", ["a"])]),
        ])
        plan.artifacts.branchPatterns = ["main"]
        plan.lanes = [hotfix]
        return plan
    }

    @Test func `a lane has its own people and branches, and leaves its stages out`() throws {
        var station = Station("t", "a")
        station.push(Given.artifact("web", "1")) { $0.branch = "hotfix/login" }
        let lane: (inout StartRelease) -> Void = { $0.lane = Given.name("hotfix") }
        #expect(station.start(Self.twoStages, "1", by: Given.di, lane).refusal?.code == .notAllowed)
        #expect(station.start(Self.twoStages, "1", by: Given.bo).refusal?.sentence.contains("branch `main`") == true)
        let wrong = station.start(Self.twoStages, "1") { $0.lane = Given.name("fast") }.refusal
        #expect(wrong?.sentence == "plan shop has no lane fast; it has hotfix")
        let id = try station.start(Self.twoStages, "1", by: Given.bo, lane).get()
        #expect(station.started == ["a"])
        station.work()
        #expect(station.phase(id) == .ended(.completed))
        #expect(station.train.view(of: id, at: station.now)?.waves.map(\.state) == [.skipped, .promoted])
    }

    @Test func `what a lane leaves owing holds the next release until it is paid`() throws {
        var station = Station("t", "a")
        station.push(Given.artifact("web", "1")) { $0.branch = "hotfix/login" }
        station.push(Given.artifact("web", "2")) { $0.branch = "main" }
        _ = try station.start(Self.twoStages, "1", by: Given.bo) { $0.lane = Given.name("hotfix") }.get()
        station.work()
        let refusal = try #require(station.start(Self.twoStages, "2").refusal)
        #expect(refusal.sentence.contains("shop-1/1 (put the reverted changes back) since shop-1 by bo"))
        #expect(station.tell(.payDebt("shop-1/1", note: "merged again"), by: Given.bo) == .success(.done))
        #expect(station.start(Self.twoStages, "2").refusal == nil)
    }

    @Test func `a gate that wants debts paid opens when they are`() throws {
        var station = Station("t", "a", "b")
        var plan = Self.twoStages
        plan.stages[1].waves[0].gates = [.noDebts]
        plan.stages[0].waves[0].gates = [Given.approval()]
        station.push(Given.artifact("web", "1")) { $0.branch = "hotfix/login" }
        station.push(Given.artifact("web", "2")) { $0.branch = "main" }
        let waiting = try station.start(plan, "2").get()
        station.approve(waiting)
        // Another plan of the same train, whose lane leaves a debt meanwhile.
        var other = Given.plan(Given.wave("one", ["b"]))
        other.name = Given.name("other")
        other.lanes = [Self.hotfix]
        other.lanes[0].skips = []
        other.train = TrainRule(name: Given.name("weekly"))
        plan.train = other.train
        _ = try station.start(other, "1", by: Given.bo) { $0.lane = Given.name("hotfix") }.get()
        #expect(station.train.openDebts(of: plan).map(\.id) == ["other-1/1"])
        station.work()
        #expect(station.phase(waiting) == .ended(.completed), "it is of another train")
    }

    @Test func `a newer release takes the place of one that waits, visibly`() throws {
        var station = Station("a")
        let plan = Given.held(by: Given.approval())
        let older = try station.start(plan, "1").get()
        let newer = try station.start(plan, "2").get()
        #expect(station.phase(older) == .ended(.superseded))
        #expect(station.reason(older) == "\(newer) took its place")
        station.approve(newer)
        #expect(station.start(plan, "3").refusal?.code == .conflict, "it is under way")
        station.work()
        #expect(station.start(plan, "3").refusal == nil)
    }

    @Test func `one that waits between stages gives way, one that is in the middle of a stage does not`() throws {
        var station = Station("t", "a", "b")
        let plan = Given.plan([
            Stage(name: Given.name("test"), waves: [Given.wave("one", ["t"])]),
            Stage(
                name: Given.name("production"),
                waves: [Given.wave("all", ["a", "b"], regionGates: [Given.approval()], atOnce: 1)]
            ),
        ])
        let older = try station.start(plan, "1").get()
        station.work()
        let newer = try station.start(plan, "2").get()
        #expect(station.phase(older) == .ended(.superseded))
        station.work()
        station.approve(newer, "a")
        station.work()
        #expect(station.start(plan, "3").refusal?.code == .conflict)
    }

    @Test func `a plan may want every release to end before the next`() throws {
        var station = Station("a")
        var plan = Given.held(by: Given.approval())
        plan.newerRelease = .isRefused
        let older = try station.start(plan, "1").get()
        #expect(station.start(plan, "2").refusal?.sentence.contains("\(older) has not ended") == true)
        #expect(station.phase(older) == .running)
    }
}
