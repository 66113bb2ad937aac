import ControllerService
import HummingbirdCore
import StructuredText
import TrainModel

// Questions that people ask later.

extension Call {
    /// So many deployments are answered at most; `left_off` says how many more there are.
    static let found_max = 1_000

    static func findDeployments(_ call: Call) async throws -> Response {
        let query = try call.query(["tag", "plan", "release", "stage", "region", "service", "current"])
        var filter = DeploymentFilter()
        filter.tags = try query["tag"].map { [try Self.tag($0)] } ?? []
        filter.plan = try query.name("plan")
        filter.release = try query.name("release")
        filter.stage = try query.name("stage")
        filter.region = try query.name("region")
        filter.service = try query.name("service")
        filter.isCurrent = try query.flag("current")
        let found = try await call.controller.deployments(filter)
        return try .json(
            FoundDeployments(
                deployments: Array(found.prefix(found_max)),
                left_off: max(0, found.count - found_max)
            )
        )
    }

    static func findReleases(_ call: Call) async throws -> Response {
        guard let text = try call.query(["tag"])["tag"] else {
            throw APIError.malformed("the query must hold tag=KEY=VALUE")
        }
        return try .json(["releases": await call.controller.releases(tagged: tag(text))])
    }

    static func findActs(_ call: Call) async throws -> Response {
        try .json(["acts": await call.controller.manualActs(of: call.query(["plan"]).name("plan"))])
    }

    private static func tag(_ text: String) throws(APIError) -> Tag {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw .malformed("\(Problem.quote(text)) is no tag", remedy: "write it as KEY=VALUE")
        }
        return Tag(key: String(parts[0]), value: String(parts[1]))
    }
}

private struct FoundDeployments: Encodable {
    let deployments: [DeploymentRecord]
    let left_off: Int
}

extension [String: String] {
    fileprivate func name<Kind>(_ key: String) throws(APIError) -> Name<Kind>? {
        guard let text = self[key] else { return nil }
        guard let name = Name<Kind>(text) else {
            throw .malformed("\(key) cannot be \(Problem.quote(text))", remedy: NameRule.sentence)
        }
        return name
    }

    /// `true` or `false`; false where it is left out.
    fileprivate func flag(_ key: String) throws(APIError) -> Bool {
        switch self[key] {
        case nil, "false": return false
        case "true": return true
        case let text?: throw .malformed("\(key) is true or false, not \(Problem.quote(text))")
        }
    }
}
