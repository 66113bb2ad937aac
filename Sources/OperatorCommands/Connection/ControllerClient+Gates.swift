import StructuredText
import TimeAndChance
import TrainModel

// What people say and do at gates, and about artifacts and changes.

/// On what a person acts, with what they have ticked.
struct HumanWord {
    /// Empty: the only thing that waits.
    var subject: String
    let releaseDigest: Digest
    /// Of the evidence that was looked at; nil: whatever it is by now.
    let evidenceDigest: Digest?
    let ticked: [String]
    let reason: String

    func json(_ own: [JSONValue.Member] = []) -> JSONValue {
        var members = own
        members.append(.init("subject", .string(subject)))
        members.append(.init("release_digest", .string(releaseDigest.hex)))
        if let evidenceDigest { members.append(.init("evidence_digest", .string(evidenceDigest.hex))) }
        if !ticked.isEmpty { members.append(.init("ticked", .texts(ticked))) }
        members.append(.init("reason", .string(reason)))
        return .object(members)
    }
}

extension ControllerClient {
    enum Decision: String {
        case approve, validate, reject
    }

    /// - Parameter act: what is rejected.
    func decide(
        _ decision: Decision,
        _ id: ReleaseID,
        _ word: HumanWord,
        act: ApprovalRule.Act
    ) async throws -> Outcome {
        let own: [JSONValue.Member] = decision == .reject ? [.init("act", .string(act.rawValue))] : []
        return try await connection.post("/v1/releases/\(id)/\(decision.rawValue)", word.json(own))
    }

    func vote(_ vote: String, _ id: ReleaseID, role: String, _ word: HumanWord) async throws -> Outcome {
        try await connection.post(
            "/v1/releases/\(id)/votes",
            word.json([.init("vote", .string(vote)), .init("role", .string(role))])
        )
    }

    func doneTask(_ id: ReleaseID, subject: String, ticked: [String], note: String) async throws -> Outcome {
        try await connection.post(
            "/v1/releases/\(id)/tasks",
            ["subject": .string(subject), "ticked": .texts(ticked), "note": .string(note)]
        )
    }

    func waive(_ id: ReleaseID, subject: String, reason: String) async throws -> Outcome {
        try await connection.post(
            "/v1/releases/\(id)/waivers",
            ["subject": .string(subject), "reason": .string(reason)]
        )
    }

    func breakGlass(_ id: ReleaseID, subject: String, reason: String) async throws -> Outcome {
        try await connection.post(
            "/v1/releases/\(id)/break-glass",
            ["subject": .string(subject), "reason": .string(reason)]
        )
    }

    // MARK: - Evidence

    func attest(_ statement: Statement) async throws -> Outcome {
        try await connection.post("/v1/evidence", statement.json)
    }

    func revokeAttestation(_ id: Digest, reason: String) async throws -> Outcome {
        try await connection.post("/v1/evidence/\(id)/revoke", ["reason": .string(reason)])
    }

    func attestations(of artifact: (ArtifactName, Version)?, change: String?) async throws -> [AttestationView] {
        struct Answer: Decodable { let attestations: [AttestationView] }
        var query = Query()
        query.add("artifact", artifact?.0)
        query.add("version", artifact?.1)
        query.add("change", change)
        return try await connection.get("/v1/evidence\(query)", as: Answer.self).attestations
    }
}
