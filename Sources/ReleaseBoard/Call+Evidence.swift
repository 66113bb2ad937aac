import ControllerService
import HTTPTypes
import HummingbirdCore
import ReleaseDecisions
import StructuredText
import TimeAndChance
import TrainModel

extension Call {
    /// `artifact` and `version`, or `change`, or everything.
    static func listEvidence(_ call: Call) async throws -> Response {
        let query = try call.query(["artifact", "version", "change"])
        var digest: Digest?
        if query["artifact"] != nil || query["version"] != nil {
            digest = try await call.digest(of: query["artifact"] ?? "", query["version"] ?? "")
        }
        let views = try await call.controller.attestations(of: digest, change: query["change"])
        return try .json(["attestations": views])
    }

    static func attest(_ call: Call) async throws -> Response {
        let wish = try await call.body { AttestationWish($0, now: WallClock.now()) }
        let subject: Attestation.Subject
        switch wish.about {
        case .change(let id): subject = .change(id)
        case .digest(let digest): subject = .artifact(digest)
        case .version(let name, let version): subject = .artifact(try await call.digest(of: name.text, version.text))
        }
        return try await call.perform(
            .attest(
                Attestation(
                    subject: subject,
                    predicate: wish.predicate,
                    fields: wish.fields,
                    note: wish.note,
                    about: wish.time
                )
            )
        )
    }

    static func revokeEvidence(_ call: Call) async throws -> Response {
        guard let id = Digest(hex: call.parameter("digest")) else {
            throw APIError(
                .notFound,
                "not_found",
                "there is no attestation \(Problem.quote(call.parameter("digest")))",
                remedy: "`wavetrain evidence list` names them"
            )
        }
        return try await call.perform(.revokeAttestation(id, reason: call.reason()))
    }

    private func digest(of name: String, _ version: String) async throws -> Digest {
        guard let artifact = ArtifactName(name), let known = Version(version),
            let record = try await controller.artifact(artifact, known)
        else {
            throw APIError(
                .notFound,
                "not_found",
                "there is no artifact \(Problem.quote("\(name) \(version)"))",
                remedy: "`wavetrain artifact list` names them"
            )
        }
        return record.artifact.digest
    }
}

/// `{"artifact", "version"}`, `{"digest"}` or `{"change"}`, and `{"predicate", "fields", "note", "about"}`.
private struct AttestationWish {
    enum About {
        case version(ArtifactName, Version)
        case digest(Digest)
        case change(String)
    }

    let about: About
    let predicate: PredicateName
    let fields: [String: String]
    let note: String
    let time: Instant

    init?(_ body: Fields, now: Instant) {
        let artifact: ArtifactName? = body.optional("artifact", .name("artifact"))
        let version = body.optional("version", .version)
        let digest: Digest? = body.optional("digest", .digest)
        let change = body.optional("change", .words(bytes_max: 128))
        let predicate: PredicateName? = body.required("predicate", .name("predicate"))
        let entries = body.value(
            "fields",
            Shape<[(key: Located<String>, value: String)]>.entries(of: .words(bytes_max: 4_096)),
            default: []
        )
        note = body.value("note", .reason, default: "")
        time = body.value("about", .instant, default: now)
        fields = Dictionary(entries.map { ($0.key.value, $0.value) }) { first, _ in first }
        switch (artifact, version, digest, change) {
        case (let artifact?, let version?, nil, nil): about = .version(artifact, version)
        case (nil, nil, let digest?, nil): about = .digest(digest)
        case (nil, nil, nil, let change?): about = .change(change)
        default:
            body.problems.add(
                body.place,
                .badValue,
                "an attestation is about one thing",
                remedy: "give artifact and version, or digest, or change"
            )
            return nil
        }
        guard let predicate else { return nil }
        self.predicate = predicate
    }
}
