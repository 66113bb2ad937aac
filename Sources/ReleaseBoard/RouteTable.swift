import ControllerService
import HTTPTypes

/// Everything the API answers, and to whom. Routing goes through this table and the test of who may do what is
/// generated from it, so that no route escapes either.
struct RouteTable: Sendable {
    let routes: [Route]

    static let all = RouteTable(routes: [
        Route(.get, "/v1/health", .everybody, Call.health),
        Route(.post, "/v1/chat", .signed, Call.chat),

        Route(.post, "/v1/plans/check", .operators, Call.checkPlan),
        Route(.post, "/v1/plans", .role(.operator), Call.registerPlan),
        Route(.get, "/v1/plans/{plan}", .operators, Call.showPlan),
        Route(.get, "/v1/plans/{plan}/train", .operators, Call.showTrain),
        Route(.get, "/v1/plans/{plan}/suggestion", .operators, Call.suggest),
        Route(.post, "/v1/plans/{plan}/withdraw", .role(.operator), Call.withdrawPlan),
        Route(.post, "/v1/plans/{plan}/depart", .role(.operator), Call.depart),
        Route(.post, "/v1/plans/{plan}/candidates", .role(.operator), Call.cutCandidate),
        Route(.post, "/v1/plans/{plan}/stages/{stage}/rollback", .role(.operator), Call.rollBackSet),

        Route(.get, "/v1/artifacts", .operators, Call.listArtifacts),
        Route(.post, "/v1/sources", .role(.operator), Call.keepSource),
        Route(.get, "/v1/uploads/{digest}", .role(.operator), Call.showUpload),
        Route(.put, "/v1/artifacts/{name}/{version}", .role(.operator), Call.pushArtifact),
        Route(.post, "/v1/artifacts/{name}/{version}", .role(.operator), Call.registerArtifact),

        Route(.get, "/v1/releases", .operators, Call.listReleases),
        Route(.post, "/v1/releases", .role(.operator), Call.startRelease),
        Route(.get, "/v1/releases/{id}", .operators, Call.showRelease),
        Route(.get, "/v1/releases/{id}/watch", .operators, Call.watchRelease),
        Route(.get, "/v1/releases/{id}/notes", .operators, Call.showNotes),
        Route(.post, "/v1/releases/{id}/approve", .role(.approver), Call.approve),
        Route(.post, "/v1/releases/{id}/validate", .role(.approver), Call.validate),
        Route(.post, "/v1/releases/{id}/reject", .role(.approver), Call.reject),
        Route(.post, "/v1/releases/{id}/votes", .role(.approver), Call.vote),
        Route(.post, "/v1/releases/{id}/tasks", .roles([.operator, .approver]), Call.doneTask),
        Route(.post, "/v1/releases/{id}/waivers", .role(.approver), Call.waive),
        Route(.post, "/v1/releases/{id}/break-glass", .roles([.operator, .approver]), Call.breakGlass),
        Route(.post, "/v1/releases/{id}/repin", .role(.operator), Call.repin),
        Route(.post, "/v1/releases/{id}/pause", .role(.operator), Call.pause),
        Route(.post, "/v1/releases/{id}/resume", .role(.operator), Call.resume),
        Route(.post, "/v1/releases/{id}/abort", .role(.operator), Call.abort),
        Route(.post, "/v1/releases/{id}/rollback", .role(.operator), Call.rollBack),
        Route(.post, "/v1/releases/{id}/unpin", .role(.operator), Call.unpin),

        Route(.get, "/v1/evidence", .operators, Call.listEvidence),
        Route(.post, "/v1/evidence", .roles([.operator, .approver]), Call.attest),
        Route(.post, "/v1/evidence/{digest}/revoke", .roles([.operator, .approver]), Call.revokeEvidence),

        Route(.get, "/v1/schedule", .operators, Call.showSchedule),
        Route(.post, "/v1/freezes", .role(.operator), Call.freeze),
        Route(.post, "/v1/freezes/lift", .role(.operator), Call.liftFreeze),
        Route(.post, "/v1/oncall/{rotation}", .roles([.operator, .admin]), Call.overrideOncall),
        Route(.post, "/v1/debts/pay", .roles([.operator, .approver]), Call.payDebt),
        Route(.post, "/v1/alarms/clear", .role(.operator), Call.clearAlarm),

        Route(.get, "/v1/find/deployments", .operators, Call.findDeployments),
        Route(.get, "/v1/find/releases", .operators, Call.findReleases),
        Route(.get, "/v1/find/acts", .operators, Call.findActs),

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
