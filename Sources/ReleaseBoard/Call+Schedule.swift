import ControllerService
import HummingbirdCore
import ReleaseDecisions
import StructuredText
import TimeAndChance
import TrainModel

// Trains, freezes, on-call, debts and alarms.

extension Call {
    static func showSchedule(_ call: Call) async throws -> Response {
        try .json(await call.controller.schedule().summary)
    }

    static func freeze(_ call: Call) async throws -> Response {
        let (plan, until, reason) = try await call.body { fields in
            (
                fields.optional("plan", Shape<PlanName>.name("plan")), fields.optional("until", .instant),
                fields.value("reason", .reason, default: "")
            )
        }
        return try await call.perform(.freeze(plan: plan, until: until, reason: reason))
    }

    static func liftFreeze(_ call: Call) async throws -> Response {
        try await call.perform(.liftFreeze(plan: call.option("plan", .name("plan"))))
    }

    static func overrideOncall(_ call: Call) async throws -> Response {
        let rotation: RotationName = try call.name("rotation", "rotation")
        let standIn = try await call.body { StandIn($0) }
        return try await call.perform(
            .overrideOncall(rotation, standIn.person, from: standIn.from, to: standIn.to, reason: standIn.reason)
        )
    }

    static func payDebt(_ call: Call) async throws -> Response {
        let (id, note) = try await call.body { fields in
            fields.required("debt", .words(bytes_max: 128)).map { ($0, fields.value("note", .reason, default: "")) }
        }
        return try await call.perform(.payDebt(id, note: note))
    }

    static func clearAlarm(_ call: Call) async throws -> Response {
        let (kind, subject) = try await call.body { fields in
            let subject = fields.required("subject", .reason)
            return fields.oneOf("kind", Alarm.Kind.self).flatMap { kind in subject.map { (kind, $0) } }
        }
        return try await call.perform(.clearAlarm(kind, subject: subject))
    }
}

/// `{"person", "from", "to", "reason"}`
private struct StandIn {
    let person: PersonName
    let from: Instant
    let to: Instant
    let reason: String

    init?(_ fields: Fields) {
        let person: PersonName? = fields.required("person", .name("person"))
        let from = fields.required("from", .instant)
        let to = fields.required("to", .instant)
        reason = fields.value("reason", .reason, default: "")
        guard let person, let from, let to else { return nil }
        (self.person, self.from, self.to) = (person, from, to)
    }
}

extension ScheduleView {
    /// Without the candidates' changes, which are most of it; `…/train` has them.
    fileprivate var summary: ScheduleView {
        var summary = self
        for train in summary.trains.indices {
            for candidate in summary.trains[train].candidates.indices {
                summary.trains[train].candidates[candidate].candidate.changes = []
            }
        }
        return summary
    }
}
