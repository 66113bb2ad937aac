import Foundation
import PlanLanguage
import Testing
import TrainModel

@Suite struct PlanPictureTests {
    @Test func `the train's plan is drawn in the order in which things happen`() throws {
        let compiled = try TestFiles.compile("1-regional-weekly-train/partner-services.yaml").get()
        let picture = "\(PlanPicture(compiled.plan))\n"
        if ProcessInfo.processInfo.environment["WAVETRAIN_REWRITE_GOLDEN"] != nil {
            try picture.write(to: TestFiles.source("Golden/partner-services.txt"), atomically: true, encoding: .utf8)
        }
        #expect(try picture == String(contentsOf: TestFiles.golden("partner-services.txt"), encoding: .utf8))
    }

    @Test func `every example plan can be drawn`() throws {
        for path in try TestFiles.plans() {
            let plan = try TestFiles.compile(path).get().plan
            let picture = "\(PlanPicture(plan))"
            #expect(plan.stages.allSatisfy { picture.contains("\n\($0.name)") })
            #expect(plan.stages.flatMap(\.waves).flatMap(\.regions).allSatisfy { picture.contains($0.text) })
        }
    }
}

@Suite struct PlanDifferenceTests {
    private static let shop = """
        wavetrain: 1
        plan: shop
        team: retail
        artifact: { version: '\\d+' }
        services: [cart, web]
        hosts: { batch: 2 }
        variables: { level: info }
        smoke: [{ http: /health }]
        rotations: { release: { people: [ana], each: 7d, from: 2026-11-16 09:00 } }
        stages:
          test:
            regions: [int]
          production:
            needs: [{ approval: ops }]
            bake: 10m
            waves:
              first: { regions: [eu, us], one_by_one: true }
              second: { regions: [asia] }
        """

    private func sentences(_ old: String, _ new: String) throws -> [String] {
        let changed = Self.shop.replacing(old, with: new)
        #expect(changed != Self.shop)
        return try PlanDifference(from: Compile.plan(Self.shop), to: Compile.plan(changed)).sentences
    }

    @Test func `plans that mean the same differ in nothing`() throws {
        #expect(try sentences("bake: 10m", "bake: 600s").isEmpty)
        #expect(try sentences("[cart, web]", "[web, cart]").isEmpty)
    }

    @Test(
        arguments: [
            ("retail", "sales", ["the team: sales, was retail"]),
            ("'\\d+'", "'\\d'", ["versions: \\d, was \\d+"]),
            (
                "[cart, web]", "[web]",
                [
                    "services, no longer: cart", "test/all deploys, no longer: cart",
                    "production/first deploys, no longer: cart", "production/second deploys, no longer: cart",
                ]
            ),
            ("[asia]", "[asia, africa]", ["the region africa is deployed to, in production/second"]),
            ("[eu, us]", "[us, eu]", ["production/first: the order of regions is now us, eu"]),
            (
                "approval: ops", "approval: { by: ops, not: author }",
                [
                    "production/first needs, new: approval by ops, not the author",
                    "production/first needs, no longer: approval by ops",
                ]
            ),
            (
                ", one_by_one: true", "",
                ["production/first: all regions at the same time, was region by region"]
            ),
            ("people: [ana]", "people: [ana, bo]", ["the rotation release is changed"]),
            (
                "team: retail", "team: retail\nnewer_release: is_refused",
                ["the part newer_release is changed"]
            ),
            (
                "test:", "trial:",
                [
                    "the region int moves from test/all to trial/all", "stages, new: trial", "stages, no longer: test",
                ]
            ),
        ]
    )
    func `a change is said in words`(old: String, new: String, wanted: [String]) throws {
        #expect(try sentences(old, new) == wanted)
    }

    @Test func `a region that moves is said once`() throws {
        #expect(
            try PlanDifference(
                from: Compile.plan(Self.shop),
                to: Compile.plan(Self.shop.replacing("[eu, us]", with: "[eu]").replacing("[asia]", with: "[asia, us]"))
            ).sentences == ["the region us moves from production/first to production/second"]
        )
    }

    @Test func `no change of the meaning goes unsaid`() throws {
        let changes = [
            ("batch: 2", "batch: 3"), ("level: info", "level: debug"), ("/health", "/live"), ("10m", "11m"),
            ("regions: [int]", "regions: [int]\n    tags: { a: b }"),
            ("team: retail", "team: retail\nnotify: [{ to: chat:room }]"),
            ("team: retail", "team: retail\nnames: { level: '[a-z]+' }"),
            ("team: retail", "team: retail\ntrain: { name: weekly }"),
            ("regions: [int]", "regions: [int]\n    expected_within: 1h"),
            ("smoke: [{ http: /health }]", "smoke: [{ http: { path: /health, status: 204 } }]"),
            ("bake: 10m", "bake: { for: 10m, compare: [{ name: a, samples: true }] }"),
        ]
        for (old, new) in changes { #expect(try !sentences(old, new).isEmpty, "\(new)") }
    }
}
