import ControllerService
import HummingbirdCore
import PlanLanguage
import ReleaseDecisions
import StructuredText
import TimeAndChance
import TrainModel

extension Call {
    static func listReleases(_ call: Call) async throws -> Response {
        try .json(["releases": await call.controller.releases().map(\.view.summary)])
    }

    static func showRelease(_ call: Call) async throws -> Response {
        try .json(written: await call.release().json())
    }

    static func showNotes(_ call: Call) async throws -> Response {
        let id = try call.releaseID()
        guard let notes = try await call.controller.notes(of: id) else { throw APIError.noSuchRelease(id.text) }
        return try .json(["notes": notes])
    }

    static func startRelease(_ call: Call) async throws -> Response {
        let wish = try await call.body(bytes_max: planBody_bytes_max) { ReleaseWish($0) }
        return answer(try await call.controller.startRelease(wish, by: call.actor()).get())
    }

    static func repin(_ call: Call) async throws -> Response {
        let id = try call.releaseID()
        let versions = try await call.body { $0.required("versions", .versions) }
        return try await call.perform(.repin(id, versions: versions))
    }

    static func pause(_ call: Call) async throws -> Response {
        try await call.perform(.pause(call.releaseID(), reason: call.reason()))
    }

    static func resume(_ call: Call) async throws -> Response {
        let id = try call.releaseID()
        try await call.bodyWithNothing()
        return try await call.perform(.resume(id))
    }

    static func abort(_ call: Call) async throws -> Response {
        try await call.perform(.abort(call.releaseID(), reason: call.reason()))
    }

    static func rollBack(_ call: Call) async throws -> Response {
        let id = try call.releaseID()
        let part = try await call.body { ReturnedPart($0) }
        guard !part.isWhole else { return try await call.perform(.rollBack(id, reason: part.reason)) }
        return try await call.perform(
            .rollBackPart(id, regions: part.regions, services: part.services, hosts: part.hosts, reason: part.reason)
        )
    }

    static func unpin(_ call: Call) async throws -> Response {
        try await call.perform(.unpin(call.releaseID(), reason: call.reason()))
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

extension ReleaseWish {
    /// `plan` is a registered plan's name, or the plan's sources.
    fileprivate init?(_ fields: Fields) {
        guard let plan = fields.required("plan", .planChoice) else { return nil }
        self.init(plan)
        versions = fields.value("versions", .versions, default: [:])
        allVersions = fields.optional("version", .version)
        description = fields.value("description", .reason, default: "")
        only = fields.value("only", .list(of: .name("service")), default: [])
        lane = fields.optional("lane", .name("lane"))
        adHocFor = fields.optional("ad_hoc_for", .interval(in: .seconds(1) ... .days(366)))
        adHocStages = fields.value("ad_hoc_stages", .list(of: .name("stage")), default: [])
        candidate = fields.optional("candidate", .version)
        tags = fields.value("tags", .tags, default: [])
    }
}

extension Shape where Value == ReleaseWish.PlanChoice {
    fileprivate static var planChoice: Shape {
        Shape("a registered plan's name or a plan's sources") { node, label, problems in
            guard node.mapping == nil else {
                return Shape<PlanSources>.planSources.read(node, label, problems).map { .written($0) }
            }
            return Shape<PlanName>.name("plan").read(node, label, problems).map { .registered($0) }
        }
    }
}

/// `{"regions", "services", "hosts", "reason"}`: empty lists mean all of the release.
private struct ReturnedPart {
    let regions: [RegionName]
    let services: [ServiceName]
    let hosts: [HostKey]
    let reason: String

    init(_ fields: Fields) {
        regions = fields.value("regions", .list(of: .name("region")), default: [])
        services = fields.value("services", .list(of: .name("service")), default: [])
        hosts = fields.value("hosts", .list(of: .host), default: [])
        reason = fields.value("reason", .reason, default: "")
    }

    var isWhole: Bool { regions.isEmpty && services.isEmpty && hosts.isEmpty }
}
