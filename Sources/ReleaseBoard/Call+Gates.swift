import ControllerService
import HummingbirdCore
import ReleaseDecisions
import StructuredText
import TrainModel

// What people say and do at a release's gates.

extension Call {
    static func approve(_ call: Call) async throws -> Response { try await call.decide(.approved, as: .approval) }
    static func validate(_ call: Call) async throws -> Response { try await call.decide(.approved, as: .validation) }
    static func reject(_ call: Call) async throws -> Response { try await call.decide(.rejected, as: nil) }

    /// - Parameter act: nil: the body says it.
    private func decide(_ decision: GateDecided.Decision, as act: ApprovalRule.Act?) async throws -> Response {
        let id = try releaseID()
        let word = try await body { HumanAct($0) { fields in act ?? fields.oneOf("act", default: .approval) } }
        var decide = Decide(
            id,
            decision,
            act: word.detail,
            subject: word.subject,
            releaseDigest: word.releaseDigest,
            ticked: word.ticked,
            reason: word.reason
        )
        decide.evidenceDigest = word.evidenceDigest
        return try await perform(.decide(decide))
    }

    static func vote(_ call: Call) async throws -> Response {
        let id = try call.releaseID()
        let word = try await call.body { HumanAct($0) { Ballot($0) } }
        var vote = Vote(
            id,
            role: word.detail.role,
            isGo: word.detail.vote == .go,
            isVeto: word.detail.vote == .veto,
            releaseDigest: word.releaseDigest,
            ticked: word.ticked,
            reason: word.reason
        )
        vote.evidenceDigest = word.evidenceDigest
        return try await call.perform(.vote(vote))
    }

    static func doneTask(_ call: Call) async throws -> Response {
        let id = try call.releaseID()
        let (subject, ticked, note) = try await call.body { fields in
            (
                fields.value("subject", .reason, default: ""), fields.value("ticked", .points, default: []),
                fields.value("note", .reason, default: "")
            )
        }
        return try await call.perform(.doneTask(id, subject: subject, ticked: ticked, note: note))
    }

    static func waive(_ call: Call) async throws -> Response {
        let id = try call.releaseID()
        let (subject, reason) = try await call.reasonedSubject()
        return try await call.perform(.waive(id, subject: subject, reason: reason))
    }

    static func breakGlass(_ call: Call) async throws -> Response {
        let id = try call.releaseID()
        let (subject, reason) = try await call.reasonedSubject()
        return try await call.perform(.breakGlass(id, subject: subject, reason: reason))
    }

    private func reasonedSubject() async throws -> (subject: String, reason: String) {
        try await body { ($0.value("subject", .reason, default: ""), $0.value("reason", .reason, default: "")) }
    }
}

/// What a person says, and on what: `{"subject", "release_digest", "evidence_digest", "ticked", "reason"}` and what
/// belongs to the act.
private struct HumanAct<Detail> {
    /// Empty: the only thing that waits.
    let subject: String
    let releaseDigest: Digest
    /// Nil: whatever the evidence is by now.
    let evidenceDigest: Digest?
    let ticked: [String]
    let reason: String
    let detail: Detail

    init?(_ fields: Fields, _ detail: (Fields) -> Detail?) {
        subject = fields.value("subject", .reason, default: "")
        reason = fields.value("reason", .reason, default: "")
        ticked = fields.value("ticked", .points, default: [])
        evidenceDigest = fields.optional("evidence_digest", .digest)
        let digest: Digest? = fields.required("release_digest", .digest)
        guard let detail = detail(fields), let digest else { return nil }
        releaseDigest = digest
        self.detail = detail
    }
}

/// `{"vote", "role"}`
private struct Ballot {
    enum Word: String, CaseIterable {
        case go
        case noGo = "no_go"
        case veto
    }

    let vote: Word
    /// Empty where the person can only vote for one.
    let role: String

    init?(_ fields: Fields) {
        role = fields.value("role", .reason, default: "")
        guard let vote = fields.oneOf("vote", Word.self) else { return nil }
        self.vote = vote
    }
}
