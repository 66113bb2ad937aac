import PlanLanguage
import StructuredText
import Testing
import TimeAndChance
import TrainModel

private struct NoSuchFile: Error, CustomStringConvertible { let description = "no such file" }

private let plan = """
    wavetrain: 1
    plan: shop
    include: [checks.yaml, shared/settings.yaml]
    services: [web]
    variables: { level: info }
    stages: { test: { regions: [int] } }
    """

private func compile(_ plan: String = plan, _ files: [String: String]) -> Result<CompiledPlan, Problems> {
    PlanCompiler.compile(
        main: Array(plan.utf8),
        file: "plans/plan.yaml",
        read: { path in
            guard let text = files[path] else { throw NoSuchFile() }
            return Array(text.utf8)
        },
        readZone: TestZones.read
    )
}

private func problems(_ plan: String = plan, _ files: [String: String]) -> [String] {
    switch compile(plan, files) {
    case .success: []
    case .failure(let problems): problems.all.map(\.description)
    }
}

@Suite struct IncludeTests {
    private let files = [
        "checks.yaml": "wavetrain: 1\nsmoke: [{ http: /health }]\n",
        "shared/settings.yaml": "include: [bake.yaml]\nvariables: { zone: a }\n",
        "shared/bake.yaml": "bake: 10m\n",
    ]

    @Test func `what is included stands in the plan as if it were written there`() throws {
        let wave = try #require(try compile(plan, files).get().plan.stages.first?.waves.first)
        #expect(wave.checks.count == 1)
        #expect(wave.bake.duration == .minutes(10))
        #expect(wave.variables.map(\.key) == ["level", "zone"])
        let written = plan.replacing("include: [checks.yaml, shared/settings.yaml]", with: "smoke: [{ http: /health }]")
            .replacing("{ level: info }", with: "{ level: info, zone: a }\nbake: 10m")
        #expect(try compile(plan, files).get().digest == compile(written, [:]).get().digest)
    }

    @Test func `the sources that were read compile to the same plan elsewhere, and to no other`() throws {
        let compiled = try compile(plan, files).get()
        #expect(compiled.sources.others.map(\.path) == ["checks.yaml", "shared/bake.yaml", "shared/settings.yaml"])
        let body = JSONText.write(compiled.sources.value)
        let problems = ProblemCollector()
        let node = try #require(JSONText.read(body, file: "body", problems))
        let sources = try #require(Shape.planSources.read(node, "the body", problems))
        #expect(sources == compiled.sources)
        #expect(try PlanCompiler.compile(sources, readZone: TestZones.read).get().digest == compiled.digest)
        var commented = files
        commented["checks.yaml"]?.append("# why\n")
        let other = try compile(plan, commented).get()
        #expect(other.digest == compiled.digest)
        #expect(other.sources.digest != compiled.sources.digest)
    }

    @Test func `a mistake in an included file is named with that file's name, line and column`() {
        var files = files
        files["shared/bake.yaml"] = "# how long\nbake: 10 min\n"
        #expect(
            problems(plan, files) == [
                #"plans/shared/bake.yaml:2:7: "bake" must be a length of time, not "10 min"; did you mean "10m"?"#
            ]
        )
    }

    @Test func `nothing may be said twice, whether in the plan or in two files`() {
        var files = files
        files["checks.yaml"] = "smoke: [{ http: /health }]\nvariables: { level: debug }\n"
        files["shared/bake.yaml"] = "smoke: []\nbake: 10m\n"
        #expect(
            problems(plan, files) == [
                #"plans/checks.yaml:2:14: "level" already stands at plans/plan.yaml:5:14; keep one of them"#,
                #"plans/shared/bake.yaml:1:1: "smoke" already stands at plans/checks.yaml:1:1; keep one of them"#,
            ]
        )
    }

    @Test func `freezes and notices of several files all count`() throws {
        let main = plan.replacing("checks.yaml, shared/settings.yaml", with: "a.yaml") + "\nnotify: [{ to: chat:own }]"
        let compiled = try compile(main, ["a.yaml": "notify: [{ to: chat:all }]"]).get()
        #expect(compiled.plan.notices.map(\.channels) == [["chat:own"], ["chat:all"]])
    }

    @Test func `a plan's own keys cannot be included`() {
        let found = problems(
            plan.replacing(", shared/settings.yaml", with: ""),
            ["checks.yaml": "plan: shop\nstages: {}\nwavetrain: 2\n"]
        )
        #expect(
            found == [
                #"plans/checks.yaml:1:1: "plan" cannot be included; it belongs to the plan's own file"#,
                #"plans/checks.yaml:2:1: "stages" cannot be included; it belongs to the plan's own file"#,
                #"plans/checks.yaml:3:12: the plan language 2 is not known here; this Wavetrain reads "wavetrain: 1""#,
            ]
        )
    }

    @Test func `files that include one another are refused`() {
        let found = problems(
            plan.replacing("checks.yaml, shared/settings.yaml", with: "a.yaml"),
            ["a.yaml": "include: [b.yaml]", "b.yaml": "include: [a.yaml]"]
        )
        #expect(
            found == ["plans/b.yaml:1:11: files include one another in a circle: a.yaml → b.yaml → a.yaml"]
        )
        let own = problems(plan.replacing("checks.yaml, shared/settings.yaml", with: "plan.yaml"), [:])
        #expect(own == ["plans/plan.yaml:3:11: files include one another in a circle: plan.yaml → plan.yaml"])
    }

    @Test func `files are included two levels deep and no deeper`() {
        let found = problems(
            plan.replacing("checks.yaml, shared/settings.yaml", with: "a.yaml"),
            ["a.yaml": "include: [b.yaml]", "b.yaml": "include: [c.yaml]", "c.yaml": "bake: 0s"]
        )
        #expect(
            found == [
                "plans/b.yaml:1:11: an included file may include others, and these no more; "
                    + #"include "c.yaml" in the plan itself"#
            ]
        )
    }

    @Test func `a file that cannot be read is named where it is included, with the reason`() {
        var files = files
        files["checks.yaml"] = nil
        files["shared/bake.yaml"] = nil
        #expect(
            problems(plan, files) == [
                #"plans/plan.yaml:3:11: "checks.yaml" cannot be read: no such file"#,
                #"plans/shared/settings.yaml:1:11: "shared/bake.yaml" cannot be read: no such file"#,
            ]
        )
    }

    @Test func `more files or bytes than a plan may have are refused before they are read`() {
        let names = (1...21).map { "f\($0).yaml" }
        let many = names.dropLast().map { ($0, "include: [f21.yaml]") } + [("f21.yaml", "bake: 0s")]
        let wide = plan.replacing(
            "checks.yaml, shared/settings.yaml",
            with: names.dropLast().joined(separator: ", ")
        )
        let found = problems(wide, Dictionary(uniqueKeysWithValues: many))
        #expect(found.first?.hasSuffix("a plan names at most 20 files; put some of them together") == true)
        let large = "# " + String(repeating: "x", count: 1 << 20)
        let tooLarge = problems(plan, ["checks.yaml": large, "shared/settings.yaml": ""])
        #expect(tooLarge.first?.contains(#""checks.yaml" has 1048578 bytes, too many"#) == true)
    }
}

@Suite struct PlanSizeTests {
    private func plan(variables: Int, waves: Int) -> String {
        let values = (0..<variables).map { "  v\($0): \(String(repeating: "x", count: 4_000))\n" }.joined()
        let list = (0..<waves).map { "      w\($0): { regions: [r\($0)] }\n" }.joined()
        return "wavetrain: 1\nplan: shop\nservices: [web]\nvariables:\n\(values)stages:\n  test:\n    waves:\n\(list)"
    }

    private func codes(_ plan: String) -> [Problem.Code] {
        switch PlanCompiler.compile(source: plan, file: "plan.yaml") {
        case .success: []
        case .failure(let problems): problems.all.map(\.code)
        }
    }

    @Test func `a wave whose variables do not fit an order is refused`() {
        #expect(codes(plan(variables: 30, waves: 1)).isEmpty)
        #expect(codes(plan(variables: 40, waves: 2)) == [.waveTooLarge, .waveTooLarge])
    }

    @Test func `a plan that does not fit a release's event is refused`() {
        #expect(codes(plan(variables: 30, waves: 16)).isEmpty)
        #expect(codes(plan(variables: 30, waves: 20)) == [.planTooLarge])
    }
}
