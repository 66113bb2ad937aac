import HTTPCalls
import StructuredText
import TimeAndChance
import TrainModel

/// The controller's API as functions. `docs/api.md` describes each.
struct ControllerClient: Sendable {
    let connection: ControllerConnection

    // MARK: - Artifacts

    func artifacts() async throws -> [Artifact] {
        struct Answer: Decodable { let artifacts: [Artifact] }
        return try await connection.get("/v1/artifacts", as: Answer.self).artifacts
    }

    func push(name: ArtifactName, version: Version, file: String, digest: Digest) async throws -> Outcome {
        // A version may hold `+`, which is itself in a path.
        try await connection.putFile("/v1/artifacts/\(name)/\(version)", file: file, digest: digest)
    }

    // MARK: - Releases

    func releases() async throws -> [ReleaseView] {
        struct Answer: Decodable { let releases: [ReleaseView] }
        return try await connection.get("/v1/releases", as: Answer.self).releases
    }

    func release(_ id: ReleaseID) async throws -> ReleaseView {
        try await connection.get("/v1/releases/\(id)")
    }

    func start(
        plan: String,
        file: String,
        version: Version?,
        versions: [ServiceName: Version],
        description: String
    ) async throws -> ReleaseID {
        struct Answer: Decodable { let release: ReleaseID }
        let body = JSONValue.object([
            "plan": .string(plan),
            "file": .string(file),
            "version": version.map { .string($0.text) },
            "versions": versions.isEmpty
                ? nil : .object(versions.sorted { $0.key < $1.key }.map { .init($0.key.text, .string($0.value.text)) }),
            "description": .string(description),
        ])
        return try await connection.post("/v1/releases", body, as: Answer.self).release
    }

    enum Decision: String {
        case approve, reject
    }

    func decide(
        _ decision: Decision,
        _ id: ReleaseID,
        subject: String,
        releaseDigest: Digest,
        reason: String
    ) async throws -> Outcome {
        let body: JSONValue = [
            "subject": .string(subject), "release_digest": .string(releaseDigest.hex), "reason": .string(reason),
        ]
        return try await connection.post("/v1/releases/\(id)/\(decision.rawValue)", body)
    }

    func pause(_ id: ReleaseID, reason: String) async throws -> Outcome { try await act("pause", id, reason: reason) }
    func abort(_ id: ReleaseID, reason: String) async throws -> Outcome { try await act("abort", id, reason: reason) }
    func rollBack(_ id: ReleaseID, reason: String) async throws -> Outcome {
        try await act("rollback", id, reason: reason)
    }

    func resume(_ id: ReleaseID) async throws -> Outcome {
        try await connection.post("/v1/releases/\(id)/resume", .object([:]))
    }

    private func act(_ verb: String, _ id: ReleaseID, reason: String) async throws -> Outcome {
        try await connection.post("/v1/releases/\(id)/\(verb)", ["reason": .string(reason)])
    }

    /// Views as lines of JSON, blank ones in between.
    func watch(_ id: ReleaseID) async throws -> HTTPLines {
        try await connection.lines("/v1/releases/\(id)/watch")
    }

    // MARK: - Agents

    func agents() async throws -> [AgentView] {
        struct Answer: Decodable { let agents: [AgentView] }
        return try await connection.get("/v1/agents", as: Answer.self).agents
    }

    func joinToken(region: RegionName, lifetime: Interval) async throws -> String {
        struct Answer: Decodable { let token: String }
        let body: JSONValue = ["region": .string(region.text), "lifetime": .string("\(lifetime)")]
        return try await connection.post("/v1/agents/tokens", body, as: Answer.self).token
    }

    func revoke(_ host: HostKey, reason: String) async throws -> Outcome {
        try await connection.post("/v1/agents/\(host.region)/\(host.host)/revoke", ["reason": .string(reason)])
    }

    // MARK: - Audit

    func auditLines() async throws -> HTTPLines {
        try await connection.lines("/v1/audit")
    }

    func signedHead() async throws -> [UInt8] {
        try await connection.getBytes("/v1/audit/head")
    }
}

/// What a command came to.
struct Outcome: Decodable {
    enum Word: String, Decodable {
        case done
        case alreadyDone = "already_done"
    }

    let outcome: Word
}
