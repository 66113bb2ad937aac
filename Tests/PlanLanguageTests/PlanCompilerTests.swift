import PlanLanguage
import StructuredText
import Testing
import TimeAndChance
import TrainModel

private let shop = """
    wavetrain: 1
    plan: shop
    team: retail
    artifact: { name: shop, version: '\\d+' }
    services: [cart, web]
    hosts: { batch: 2 }
    variables: { level: info, zone: a }
    stages:
      test:
        regions: [int]
      production:
        needs: [{ approval: [ops, qa] }]
        bake: { for: 10m, minimum: 4 }
        smoke: [{ http: /health }]
        waves:
          first:
            needs: [{ approval: { by: ops, quorum: 2, not: author } }]
            regions: [canary, eu]
            one_by_one: true
            before_each_region: [{ approval: ops }]
            variables: { level: debug }
          second:
            like: first
            regions: [us]
            bake: { every: 1m }
            hosts: { batch: 10%, timeout: 30m }
          third:
            regions: [asia]
            on_unhealthy: stop
    """

private func compile(_ source: String) throws -> CompiledPlan {
    try PlanCompiler.compile(source: source, file: "plan.yaml").get()
}

@Suite struct PlanCompilerTests {
    @Test func `the shortest plan takes every default`() throws {
        let plan = try compile("{wavetrain: 1, plan: shop, services: [web], stages: {test: {regions: [int]}}}").plan
        let wave = try #require(plan.stages.first?.waves.first)
        #expect(plan.team.isEmpty && plan.artifacts.versionPattern.isEmpty)
        #expect(plan.services.map(\.artifact.text) == ["web"])
        #expect(wave.name.text == "all")
        #expect(wave.regionsAtOnce == nil && wave.gates.isEmpty && wave.regionGates.isEmpty && wave.checks.isEmpty)
        #expect(wave.rollout == Rollout(batch: .count(1), unavailable_max: .count(1), timeout: .minutes(10)))
        #expect(wave.bake == Bake(duration: .zero, every: .seconds(15), unhealthy_max_bp: 100, samples_min: 1))
        #expect(wave.onUnhealthy == .rollBack(.wave))
    }

    @Test func `a wave takes what it leaves out from its stage, and the stage from the plan`() throws {
        let plan = try compile(shop).plan
        let first = try #require(plan.stages.last?.waves.first)
        #expect(first.rollout == Rollout(batch: .count(2), unavailable_max: .count(2), timeout: .minutes(10)))
        #expect(first.bake.duration == .minutes(10) && first.bake.samples_min == 4)
        #expect(
            first.checks.map(\.kind) == [.http(HTTPCheck(url: "http://127.0.0.1:${port}/health"))]
        )
        #expect(first.variables == [Variable(key: "level", value: "debug"), Variable(key: "zone", value: "a")])
        #expect(plan.stages.first?.waves.first?.checks.isEmpty == true)
    }

    @Test func `a wave like another has all of it but its regions, and its own words on top`() throws {
        let waves = try #require(try compile(shop).plan.stages.last).waves
        #expect(waves[1].regionsAtOnce == 1 && waves[1].regionGates == waves[0].regionGates)
        #expect(waves[1].variables == waves[0].variables)
        #expect(waves[1].regions.map(\.text) == ["us"])
        #expect(
            waves[1].bake == Bake(duration: .minutes(10), every: .minutes(1), unhealthy_max_bp: 100, samples_min: 4)
        )
        #expect(waves[1].rollout.batch == .percent(10) && waves[1].rollout.timeout == .minutes(30))
        #expect(waves[2].regionsAtOnce == nil && waves[2].regionGates.isEmpty && waves[2].onUnhealthy == .stop)
    }

    @Test func `what a stage needs stands before its first wave and no other`() throws {
        let waves = try #require(try compile(shop).plan.stages.last).waves
        func deciders(of gate: Gate) -> [Actors] {
            if case .approval(let rule) = gate { rule.by } else { [] }
        }
        let found: [[[Actors]]] = waves.map { $0.gates.map(deciders(of:)) }
        let (ops, qa) = (Actors.group(try #require(GroupName("ops"))), Actors.group(try #require(GroupName("qa"))))
        #expect(found == [[[ops, qa], [ops]], [[ops]], []])
    }

    @Test func `each service has its own artifact, else the plan's`() throws {
        let services = try compile(
            """
            wavetrain: 1
            plan: shop
            artifact: shop
            services:
              web:
              cart: { artifact: cart-image }
            stages: { test: { regions: [int] } }
            """
        ).plan.services
        #expect(services.map(\.artifact.text) == ["shop", "cart-image"])
    }

    @Test func `all kinds of smoke tests are read`() throws {
        let checks = try #require(
            try compile(
                """
                wavetrain: 1
                plan: shop
                services: [web]
                smoke:
                  - http: { url: 'https://${host}.example.com/', status: 204, contains: ok, level: warn, within: 1s }
                  - http: { path: /live, port: 8080, name: alive }
                  - tcp: { port: '${port}', every: 100ms, for: 3s }
                  - tcp: db.example.com:5432
                  - command: [bin/check, '']
                  - command: { run: [bin/slow], for: 5m }
                  - running_version: { for: 20s }
                stages: { test: { regions: [int] } }
                """
            ).plan.stages.first?.waves.first
        ).checks
        #expect(
            checks.map(\.kind) == [
                .http(HTTPCheck(url: "https://${host}.example.com/", status: HTTPStatuses(204), bodyContains: "ok")),
                .http(HTTPCheck(url: "http://127.0.0.1:8080/live")),
                .tcp(address: "127.0.0.1:${port}"), .tcp(address: "db.example.com:5432"),
                .command(arguments: ["bin/check", ""]), .command(arguments: ["bin/slow"]), .runningVersion,
            ]
        )
        #expect(checks[0].level == .warn && checks[0].within == .seconds(1))
        #expect(checks[1].name == "alive")
        #expect(
            checks[2].within == .seconds(3) && checks[2].every == .milliseconds(100) && checks[2].limit == .seconds(3)
        )
        #expect(checks[6].name == "running version" && checks[6].limit == .seconds(20))
    }

    @Test(arguments: [("> 1%", 100), (">0.25%", 25), ("> 0.5%", 50), ("> 0%", 0), ("> 99.99%", 9_999), ("> 0.05%", 5)])
    func `a threshold is kept in hundredths of a per cent`(text: String, bp: Int) throws {
        let source = shop.replacing("minimum: 4", with: "unhealthy: '\(text)'")
        #expect(try compile(source).plan.stages.last?.waves.first?.bake.unhealthy_max_bp == bp)
    }

    @Test func `a short bake is watched four times unless told otherwise`() throws {
        let source = shop.replacing("for: 10m, minimum: 4", with: "for: 2s").replacing("bake: { every: 1m }", with: "")
        #expect(try compile(source).plan.stages.last?.waves.first?.bake.every == .milliseconds(500))
    }

    @Test func `a plan of ten thousand regions compiles`() throws {
        let regions = (0..<10_000).map { "region-\($0)" }.joined(separator: ",\n      ")
        let plan = try compile(shop.replacing("[asia]", with: "[\(regions)]")).plan
        #expect(plan.stages.last?.waves.last?.regions.count == 10_000)
    }
}

@Suite struct PlanDigestTests {
    @Test func `the digest does not depend on layout, comments, or the order of keys and services`() throws {
        let digest = try compile(shop).digest
        let commented = "# the shop\n" + shop.replacing("\n", with: "   # why\n")
        #expect(try compile(commented).digest == digest)
        #expect(try compile(shop.replacing("[cart, web]", with: "\n- web\n- cart")).digest == digest)
        let reordered = shop.replacing("team: retail\n", with: "") + "\nteam: retail"
        #expect(try compile(reordered).digest == digest)
        #expect(try compile(shop.replacing("[ops, qa]", with: "{ by: [qa, ops], quorum: 1 }")).digest == digest)
    }

    @Test func `it does not depend on where a value was inherited from or how a time is written`() throws {
        let digest = try compile(shop).digest
        let timed = shop.replacing("{ batch: 2 }", with: "{ batch: 2, timeout: 600s }")
        #expect(try compile(timed).digest == digest)
        let moved = shop.replacing(
            "like: first\n",
            with: """
                needs: [{ approval: { by: ops, quorum: 2, not: author } }]
                        one_by_one: true
                        before_each_region: [{ approval: ops }]
                        variables: { level: debug }

                """
        )
        #expect(try compile(moved).digest == digest)
    }

    @Test(
        arguments: [
            ("plan: shop", "plan: shop-2"), ("retail", "sales"), ("'\\d+'", "'\\d'"), ("name: shop", "name: shop-2"),
            ("[cart, web]", "[cart, web, api]"), ("batch: 2", "batch: 3"), ("level: info", "level: trace"),
            ("[int]", "[dev]"), ("test:", "trial:"), ("[ops, qa]", "[ops]"), ("for: 10m", "for: 11m"),
            ("minimum: 4", "minimum: 5"), ("/health", "/live"), ("first:", "erst:"), ("quorum: 2", "quorum: 3"),
            (", not: author", ""), ("[canary, eu]", "[eu, canary]"), ("one_by_one: true", "one_by_one: false"),
            ("[{ approval: ops }]", "[]"), ("every: 1m", "every: 2m"), ("batch: 10%", "batch: 11%"),
            ("timeout: 30m", "timeout: 31m"), ("on_unhealthy: stop", "on_unhealthy: roll_back region"),
        ]
    )
    func `the digest changes with the meaning`(old: String, new: String) throws {
        var source = shop.replacing(old, with: new)
        if old == "first:" { source = source.replacing("like: first", with: "like: erst") }
        #expect(source != shop)
        #expect(try compile(source).digest != compile(shop).digest)
    }
}
