import ControllerService
import HummingbirdCore
import ReleaseDecisions
import StructuredText
import TrainModel

extension Call {
    static func listReleases(_ call: Call) async throws -> Response {
        try .json(["releases": await call.controller.releases().map(\.view.summary)])
    }

    static func showRelease(_ call: Call) async throws -> Response {
        try .json(written: await call.release().json())
    }

    static func startRelease(_ call: Call) async throws -> Response {
        let wish = try await call.body(bytes_max: planBody_bytes_max) { StartWish($0) }
        let result = try await call.controller.startRelease(
            source: wish.plan.source,
            file: wish.plan.file,
            versions: wish.versions,
            allVersions: wish.version,
            description: wish.description,
            by: call.actor()
        )
        return answer(try result.get())
    }

    static func approve(_ call: Call) async throws -> Response { try await call.decide(.approved) }
    static func reject(_ call: Call) async throws -> Response { try await call.decide(.rejected) }

    private func decide(_ decision: GateDecided.Decision) async throws -> Response {
        let id = try releaseID()
        let act = try await body { HumanAct($0) }
        return try await perform(
            .decide(id, decision, subject: act.subject, releaseDigest: act.releaseDigest, reason: act.reason)
        )
    }

    static func pause(_ call: Call) async throws -> Response {
        try await call.perform(.pause(call.releaseID(), reason: call.reason()))
    }

    static func resume(_ call: Call) async throws -> Response {
        let id = try call.releaseID()
        try await call.body { _ in () }
        return try await call.perform(.resume(id))
    }

    static func abort(_ call: Call) async throws -> Response {
        try await call.perform(.abort(call.releaseID(), reason: call.reason()))
    }

    static func rollBack(_ call: Call) async throws -> Response {
        try await call.perform(.rollBack(call.releaseID(), reason: call.reason()))
    }

    // MARK: - What they share

    func releaseID() throws(APIError) -> ReleaseID {
        guard let id = ReleaseID(parameter("id")) else { throw .noSuchRelease(parameter("id")) }
        return id
    }

    func release() async throws -> ReleasePicture {
        let id = try releaseID()
        guard let picture = try await controller.release(id) else { throw APIError.noSuchRelease(id.text) }
        return picture
    }

    func reason() async throws -> String {
        try await body { $0.value("reason", .reason, default: "") }
    }
}

extension ReleaseView {
    /// As it stands in lists: without hosts, which are most of it.
    fileprivate var summary: ReleaseView {
        var summary = self
        for wave in summary.waves.indices {
            for region in summary.waves[wave].regions.indices { summary.waves[wave].regions[region].hosts = [] }
        }
        return summary
    }
}

/// `{"plan", "file", "version", "versions", "description"}`: one version for all services, or some named, or both.
private struct StartWish {
    let plan: PlanText
    let version: Version?
    let versions: [ServiceName: Version]
    let description: String

    init?(_ fields: Fields) {
        let plan = PlanText(fields, key: "plan")
        version = fields.optional("version", .version)
        versions = fields.value("versions", .versions, default: [:])
        description = fields.value("description", .reason, default: "")
        guard let plan else { return nil }
        self.plan = plan
    }
}

/// `{"subject", "release_digest", "reason"}`: what a person decided, and on what.
private struct HumanAct {
    /// Empty: the only thing that waits.
    let subject: String
    let releaseDigest: Digest
    let reason: String

    init?(_ fields: Fields) {
        subject = fields.value("subject", .reason, default: "")
        reason = fields.value("reason", .reason, default: "")
        guard let digest = fields.required("release_digest", .digest) else { return nil }
        releaseDigest = digest
    }
}

extension Shape where Value == String {
    static var reasonBytes_max: Int { 2_048 }

    /// A person's words: may be empty, kept for ever, so neither long nor able to disturb a terminal.
    static var reason: Shape {
        Shape("text") { node, label, problems in
            guard let text = Shape.anyString.read(node, label, problems) else { return nil }
            guard text.utf8.count <= reasonBytes_max else {
                problems.add(node.place, .tooLarge, "\(label) is longer than \(reasonBytes_max) bytes")
                return nil
            }
            guard text.unicodeScalars.allSatisfy({ $0 == "\n" || $0.properties.generalCategory != .control }) else {
                problems.add(node.place, .badValue, "\(label) holds a control character")
                return nil
            }
            return text
        }
    }
}
