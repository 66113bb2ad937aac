import StructuredText
import TimeAndChance
import TrainModel

// Plans and their trains, freezes, on-call, debts and alarms; and what people ask later.

extension ControllerClient {
    func schedule() async throws -> ScheduleView {
        try await connection.get("/v1/schedule")
    }

    // MARK: - Plans

    func plan(_ name: PlanName) async throws -> PlanView {
        try await connection.get("/v1/plans/\(name)")
    }

    func register(_ sources: JSONValue) async throws -> Outcome {
        try await connection.post("/v1/plans", ["plan": sources])
    }

    func withdraw(_ plan: PlanName) async throws -> Outcome {
        try await connection.post("/v1/plans/\(plan)/withdraw", .object([:]))
    }

    func depart(_ plan: PlanName) async throws -> Departed {
        try await connection.post("/v1/plans/\(plan)/depart", .object([:]))
    }

    func train(of plan: PlanName) async throws -> TrainView {
        try await connection.get("/v1/plans/\(plan)/train")
    }

    func cutCandidate(_ plan: PlanName, tag: Version?) async throws -> Outcome {
        try await connection.post("/v1/plans/\(plan)/candidates", .object(["tag": tag.map { .string($0.text) }]))
    }

    func suggestion(for plan: PlanName) async throws -> SuggestionView {
        try await connection.get("/v1/plans/\(plan)/suggestion")
    }

    // MARK: - Freezes, on-call, debts, alarms

    func freeze(_ plan: PlanName?, until: Instant?, reason: String) async throws -> Outcome {
        try await connection.post(
            "/v1/freezes",
            .object([
                "plan": plan.map { .string($0.text) }, "until": until.map { .instant($0) }, "reason": .string(reason),
            ])
        )
    }

    func liftFreeze(_ plan: PlanName?) async throws -> Outcome {
        try await connection.post("/v1/freezes/lift", .object(["plan": plan.map { .string($0.text) }]))
    }

    func overrideOncall(
        _ rotation: RotationName,
        _ person: PersonName,
        from: Instant,
        to: Instant,
        reason: String
    ) async throws -> Outcome {
        try await connection.post(
            "/v1/oncall/\(rotation)",
            [
                "person": .string(person.text), "from": .instant(from), "to": .instant(to), "reason": .string(reason),
            ]
        )
    }

    func payDebt(_ id: String, note: String) async throws -> Outcome {
        try await connection.post("/v1/debts/pay", ["debt": .string(id), "note": .string(note)])
    }

    func clearAlarm(_ kind: Alarm.Kind, subject: String) async throws -> Outcome {
        try await connection.post("/v1/alarms/clear", ["kind": .string(kind.rawValue), "subject": .string(subject)])
    }

    // MARK: - Questions

    func deployments(_ query: Query) async throws -> FoundDeployments {
        try await connection.get("/v1/find/deployments\(query)")
    }

    func releases(tagged tag: Tag) async throws -> [ReleaseID] {
        struct Answer: Decodable { let releases: [ReleaseID] }
        var query = Query()
        query.add("tag", "\(tag.key)=\(tag.value)")
        return try await connection.get("/v1/find/releases\(query)", as: Answer.self).releases
    }

    func manualActs(of plan: PlanName?) async throws -> [ManualActView] {
        struct Answer: Decodable { let acts: [ManualActView] }
        var query = Query()
        query.add("plan", plan)
        return try await connection.get("/v1/find/acts\(query)", as: Answer.self).acts
    }
}

struct FoundDeployments: Codable {
    let deployments: [DeploymentRecord]
    /// More that were found and are not answered.
    let left_off: Int
}

/// What leaving by hand came to: a release, or a look for what has arrived.
struct Departed: Decodable {
    let outcome: String
    let release: ReleaseID?
}
