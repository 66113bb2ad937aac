import Foundation
import PlanLanguage
import StructuredText
import Testing

@Suite struct PlanSchemaTests {
    private let validator: SchemaValidator

    init() throws {
        let problems = ProblemCollector()
        let document = JSONText.read(Array(PlanSchema.text.utf8), file: "plan.schema.json", problems)
        try problems.check()
        validator = SchemaValidator(document: try #require(document))
    }

    private func flaws(_ yaml: String) throws -> [String] {
        let problems = ProblemCollector()
        guard let node = YAMLText.read(Array(yaml.utf8), file: "plan.yaml", problems) else { return ["no YAML"] }
        return try validator.flaws(of: node)
    }

    @Test func `the published schema is the one that the compiler describes`() throws {
        let url = TestFiles.documentation("plan.schema.json")
        if ProcessInfo.processInfo.environment["WAVETRAIN_REWRITE_GOLDEN"] != nil {
            try PlanSchema.text.write(to: url, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: url, encoding: .utf8) == PlanSchema.text)
    }

    @Test func `the schema takes every plan that the compiler takes`() throws {
        for example in try Example.all() { #expect(try flaws(example.plan).isEmpty, "\(example.plan)") }
        for path in try TestFiles.plans() {
            let plan = try String(contentsOf: TestFiles.plan(path), encoding: .utf8)
            #expect(try flaws(plan).isEmpty, "\(path)")
        }
    }

    @Test func `the schema refuses every broken plan whose mistake a schema can see`() throws {
        let visible: Set<Problem.Code> = [
            .unknownKey, .missingKey, .wrongType, .badName, .badShare, .badThreshold, .notOneKind,
            .noValue,
        ]
        var refused_count = 0
        for broken in try BrokenPlan.all() {
            guard !broken.problems.isEmpty, broken.problems.allSatisfy({ visible.contains($0.code) }) else { continue }
            let answer = try flaws(broken.plan)
            #expect(!answer.isEmpty, "\(broken.title)")
            refused_count += 1
        }
        #expect(refused_count > 25)
    }
}
