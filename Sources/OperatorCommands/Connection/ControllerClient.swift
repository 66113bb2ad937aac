import HTTPCalls
import StructuredText
import TimeAndChance
import TrainModel

/// The controller's API as functions. `docs/api.md` describes each.
struct ControllerClient: Sendable {
    let connection: ControllerConnection

    // MARK: - Artifacts

    func artifacts() async throws -> [ListedArtifact] {
        struct Answer: Decodable { let artifacts: [ListedArtifact] }
        return try await connection.get("/v1/artifacts", as: Answer.self).artifacts
    }

    /// - Parameter source: where it comes from; it is kept before the bundle that names it.
    func push(
        name: ArtifactName,
        version: Version,
        file: String,
        length_bytes: Int,
        digest: Digest,
        source: ArtifactSource
    ) async throws -> Outcome {
        struct Kept: Decodable { let source: Digest }
        var headers: [HTTPHeader] = []
        if source != ArtifactSource() {
            let kept = try await connection.post("/v1/sources", source.json(), as: Kept.self)
            headers.append(HTTPHeader("Wavetrain-Source", kept.source.hex))
        }
        var attempts = PushAttempts()
        while true {
            do {
                // More than there is was a wrong beginning: sending nothing more shows that, and it goes.
                let stored_bytes = min(try await stored_bytes(of: digest), length_bytes)
                attempts.begins(at: stored_bytes)
                // A version may hold `+`, which is itself in a path.
                return try await connection.putFile(
                    "/v1/artifacts/\(name)/\(version)",
                    file: file,
                    offset_bytes: stored_bytes,
                    digest: digest,
                    headers: headers
                )
            } catch let failure as CommandFailure {
                guard let wait = attempts.wait(after: failure) else { throw failure }
                try await Task.sleep(for: wait)
            }
        }
    }

    /// How much of a bundle is there, from its first byte on.
    private func stored_bytes(of digest: Digest) async throws -> Int {
        struct Answer: Decodable { let stored_bytes: Int }
        return try await connection.get("/v1/uploads/\(digest)", as: Answer.self).stored_bytes
    }

    /// An artifact that a recipe brings by its reference.
    func register(
        name: ArtifactName,
        version: Version,
        digest: Digest,
        reference: String,
        source: ArtifactSource
    ) async throws -> Outcome {
        let own: [JSONValue.Member] = [.init("digest", .string(digest.hex)), .init("reference", .string(reference))]
        return try await connection.post("/v1/artifacts/\(name)/\(version)", source.json(besides: own))
    }

    // MARK: - Releases

    func releases() async throws -> [ReleaseView] {
        struct Answer: Decodable { let releases: [ReleaseView] }
        return try await connection.get("/v1/releases", as: Answer.self).releases
    }

    func release(_ id: ReleaseID) async throws -> ReleaseView {
        try await connection.get("/v1/releases/\(id)")
    }

    func start(_ wish: StartWish) async throws -> ReleaseID {
        struct Answer: Decodable { let release: ReleaseID }
        return try await connection.post("/v1/releases", wish.json, as: Answer.self).release
    }

    func repin(_ id: ReleaseID, versions: [ServiceName: Version]) async throws -> Outcome {
        try await connection.post("/v1/releases/\(id)/repin", ["versions": .versions(versions)])
    }

    func notes(of id: ReleaseID) async throws -> [ReleaseNotesView] {
        struct Answer: Decodable { let notes: [ReleaseNotesView] }
        return try await connection.get("/v1/releases/\(id)/notes", as: Answer.self).notes
    }

    func pause(_ id: ReleaseID, reason: String) async throws -> Outcome { try await act("pause", id, reason: reason) }
    func abort(_ id: ReleaseID, reason: String) async throws -> Outcome { try await act("abort", id, reason: reason) }
    func unpin(_ id: ReleaseID, reason: String) async throws -> Outcome { try await act("unpin", id, reason: reason) }

    /// Empty lists: all of the release.
    func rollBack(
        _ id: ReleaseID,
        regions: [RegionName],
        services: [ServiceName],
        hosts: [HostKey],
        reason: String
    ) async throws -> Outcome {
        try await connection.post(
            "/v1/releases/\(id)/rollback",
            [
                "regions": .texts(regions), "services": .texts(services), "hosts": .texts(hosts),
                "reason": .string(reason),
            ]
        )
    }

    /// Every service of a stage to the last set that ended it well before.
    func rollBackSet(_ plan: PlanName, _ stage: StageName, reason: String) async throws -> Outcome {
        try await connection.post("/v1/plans/\(plan)/stages/\(stage)/rollback", ["reason": .string(reason)])
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

/// An artifact and where it comes from, but for its changes.
struct ListedArtifact: Codable {
    let artifact: Artifact
    let source: ArtifactSource
    let by: PersonName
    let at: Instant
    /// Nil: a recipe brings it.
    let bundle: Bundle?

    /// Whether its bytes are there, and what needs them.
    struct Bundle: Codable {
        let here: Bool
        let needed: String?
    }
}

/// What a release is started with.
struct StartWish {
    /// A registered plan's name, or a plan's sources.
    var plan: JSONValue
    var version: Version?
    var versions: [ServiceName: Version] = [:]
    var description = ""
    var only: [ServiceName] = []
    var lane: LaneName?
    var adHocFor: Interval?
    var adHocStages: [StageName] = []
    var candidate: Version?
    var tags: [Tag] = []

    var json: JSONValue {
        .object([
            "plan": plan,
            "version": version.map { .string($0.text) },
            "versions": versions.isEmpty ? nil : .versions(versions),
            "description": .string(description),
            "only": only.isEmpty ? nil : .texts(only),
            "lane": lane.map { .string($0.text) },
            "ad_hoc_for": adHocFor.map { .string("\($0)") },
            "ad_hoc_stages": adHocStages.isEmpty ? nil : .texts(adHocStages),
            "candidate": candidate.map { .string($0.text) },
            "tags": tags.isEmpty ? nil : .object(tags.map { .init($0.key, .string($0.value)) }),
        ])
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
