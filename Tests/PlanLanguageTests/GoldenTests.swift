import Foundation
import PlanLanguage
import StructuredText
import Testing
import TrainModel

/// One section of `Golden/broken-plans.txt`.
struct BrokenPlan: CustomTestStringConvertible {
    let title: String
    let plan: String
    let answer: String

    var testDescription: String { title }

    /// With two lists for fan-out beside it.
    private var result: Result<CompiledPlan, Problems> {
        let circuits = #"[{"plant": "NORTH", "circuit": "A1"}, {"plant": "North", "circuit": "a1"}]"#
        let others = [
            PlanSources.File(path: "circuits.json", bytes: Array(circuits.utf8)),
            PlanSources.File(path: "nothing.json", bytes: Array("[]".utf8)),
        ]
        let sources = PlanSources(file: "plan.yaml", main: Array(plan.utf8), others: others)
        return PlanCompiler.compile(sources, readZone: TestZones.read)
    }

    var problems: [Problem] {
        switch result {
        case .success: []
        case .failure(let problems): problems.all
        }
    }

    var answerNow: String {
        switch result {
        case .success: "compiles"
        case .failure(let problems): problems.description
        }
    }

    static func all() throws -> [BrokenPlan] { try read().plans }

    /// What stands before the first section, and the sections.
    static func read() throws -> (preface: String, plans: [BrokenPlan]) {
        let text = try String(contentsOf: TestFiles.golden("broken-plans.txt"), encoding: .utf8)
        let sections = text.components(separatedBy: "### ")
        let plans = try sections.dropFirst().map { section in
            let parts = section.components(separatedBy: "=>\n")
            try #require(parts.count == 2, "a section has one answer: \(section)")
            let lines = parts[0].split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
            try #require(lines.count == 2)
            let answer = parts[1].trimmingCharacters(in: .newlines)
            return BrokenPlan(title: String(lines[0]), plan: String(lines[1]), answer: answer)
        }
        return (sections[0], plans)
    }
}

@Suite struct GoldenTests {
    @Test func `every broken plan gets its own answer at the right place`() throws {
        let (preface, plans) = try BrokenPlan.read()
        if ProcessInfo.processInfo.environment["WAVETRAIN_REWRITE_GOLDEN"] != nil {
            let sections = plans.map { "### \($0.title)\n\($0.plan)=>\n\($0.answerNow)\n" }
            let text = preface + sections.joined(separator: "\n")
            try text.write(to: TestFiles.source("Golden/broken-plans.txt"), atomically: true, encoding: .utf8)
        }
        for plan in plans { #expect(plan.answerNow == plan.answer, "\(plan.title)") }
    }

    @Test func `the broken plans are more than thirty and no two have the same answer`() throws {
        let answers = try BrokenPlan.read().plans.map(\.answer)
        #expect(answers.count > 30)
        let sentences = answers.map { $0.replacing(#/plan\.yaml:\d+:\d+: /#, with: "") }
        #expect(Set(sentences).count == sentences.count)
        #expect(!sentences.contains("compiles"))
    }

    @Test func `the digest of the train's plan is taken over its spelled-out form`() throws {
        let compiled = try TestFiles.compile("1-regional-weekly-train/partner-services.yaml").get()
        if ProcessInfo.processInfo.environment["WAVETRAIN_REWRITE_GOLDEN"] != nil {
            let url = TestFiles.source("Golden/partner-services.canonical.json")
            try compiled.canonicalText.write(to: url, atomically: true, encoding: .utf8)
        }
        let golden = try String(contentsOf: TestFiles.golden("partner-services.canonical.json"), encoding: .utf8)
        #expect(compiled.canonicalText == golden)
        #expect(compiled.digest.hex == "02e55e1392ac8524e04463dfa3baf77f673f424b8b62da29b1fb89755fe24cd9")
    }
}

enum TestFiles {
    /// A file of the bundle that the build copied.
    static func golden(_ name: String) throws -> URL {
        try #require(Bundle.module.url(forResource: "Golden/\(name)", withExtension: nil))
    }

    /// A file beside this one in the repository.
    static func source(_ path: String) -> URL {
        URL(filePath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().appending(path: path)
    }

    /// The example plans, by their paths below `controller/plans`; not the files that they include.
    static func plans() throws -> [String] {
        let files = FileManager.default.enumerator(atPath: plan("").path)
        let paths = (files?.allObjects as? [String] ?? []).filter { $0.hasSuffix(".yaml") }
        return try paths.filter { try String(contentsOf: plan($0), encoding: .utf8).contains("\nplan: ") }.sorted()
    }

    static func compile(_ path: String) throws -> Result<CompiledPlan, Problems> {
        let file = plan(path)
        return PlanCompiler.compile(
            main: Array(try Data(contentsOf: file)),
            file: path,
            read: { Array(try Data(contentsOf: file.deletingLastPathComponent().appending(path: $0))) },
            readZone: TestZones.read
        )
    }

    static func plan(_ name: String) -> URL { source("../../controller/plans/\(name)").standardized }
    static func documentation(_ name: String) -> URL { source("../../docs/\(name)").standardized }
}
