import ControllerService
import HTTPTypes

/// Everything the API answers, and to whom. Routing goes through this table and the test of who may do what is
/// generated from it, so that no route escapes either.
struct RouteTable: Sendable {
    let routes: [Route]

    static let all = RouteTable(routes: [
        Route(.get, "/v1/health", .everybody, Call.health),

        Route(.post, "/v1/plans/check", .operators, Call.checkPlan),

        Route(.get, "/v1/artifacts", .operators, Call.listArtifacts),
        Route(.put, "/v1/artifacts/{name}/{version}", .role(.operator), Call.pushArtifact),

        Route(.get, "/v1/releases", .operators, Call.listReleases),
        Route(.post, "/v1/releases", .role(.operator), Call.startRelease),
        Route(.get, "/v1/releases/{id}", .operators, Call.showRelease),
        Route(.get, "/v1/releases/{id}/watch", .operators, Call.watchRelease),
        Route(.post, "/v1/releases/{id}/approve", .role(.approver), Call.approve),
        Route(.post, "/v1/releases/{id}/reject", .role(.approver), Call.reject),
        Route(.post, "/v1/releases/{id}/pause", .role(.operator), Call.pause),
        Route(.post, "/v1/releases/{id}/resume", .role(.operator), Call.resume),
        Route(.post, "/v1/releases/{id}/abort", .role(.operator), Call.abort),
        Route(.post, "/v1/releases/{id}/rollback", .role(.operator), Call.rollBack),

        Route(.get, "/v1/agents", .operators, Call.listAgents),
        Route(.post, "/v1/agents/tokens", .role(.admin), Call.makeJoinToken),
        Route(.post, "/v1/agents/{region}/{host}/revoke", .role(.admin), Call.revokeAgent),

        Route(.get, "/v1/audit", .operators, Call.exportAudit),
        Route(.get, "/v1/audit/head", .operators, Call.signedHead),
    ])

    enum Match {
        case route(Route, parameters: [String: String])
        case otherMethods([HTTPRequest.Method])
        case nothing
    }

    func match(_ method: HTTPRequest.Method, _ parts: [String]) -> Match {
        var others: [HTTPRequest.Method] = []
        for route in routes {
            guard let parameters = route.path.match(parts) else { continue }
            if route.method == method { return .route(route, parameters: parameters) }
            others.append(route.method)
        }
        return others.isEmpty ? .nothing : .otherMethods(others)
    }
}
