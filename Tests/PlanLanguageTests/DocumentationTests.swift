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
        case "at top": return head + text + "stages: { test: { regions: [int] } }\n"
        case "in stages": return head + services + "stages:\n" + indented(2)
        case "in stage": return head + services + "stages:\n  test:\n    regions: [int]\n" + indented(4)
        case "in waves": return head + services + "stages:\n  test:\n    waves:\n" + indented(6)
        default: return text
        }
    }
}

extension Example {
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

    @Test func `every example in the reference compiles`() {
        #expect(examples.count >= 10)
        for example in examples {
            let sources = PlanSources(file: "example", main: Array(example.plan.utf8))
            let result = PlanCompiler.compile(sources, readZone: TestZones.read)
            #expect(throws: Never.self) { try result.get() }
        }
    }

    @Test(
        arguments: [
            ("The plan", "?: 1"), ("Artifacts", "artifact: { ?: 1 }"), ("Stages", "stages: { test: { ?: 1 } }"),
            ("Waves", "stages: { test: { waves: { one: { ?: 1 } } } }"), ("Hosts", "hosts: { ?: 1 }"),
            ("Bake", "bake: { ?: 1 }"), ("Smoke tests", "smoke: [{ http: { ?: 1 } }]"),
            ("Smoke tests", "smoke: [{ tcp: { ?: 1 } }]"), ("Smoke tests", "smoke: [{ command: { ?: 1 } }]"),
            ("Gates", "before_each_region: [{ approval: { ?: 1 } }]"),
        ]
    )
    func `every key that the compiler knows stands in a table of its section`(section: String, yaml: String) throws {
        let source = "wavetrain: 1\n" + yaml.replacing("?", with: "not_a_key_at_all")
        guard case .failure(let problems) = PlanCompiler.compile(source: source, file: "f") else {
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

    @Test func `the example plans compile`() throws {
        let plans = try TestFiles.plans()
        #expect(plans.count >= 10)
        for plan in plans {
            let result = try TestFiles.compile(plan)
            #expect(throws: Never.self) { try result.get() }
        }
    }
}
