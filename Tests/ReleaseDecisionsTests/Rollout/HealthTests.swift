import OrderedCollections
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

/// Silence, comparisons, and health after the verdict.
@Suite struct HealthTests {
    /// Version 1 runs on `hosts` hosts of `a`; version 2 is in place there and bakes.
    private func baking(
        hosts: Int = 3,
        _ change: (inout Bake) -> Void
    ) -> (fleet: Fleet, plan: Plan, id: ReleaseID?) {
        var fleet = Fleet()
        fleet.enrol("a", hosts: hosts)
        var plan = Make.plan(Make.wave("one", ["a"], bake: .seconds(5)))
        fleet.start(plan, version: "1")
        fleet.work()
        fleet.bake(.seconds(6))
        change(&plan.stages[0].waves[0].bake)
        let id = fleet.start(plan, version: "2")
        fleet.work()
        return (fleet, plan, id)
    }

    // MARK: - Silence

    @Test func `where silence is illness, a host that says nothing condemns its region`() throws {
        var (fleet, _, id) = baking { $0.silence = .unhealthy }
        fleet.cut(Make.host("a", 2))
        fleet.bake(.seconds(6))
        let region = try #require(id.flatMap { fleet.train.state.releases[$0]?.regions[Make.name("a")] })
        #expect(region.failure.contains("nothing is heard of host-2"))
        #expect(fleet.phase(id) == .returning)
    }

    @Test func `after a start of the controller hosts have the bake's time to speak before silence is illness`() {
        var (fleet, _, id) = baking { $0.silence = .unhealthy }
        fleet.bake(.seconds(3))
        fleet = fleet.restarted()
        for index in 1...3 { fleet.connect(Make.host("a", index)) }
        fleet.pass(.seconds(3))
        #expect(fleet.phase(id) == .running)
        fleet.bake(.seconds(6))
        #expect(fleet.phase(id) == .ended(.completed))
    }

    @Test func `where silence is ignored, more than half must speak, and well`() {
        var (fleet, _, id) = baking { $0.silence = .ignored }
        fleet.cut(Make.host("a", 2))
        fleet.cut(Make.host("a", 3))
        fleet.bake(.seconds(8))
        #expect(fleet.phase(id) == .running)
        #expect(fleet.holds(id).map(\.kind) == [.noHealthData])
        fleet.connect(Make.host("a", 3))
        fleet.bake(.seconds(3))
        #expect(fleet.phase(id) == .ended(.completed))
    }

    // MARK: - After the verdict

    @Test func `what falls ill after the release has ended goes back all the same, until the time is over`() {
        var (fleet, _, id) = baking { $0.watchAfter = .minutes(10) }
        fleet.bake(.seconds(6))
        #expect(fleet.phase(id) == .ended(.completed))
        fleet.bake(.seconds(60))
        for _ in 0..<5 { fleet.sample { _, artifact in artifact.version.text == "2" } }
        fleet.work()
        #expect(fleet.phase(id) == .ended(.rolledBack))
        for index in 1...3 { #expect(fleet.version(Make.host("a", index)) == "1") }
        #expect(fleet.never.violations == [])
    }

    @Test func `once the time is over nothing is watched`() {
        var (fleet, _, id) = baking { $0.watchAfter = .seconds(30) }
        fleet.bake(.seconds(6))
        fleet.bake(.seconds(31))
        for _ in 0..<5 { fleet.sample { _, _ in true } }
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.inbox.isEmpty)
    }

    @Test func `a restart of the controller does not end the watch`() {
        var (fleet, _, id) = baking { $0.watchAfter = .minutes(10) }
        fleet.bake(.seconds(6))
        fleet = fleet.restarted()
        for index in 1...3 { fleet.connect(Make.host("a", index)) }
        for _ in 0..<3 { fleet.sample { _, _ in true } }
        #expect(fleet.phase(id) == .returning)
    }

    @Test func `a newer release that has taken over is not what an older one's watch condemns`() {
        var (fleet, plan, id) = baking { $0.watchAfter = .minutes(10) }
        fleet.bake(.seconds(6))
        let newer = fleet.start(plan, version: "3")
        fleet.work()
        for _ in 0..<3 { fleet.sample { _, _ in true } }
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(fleet.phase(newer) == .returning)
    }

    // MARK: - Comparisons

    private func rule(_ source: ComparisonRule.Source, isRequired: Bool = true) -> ComparisonRule {
        ComparisonRule(
            name: "errors",
            source: source,
            against: source == .samples ? .others : .before,
            every: .seconds(1),
            ratio_min_percent: 150,
            total_min: 100,
            isRequired: isRequired
        )
    }

    private static let counters = ComparisonRule.Source.counters(
        errors: .prometheus(url: "http://metrics", query: "errors{region=\"{region}\"}"),
        total: .prometheus(url: "http://metrics", query: "total{region=\"{region}\"}")
    )

    /// Answers every open question about counters.
    private func answer(_ fleet: inout Fleet, errors: Int, total: Int) {
        let questions = fleet.questions
        fleet.questions = []
        for (key, _) in questions {
            guard case .comparison(_, _, _, let isErrors) = key else { continue }
            fleet.give(.probed(key, ProbeAnswer(value: "\(isErrors ? errors : total)", failure: "")))
        }
    }

    @Test func `more errors than before the change condemn the region, with the numbers`() throws {
        var (fleet, _, id) = baking { $0.comparisons = [rule(Self.counters)] }
        #expect(
            fleet.questions.contains { $0.kind == .prometheus(url: "http://metrics", query: "errors{region=\"a\"}") }
        )
        answer(&fleet, errors: 10, total: 1_000)
        fleet.pass(.seconds(1))
        answer(&fleet, errors: 110, total: 2_000)
        let region = try #require(id.flatMap { fleet.train.state.releases[$0]?.regions[Make.name("a")] })
        #expect(region.failure.hasPrefix("errors is worse: "))
        #expect(fleet.phase(id) == .returning)
        let concluded = fleet.log.compactMap { entry in
            if case .comparisonConcluded(let event) = entry.event { event } else { nil }
        }
        #expect(concluded.map(\.isWorse) == [true])
    }

    @Test func `counters may be parts of an answer in JSON`() {
        let page = Probe.Kind.http(url: "http://metrics/totals")
        var rule = rule(.counters(errors: page, total: page))
        rule.errorsField = "http.errors"
        rule.totalField = "http.requests"
        let (fleet, _, _) = baking { $0.comparisons = [rule] }
        #expect(fleet.fieldsAsked == ["http.errors", "http.requests"])
    }

    @Test func `as many errors as before let the bake end well, and that is written down`() {
        var (fleet, _, id) = baking { $0.comparisons = [rule(Self.counters)] }
        for look in 1...7 {
            answer(&fleet, errors: look * 10, total: look * 1_000)
            fleet.sample()
            fleet.pass(.seconds(1))
        }
        #expect(fleet.phase(id) == .ended(.completed))
        #expect(
            fleet.log.contains { if case .comparisonConcluded(let event) = $0.event { !event.isWorse } else { false } }
        )
    }

    @Test func `a required comparison without data holds the verdict, and one that is not shows it and goes on`() {
        var (held, _, id) = baking { $0.comparisons = [rule(Self.counters)] }
        held.bake(.seconds(8))
        #expect(held.holds(id).map(\.kind) == [.comparing])
        #expect(held.phase(id) == .running)
        var (free, _, other) = baking { $0.comparisons = [rule(Self.counters, isRequired: false)] }
        free.bake(.seconds(8))
        #expect(free.phase(other) == .ended(.completed))
    }

    @Test func `without smoke tests a comparison gives the verdict alone, either way`() throws {
        for isWorse in [false, true] {
            var fleet = Fleet()
            fleet.enrol("a", hosts: 2)
            var plan = Make.plan(Make.wave("one", ["a"], bake: .seconds(5)))
            plan.stages[0].waves[0].checks = []
            plan.stages[0].waves[0].bake.comparisons = [rule(Self.counters)]
            let id = fleet.start(plan, version: "1")
            fleet.work()
            for look in 1...7 {
                answer(&fleet, errors: look * (isWorse && look > 1 ? 500 : 10), total: look * 1_000)
                fleet.pass(.seconds(1))
            }
            let region = try #require(id.flatMap { fleet.train.state.releases[$0]?.regions[Make.name("a")] })
            #expect(region.failure.hasPrefix("errors is worse") == isWorse)
            #expect((region.phase == .healthy) == !isWorse)
        }
    }

    @Test func `without smoke tests hosts must still have their links, and silence that is illness is a lost link`() {
        for silence in [Bake.Silence.inconclusive, .unhealthy] {
            var (fleet, _, id) = comparedAlone { $0.silence = silence }
            fleet.cut(Make.host("a", 2))
            compareWell(&fleet, seconds: 25)
            #expect(fleet.phase(id) != .ended(.completed))
            if silence == .unhealthy {
                #expect(id.flatMap { fleet.train.state.releases[$0]?.regions[Make.name("a")]?.phase } != .healthy)
                continue
            }
            #expect(fleet.holds(id).map(\.kind) == [.noHealthData])
            fleet.connect(Make.host("a", 2))
            compareWell(&fleet, seconds: 3)
            #expect(fleet.phase(id) == .ended(.completed))
        }
    }

    private func comparedAlone(_ change: (inout Bake) -> Void) -> (fleet: Fleet, plan: Plan, id: ReleaseID?) {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 3)
        var plan = Make.plan(Make.wave("one", ["a"], bake: .seconds(5)))
        plan.stages[0].waves[0].checks = []
        plan.stages[0].waves[0].bake.comparisons = [rule(Self.counters)]
        change(&plan.stages[0].waves[0].bake)
        let id = fleet.start(plan, version: "1")
        fleet.work()
        return (fleet, plan, id)
    }

    private func compareWell(_ fleet: inout Fleet, seconds: Int) {
        for _ in 1...seconds {
            let total = Int(fleet.now.unix_ms / 1_000 % 1_000_000) * 1_000
            answer(&fleet, errors: total / 100, total: total)
            fleet.pass(.seconds(1))
        }
    }

    @Test func `counters are read while a region waits, and that is the time before`() throws {
        var fleet = Fleet()
        fleet.enrol("a", hosts: 1)
        var plan = Make.plan(Make.wave("one", ["a"], gates: [Make.approval], bake: .seconds(5)))
        plan.stages[0].waves[0].bake.comparisons = [rule(Self.counters)]
        let started = fleet.start(plan, version: "1")
        let id = try #require(started)
        for look in 1...5 {
            // The counters are old: what they counted long ago is not the time before.
            answer(&fleet, errors: 1_000_000 + look * 5, total: 2_000_000 + look * 500)
            fleet.pass(.seconds(1))
        }
        #expect(fleet.approve(id) == .success(.done))
        fleet.work()
        answer(&fleet, errors: 1_000_025, total: 2_002_500)
        fleet.pass(.seconds(1))
        answer(&fleet, errors: 1_000_125, total: 2_003_500)
        #expect(fleet.train.state.releases[id]?.regions[Make.name("a")]?.failure.hasPrefix("errors is worse") == true)
    }

    @Test func `updated hosts whose samples are worse than those of the others condemn the region`() throws {
        var fleet = Fleet()
        for region in ["a", "b"] { fleet.enrol(region, hosts: 2) }
        var plan = Make.plan(
            Make.wave("one", ["a"], bake: .minutes(20), onUnhealthy: .rollBack(.wave)),
            Make.wave("two", ["b"])
        )
        fleet.start(plan, version: "1")
        fleet.work()
        fleet.bake(.minutes(20))
        fleet.work()
        for wave in plan.stages[0].waves.indices { plan.stages[0].waves[wave].bake.unhealthy_max_bp = 5_000 }
        plan.stages[0].waves[0].bake.comparisons = [rule(.samples)]
        let id = fleet.start(plan, version: "2")
        fleet.work()
        for second in 0..<600 where fleet.phase(id) == .running {
            fleet.sample { _, artifact in artifact.version.text == "2" && second % 4 == 0 }
            fleet.pass(.seconds(1))
        }
        #expect(fleet.phase(id) == .returning, "a quarter is under the plan's half, but the others have none")
    }
}
