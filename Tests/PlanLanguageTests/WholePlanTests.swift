import Calendars
import PlanLanguage
import Testing
import TimeAndChance
import TrainModel

@Suite struct WholePlanTests {
    @Test func `services wait for one another, restart others, and use recipes`() throws {
        let services = try Compile.plan(
            """
            wavetrain: 1
            plan: shop
            artifact: { branch: [main, 'hotfix/.*'] }
            services:
              store:
              web: { after: store, restarts: [proxy, worker], recipe: kubernetes, variables: { a: b }, tags: { c: '{version}' } }
            stages: { test: { regions: [int] } }
            """
        ).services
        var web = ServicePlan(name: try Compile.name("web"), artifact: try Compile.name("web"))
        web.after = [try Compile.name("store")]
        web.restarts = [try Compile.name("proxy"), try Compile.name("worker")]
        web.recipe = try Compile.name("kubernetes")
        web.variables = [Variable(key: "a", value: "b")]
        web.tags = [Tag(key: "c", value: "{version}")]
        #expect(services == [ServicePlan(name: try Compile.name("store"), artifact: try Compile.name("store")), web])
    }

    @Test func `a stage deploys a part of the services, in the plan's order`() throws {
        let plan = try Compile.plan(
            """
            wavetrain: 1
            plan: shop
            services: [a, b, c]
            stages:
              test: { regions: [int], services: [c, a] }
              production:
                expected_within: 20m
                waves: { one: { regions: [eu] }, two: { regions: [us], services: [b] } }
            """
        )
        #expect(plan.stages.flatMap(\.waves).map { $0.services.map(\.text) } == [["a", "c"], ["a", "b", "c"], ["b"]])
        #expect(plan.stages.map(\.expectedWithin) == [nil, .minutes(20)])
    }

    @Test func `canaries, regions at once, silence, comparisons and later watching are read`() throws {
        let wave = try Compile.wave(
            """
            hosts: { batch: 4, canary: 1 }
            regions_at_once: 3
            on_unhealthy: roll_back host
            bake:
              for: 1h
              silent: ignored
              watch_after: 24h
              compare:
                - { name: own, samples: true, worse_than: 1.25x, required: false }
                - { name: rate, errors: { http: 'http://m/e' }, total: { prometheus: { url: 'http://p', query: q } }, minimum: 500, every: 30s }
            """
        )
        #expect(wave.rollout.canary == .count(1) && wave.regionsAtOnce == 3 && wave.onUnhealthy == .rollBack(.host))
        #expect(wave.bake.silence == .ignored && wave.bake.watchAfter == .days(1))
        let own = ComparisonRule(
            name: "own",
            source: .samples,
            against: .others,
            every: .minutes(1),
            ratio_min_percent: 125,
            total_min: 100,
            isRequired: false
        )
        let rate = ComparisonRule(
            name: "rate",
            source: .counters(errors: .http(url: "http://m/e"), total: .prometheus(url: "http://p", query: "q")),
            against: .before,
            every: .seconds(30),
            ratio_min_percent: 150,
            total_min: 500,
            isRequired: true
        )
        #expect(wave.bake.comparisons == [own, rate])
    }

    @Test func `a plan's tags are its own, and those of a stage come on top`() throws {
        let plan = try Compile.plan(
            """
            wavetrain: 1
            plan: shop
            services: [web]
            tags: { team: a }
            stages: { test: { regions: [int], tags: { env: t } } }
            """
        )
        #expect(plan.tags == [Tag(key: "team", value: "a")])
        #expect(plan.stages.first?.waves.first?.tags == [Tag(key: "env", value: "t")])
    }

    @Test func `rotations and freezes are in their zone, else in the plan's`() throws {
        let plan = try Compile.keys(
            """
            zone: Asia/Kolkata
            rotations: { release: { people: [ana, bo], each: 1w, from: 2026-11-20 09:00, zone: Europe/Berlin } }
            freezes: [{ name: end, from: 2026-12-20 00:00, to: 2027-01-03 00:00, reason: books }]
            """
        )
        let rotation = try #require(plan.rotations[try Compile.name("release")])
        #expect(rotation.people.map(\.text) == ["ana", "bo"] && rotation.shift.days == 7)
        #expect(rotation.zone.name == "Europe/Berlin" && rotation.start.description == "2026-11-20T09:00")
        #expect(plan.freezes.map(\.zone.name) == ["Asia/Kolkata"])
        #expect(
            plan.freezes.map(\.description) == ["end (books) from 2026-12-20T00:00 to 2027-01-03T00:00 Asia/Kolkata"]
        )
    }

    @Test func `failures are kept in their order, with what they mean`() throws {
        let rules = try Compile.keys(
            """
            failures:
              gateway: { match: { output: Bad, exit_code: 7, step: [install, start] }, then: { retry: 5, backoff: 10s..2m } }
              maybe: { match: { check: http /health }, then: { verify: running_version } }
              bad: { then: { roll_back: region }, page: ops, diagnose: [log] }
              worse: { then: stop }
            diagnoses: { log: { command: [tail, app.log] }, other: { http: 'http://s/' } }
            smoke: [{ http: /health }]
            """
        ).failures
        #expect(rules.map(\.name) == ["gateway", "maybe", "bad", "worse"])
        #expect(
            rules.map(\.action) == [
                .retry(times_max: 5, pause: .seconds(10), pause_max: .minutes(2)), .verify, .rollBack(.region), .stop,
            ]
        )
        #expect(rules[0].match.output == "Bad" && rules[0].match.exitCode == 7)
        #expect(rules[0].match.steps == [.install, .start] && rules[1].match.check == "http /health")
        #expect(try rules[2].page == [.group(Compile.name("ops"))])
        #expect(rules[2].diagnose == [Diagnosis(name: "log", kind: .command(["tail", "app.log"]))])
    }

    @Test func `a train departs, cuts candidates and watches a registry`() throws {
        let train = try #require(
            try Compile.keys(
                """
                train:
                  name: daily
                  departs: { days: Mon-Fri, at: 17:00, zone: Asia/Kolkata, except: [2026-12-25] }
                  load: newest_verified
                  candidates: { cut: Mon-Fri 02:00, zone: America/New_York, repository: shop }
                  arrivals: { registry: 'http://r', repository: shop, artifact: web, tag: '\\d+', deployed_within: 5m }
                  at_least_every: 7d
                """
            ).train
        )
        #expect(train.departs?.description == "Mon-Fri 17:00 Asia/Kolkata except 2026-12-25")
        #expect(train.load == .newestVerified && train.atLeastEvery == .days(7))
        #expect(train.candidates?.cut?.description == "Mon-Fri 02:00 America/New_York")
        #expect(train.candidates?.branch == "main" && train.candidates?.zone.name == "America/New_York")
        #expect(train.arrivals?.tagPattern == "\\d+" && train.arrivals?.every == .seconds(30))
        #expect(train.arrivals?.deployedWithin == .minutes(5))
    }

    @Test func `short cuts, notices, maturity and naming rules are read`() throws {
        let plan = try Compile.keys(
            """
            description: required
            lanes: { hotfix: { by: ops, branch: 'hotfix/.*', version: '\\d+', skips: [], ignores_windows: true, debt: merge it } }
            ad_hoc: { stages: test, by: ops, at_most: 2d }
            break_glass: { by: ops, page: leads, debt: write why }
            newer_release: is_refused
            notify: [{ to: [chat:room], on: [failed, started] }, { to: mail:all }]
            maturity: [{ stable: { predicate: quality, where: { coverage: '>= 80' } } }, { alpha: {} }]
            variables: { namespace: 'prod-{candidate}' }
            names: { namespace: 'prod-.*' }
            """.replacing("skips: [], ", with: "")
        )
        let lane = try #require(plan.lanes.first)
        #expect(lane.artifacts.branchPatterns == ["hotfix/.*"] && lane.artifacts.versionPattern == "\\d+")
        #expect(lane.ignoresWindows && lane.skips.isEmpty && lane.debt == "merge it")
        #expect(plan.adHoc?.lifetime_max == .days(2) && plan.breakGlass?.debt == "write why")
        #expect(plan.newerRelease == .isRefused && plan.needsDescription)
        #expect(
            plan.notices == [
                NoticeRule(channels: ["chat:room"], on: [.started, .failed]),
                NoticeRule(channels: ["mail:all"], on: NoticeKind.allCases),
            ]
        )
        #expect(plan.maturity.map(\.name) == ["stable", "alpha"] && plan.maturity.last?.conditions.isEmpty == true)
        #expect(plan.namingRules == [NamingRule(key: "namespace", pattern: "prod-.*")])
    }
}

@Suite struct FanOutTests {
    private let plan = """
        wavetrain: 1
        plan: models
        services:
          summary: {}
          for_each: { file: circuits.json, at: changed }
          template:
            'be-{plant}-{circuit}':
              after: summary
              artifact: 'model-{plant}'
              variables: { data: '{plant}_{circuit}:{cutoff}', low: '{plant.lower}', at: '{region}', brace: '{{x}' }
            'probe-{plant}-{circuit}': { after: 'be-{plant}-{circuit}' }
        stages:
          test: { regions: [int] }
          production: { regions: [eu], services: ['be-{plant}-{circuit}', summary] }
        """
    private let list =
        #"{"cutoff": "2025-12-10", "changed": [{"plant": "NORTH", "circuit": "A1"}, {"plant": "S", "circuit": 7}]}"#

    @Test func `a template makes its services for each item of the list`() throws {
        let plan = try Compile.plan(plan, ["circuits.json": list])
        #expect(
            plan.services.map(\.name.text) == ["summary", "be-north-a1", "probe-north-a1", "be-s-7", "probe-s-7"]
        )
        let model = plan.services[1]
        #expect(model.artifact.text == "model-north" && model.after.map(\.text) == ["summary"])
        #expect(
            model.variables.map { "\($0.key)=\($0.value)" } == [
                "at={region}", "brace={{x}", "data=NORTH_A1:2025-12-10", "low=north",
            ]
        )
        #expect(plan.services[4].after.map(\.text) == ["be-s-7"])
        #expect(plan.stages[1].waves[0].services.map(\.text) == ["summary", "be-north-a1", "be-s-7"])
    }

    @Test func `another list is another plan`() throws {
        func digest(_ list: String) throws -> Digest {
            let file = PlanSources.File(path: "circuits.json", bytes: Array(list.utf8))
            let sources = PlanSources(file: "plan.yaml", main: Array(plan.utf8), others: [file])
            return try PlanCompiler.compile(sources, readZone: TestZones.read).get().digest
        }
        #expect(try digest(list) != digest(list.replacing("A1", with: "A2")))
        #expect(try digest(list) == digest(list.replacing(" ", with: "")))
    }

    @Test func `an attestation's list is asked for by its predicate`() throws {
        let source = plan.replacing("file: circuits.json", with: "attestation: changed-circuits")
        #expect(try Compile.plan(source, ["attestations/changed-circuits.json": list]).services.count == 5)
    }
}
