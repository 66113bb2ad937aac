import Foundation
import PlanLanguage
import StructuredText
import TestSupport
import Testing

@Suite struct PlanSchemaTests {
    private let validator: SchemaValidator

    init() throws { validator = try SchemaValidator(schema: PlanSchema.text) }

    private func flaws(_ yaml: String) throws -> [String] { try validator.flaws(ofYAML: yaml) }

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
