import Foundation
import PlanLanguage
import StructuredText
import Testing

/// An example of `docs/plan-language.md`: a block of YAML, and where in a plan it belongs.
struct Example {
    let place: String
    let text: String

    /// The example as a whole plan.
    var plan: String {
        let head = "wavetrain: 1\nplan: shop\n"
        let services = "services: [web]\nsmoke: [{ http: /health }]\n"
        func indented(_ spaces: Int) -> String {
            text.split(separator: "\n").map { String(repeating: " ", count: spaces) + $0 }.joined(separator: "\n")
        }
        switch place {
        case "in plan": return head + services + text + "stages: { test: { regions: [int] } }\n"
        case "at top", "with a list": return head + text + "stages: { test: { regions: [int] } }\n"
        case "in stages": return head + services + "stages:\n" + indented(2)
        case "in stage": return head + services + "stages:\n  test:\n    regions: [int]\n" + indented(4)
        case "in waves": return head + services + "stages:\n  test:\n    waves:\n" + indented(6)
        default: return text
        }
    }
}

extension Example {
    /// The list that the page prints for its fan-out.
    static func list() throws -> PlanSources.File {
        let page = try String(contentsOf: TestFiles.documentation("plan-language.md"), encoding: .utf8)
        let list = try #require(page.firstMatch(of: #/Such as `(?<file>[a-z_.]+)` with `(?<text>[^`]+)`/#))
        return PlanSources.File(path: String(list.file), bytes: Array(list.text.utf8))
    }

    static func all() throws -> [Example] {
        let page = try String(contentsOf: TestFiles.documentation("plan-language.md"), encoding: .utf8)
        return page.matches(of: #/```yaml ?(?<place>[a-z ]*)\n(?<text>(?s:.*?))```/#).map {
            Example(place: String($0.place), text: String($0.text))
        }
    }
}

@Suite struct DocumentationTests {
    private let page: String
    private let examples: [Example]

    init() throws {
        page = try String(contentsOf: TestFiles.documentation("plan-language.md"), encoding: .utf8)
        examples = try Example.all()
    }

    @Test func `every example in the reference compiles`() throws {
        #expect(examples.count >= 10)
        for example in examples {
            let sources = PlanSources(file: "example", main: Array(example.plan.utf8), others: [try Example.list()])
            let result = PlanCompiler.compile(sources, readZone: TestZones.read)
            #expect(throws: Never.self) { try result.get() }
        }
    }

    @Test(
        arguments: [
            ("The plan", "?: 1"), ("Artifacts", "artifact: { ?: 1 }"), ("Services", "services: { web: { ?: 1 } }"),
            ("Fan-out", "services: { for_each: { ?: 1 }, template: { web: {} } }"),
            ("Stages", "stages: { test: { ?: 1 } }"), ("Waves", "stages: { test: { waves: { one: { ?: 1 } } } }"),
            ("Hosts", "hosts: { ?: 1 }"), ("Bake", "bake: { ?: 1 }"), ("Comparisons", "bake: { compare: [{ ?: 1 }] }"),
            ("Smoke tests", "smoke: [{ http: { ?: 1 } }]"), ("Smoke tests", "smoke: [{ tcp: { ?: 1 } }]"),
            ("Smoke tests", "smoke: [{ command: { ?: 1 } }]"), ("Smoke tests", "smoke: [{ tls: { ?: 1 } }]"),
            ("Smoke tests", "smoke: [{ file: { ?: 1 } }]"), ("Smoke tests", "smoke: [{ log: { ?: 1 } }]"),
            ("Smoke tests", "smoke: [{ metrics: { ?: 1 } }]"), ("Smoke tests", "smoke: [{ process: { ?: 1 } }]"),
            ("Approvals", "before_each_region: [{ approval: { ?: 1 } }]"),
            ("Votes", "before_each_region: [{ vote: { ?: 1 } }]"),
            ("Votes", "before_each_region: [{ vote: { roles: { qa: { ?: 1 } } } }]"), ("Windows", "window: { ?: 1 }"),
            ("Prerequisites", "before_each_region: [{ stage: test, ?: 1 }]"),
            ("Evidence", "before_each_region: [{ evidence: { ?: 1 } }]"),
            ("Evidence", "before_each_region: [{ changes: { ?: 1 } }]"),
            ("Checks", "before_each_region: [{ check: { ?: 1 } }]"),
            ("Checks", "before_each_region: [{ check: { all_at_once: [{ ?: 1 }] } }]"),
            ("Checks", "before_each_region: [{ check: { http: { ?: 1 } } }]"),
            ("Tasks and debts", "before_each_region: [{ task: { ?: 1 } }]"), ("Freezes", "freezes: [{ ?: 1 }]"),
            ("Rotations", "rotations: { release: { ?: 1 } }"), ("Failures", "failures: { one: { ?: 1 } }"),
            ("Failures", "failures: { one: { match: { ?: 1 } } }"),
            ("Failures", "failures: { one: { then: { ?: 1 } } }"),
            ("Notices", "notify: [{ ?: 1 }]"), ("Trains", "train: { ?: 1 }"),
            ("Trains", "train: { candidates: { ?: 1 } }"), ("Trains", "train: { arrivals: { ?: 1 } }"),
            ("Short cuts", "lanes: { hotfix: { ?: 1 } }"), ("Short cuts", "ad_hoc: { ?: 1 }"),
            ("Short cuts", "break_glass: { ?: 1 }"), ("Maturity", "maturity: [{ alpha: { ?: 1 } }]"),
        ]
    )
    func `every key that the compiler knows stands in a table of its section`(section: String, yaml: String) throws {
        let source = "wavetrain: 1\n" + yaml.replacing("?", with: "not_a_key_at_all")
        let sources = PlanSources(file: "f", main: Array(source.utf8))
        guard case .failure(let problems) = PlanCompiler.compile(sources, readZone: TestZones.read) else {
            Issue.record("an unknown key was taken")
            return
        }
        let problem = try #require(problems.all.first { $0.code == .unknownKey })
        let keys = try #require(problem.remedy).replacing("known keys are ", with: "").split(separator: ", ")
        let text = try #require(page.firstMatch(of: try Regex("(?s)\n##+ \(section)\n(.*?)(\n##+ |$)")))
        let tables = String(text.output[1].substring ?? "").split(separator: "\n").filter { $0.hasPrefix("|") }
        #expect(!keys.isEmpty)
        for key in keys { #expect(tables.contains { $0.contains("`\(key)`") }, "\(key) in \(section)") }
    }

    @Test func `every key of the schema stands on the page`() throws {
        let problems = ProblemCollector()
        let schema = try #require(JSONText.read(Array(PlanSchema.text.utf8), file: "schema", problems))
        let keys = Set(Self.properties(in: schema))
        #expect(keys.count > 100)
        for key in keys.sorted() { #expect(page.contains("`\(key)`") || page.contains("`\(key): "), "\(key)") }
    }

    private static func properties(in node: Node) -> [String] {
        if let list = node.list { return list.flatMap(properties(in:)) }
        return (node.mapping?.entries ?? []).flatMap { entry in
            let own = entry.key == "properties" ? entry.value.mapping?.entries.map(\.key) ?? [] : []
            return own + properties(in: entry.value)
        }
    }

    @Test func `the example plans compile`() throws {
        let plans = try TestFiles.plans()
        #expect(plans.count >= 10)
        for plan in plans {
            let result = try TestFiles.compile(plan)
            #expect(throws: Never.self) { try result.get() }
        }
    }
}
