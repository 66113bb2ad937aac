import ControllerService
import HummingbirdCore
import PlanLanguage
import ReleaseDecisions
import StructuredText
import TrainModel

extension Call {
    static func checkPlan(_ call: Call) async throws -> Response {
        let sources = try await call.body(bytes_max: planBody_bytes_max) { $0.required("plan", .planSources) }
        let compiled = try await call.controller.compile(sources)
        return try .json(CheckedPlan(digest: compiled.digest, plan: compiled.plan))
    }

    static func registerPlan(_ call: Call) async throws -> Response {
        let sources = try await call.body(bytes_max: planBody_bytes_max) { $0.required("plan", .planSources) }
        return answer(try await call.controller.registerPlan(sources, by: call.actor()).get())
    }

    static func showPlan(_ call: Call) async throws -> Response {
        try .json(await call.planned { try await call.controller.plan($0) })
    }

    static func showTrain(_ call: Call) async throws -> Response {
        try .json(await call.planned { try await call.controller.train(of: $0) })
    }

    static func suggest(_ call: Call) async throws -> Response {
        try .json(await call.planned { try await call.controller.suggestion(for: $0) })
    }

    static func withdrawPlan(_ call: Call) async throws -> Response {
        try await call.bodyWithNothing()
        return try await call.perform(.withdrawPlan(call.name("plan", "plan")))
    }

    static func depart(_ call: Call) async throws -> Response {
        try await call.bodyWithNothing()
        return try await call.perform(.departNow(call.name("plan", "plan")))
    }

    static func cutCandidate(_ call: Call) async throws -> Response {
        let plan: PlanName = try call.name("plan", "plan")
        return try await call.perform(.cutCandidate(plan, tag: call.option("tag", .version)))
    }

    static func rollBackSet(_ call: Call) async throws -> Response {
        let plan: PlanName = try call.name("plan", "plan")
        let stage: StageName = try call.name("stage", "stage")
        return try await call.perform(.rollBackSet(plan, stage, reason: call.reason()))
    }

    // MARK: - What they share

    func bodyWithNothing() async throws {
        try await body { _ in () }
    }
}

private struct CheckedPlan: Encodable {
    let digest: Digest
    let plan: Plan
}
