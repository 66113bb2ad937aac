import HummingbirdCore
import PlanLanguage
import StructuredText
import TrainModel

extension Call {
    static func checkPlan(_ call: Call) async throws -> Response {
        let text = try await call.body(bytes_max: planBody_bytes_max) { PlanText($0, key: "source") }
        let compiled = try PlanCompiler.compile(source: text.source, file: text.file).get()
        return try .json(CheckedPlan(digest: compiled.digest, plan: compiled.plan))
    }
}

private struct CheckedPlan: Encodable {
    let digest: Digest
    let plan: Plan
}

/// A plan as it was written, and what to call it in problems.
struct PlanText {
    let source: String
    let file: String

    init?(_ fields: Fields, key: String) {
        let source = fields.string(key)
        file = fields.value("file", .reason, default: "plan.yaml")
        guard let source else { return nil }
        self.source = source
    }
}
