import ControllerService
import HTTPTypes
import Testing

@testable import ReleaseBoard

@Suite(.timeLimit(.minutes(10))) struct AuthorisationTests {
    /// Whoever changes a line here changes who may do what.
    private static let table = """
        GET /v1/health: everybody
        POST /v1/chat: signed
        POST /v1/plans/check: operators
        POST /v1/plans: operator
        GET /v1/plans/{plan}: operators
        GET /v1/plans/{plan}/train: operators
        GET /v1/plans/{plan}/suggestion: operators
        POST /v1/plans/{plan}/withdraw: operator
        POST /v1/plans/{plan}/depart: operator
        POST /v1/plans/{plan}/candidates: operator
        POST /v1/plans/{plan}/stages/{stage}/rollback: operator
        GET /v1/artifacts: operators
        POST /v1/sources: operator
        GET /v1/uploads/{digest}: operator
        PUT /v1/artifacts/{name}/{version}: operator
        POST /v1/artifacts/{name}/{version}: operator
        GET /v1/releases: operators
        POST /v1/releases: operator
        GET /v1/releases/{id}: operators
        GET /v1/releases/{id}/watch: operators
        GET /v1/releases/{id}/notes: operators
        POST /v1/releases/{id}/approve: approver
        POST /v1/releases/{id}/validate: approver
        POST /v1/releases/{id}/reject: approver
        POST /v1/releases/{id}/votes: approver
        POST /v1/releases/{id}/tasks: operator or approver
        POST /v1/releases/{id}/waivers: approver
        POST /v1/releases/{id}/break-glass: operator or approver
        POST /v1/releases/{id}/repin: operator
        POST /v1/releases/{id}/pause: operator
        POST /v1/releases/{id}/resume: operator
        POST /v1/releases/{id}/abort: operator
        POST /v1/releases/{id}/rollback: operator
        POST /v1/releases/{id}/unpin: operator
        GET /v1/evidence: operators
        POST /v1/evidence: operator or approver
        POST /v1/evidence/{digest}/revoke: operator or approver
        GET /v1/schedule: operators
        POST /v1/freezes: operator
        POST /v1/freezes/lift: operator
        POST /v1/oncall/{rotation}: operator or admin
        POST /v1/debts/pay: operator or approver
        POST /v1/alarms/clear: operator
        GET /v1/find/deployments: operators
        GET /v1/find/releases: operators
        GET /v1/find/acts: operators
        GET /v1/agents: operators
        POST /v1/agents/tokens: admin
        POST /v1/agents/{region}/{host}/revoke: admin
        GET /v1/audit: operators
        GET /v1/audit/head: operators
        """

    @Test func `the table of routes says who may do what`() {
        let lines = RouteTable.all.routes.map { route in
            let access =
                switch route.access {
                case .everybody: "everybody"
                case .operators: "operators"
                case .roles(let roles): roles.map(\.rawValue).joined(separator: " or ")
                case .signed: "signed"
                }
            return "\(route): \(access)"
        }
        #expect(lines.joined(separator: "\n") == Self.table)
    }

    @Test func `no two routes answer the same request`() {
        let routes = RouteTable.all.routes
        #expect(Set(routes.map(\.description)).count == routes.count)
    }

    @Test(arguments: ["viewer", "operator", "approver", "admin"])
    func `a role can do what the table gives it and nothing else`(role: String) async throws {
        try await Board.running { board in
            for route in RouteTable.all.routes {
                let answer = try await board.try(route, as: role)
                let isPermitted =
                    switch route.access {
                    case .everybody, .operators: true
                    case .roles(let wanted): wanted.map(\.rawValue).contains(role)
                    case .signed: false
                    }
                guard route.access != .signed else {
                    // A token says nothing there.
                    #expect(try answer.errorCode() == "bad_signature")
                    continue
                }
                if isPermitted {
                    #expect(![401, 403].contains(answer.status), "\(role): \(route) gave \(answer.status)")
                } else {
                    #expect(answer.status == 403, "\(role): \(route) gave \(answer.status)")
                    #expect(try answer.errorCode() == "lacking_role")
                }
            }
        }
    }

    @Test(arguments: ["nobody", "a stranger", "a hash"])
    func `whoever has no token gets the same answer everywhere`(asker: String) async throws {
        var limits = BoardLimits()
        limits.wrongTokens_max = 1_000
        try await Board.running(limits: limits) { board in
            let header: String? =
                switch asker {
                case "a stranger": try OperatorTokens.make().token
                // What the configuration holds is not what logs in.
                case "a hash": "wt_\(String(repeating: "0", count: 64))"
                default: nil
                }
            var bodies: Set<String> = []
            for route in RouteTable.all.routes where route.access.needsToken {
                let answer = try await board.try(route, as: header)
                #expect(answer.status == 401, "\(route) gave \(answer.status)")
                bodies.insert(answer.body)
            }
            for path in ["/", "/v1/nothing", "/v1/releases/%zz", "//"] {
                let answer = try await board.get(path, as: header)
                #expect(answer.status == 401)
                bodies.insert(answer.body)
            }
            #expect(bodies.count == 1)
        }
    }

    @Test func `a path that answers other methods says which`() async throws {
        try await Board.running { board in
            let answer = try await board.curl("/v1/releases", as: "viewer", ["-X", "DELETE"])
            #expect(answer.status == 405)
            #expect(answer.head.lowercased().contains("allow: get, post"))
            let nothing = try await board.get("/v1/nothing", as: "viewer")
            #expect(nothing.status == 404)
        }
    }

    @Test func `plain text is refused everywhere but on loopback`() {
        for host in ["0.0.0.0", "::", "10.0.0.1", "train.example.com", "127.example.com"] {
            #expect(!ControllerConfiguration.Listener(host: host, port: 1).isLoopback, "\(host)")
        }
        for host in ["127.0.0.1", "127.1.2.3", "::1", "localhost"] {
            #expect(ControllerConfiguration.Listener(host: host, port: 1).isLoopback, "\(host)")
        }
    }
}

extension Board {
    /// Asks for something that does not exist, with a body that says nothing.
    fileprivate func `try`(_ route: Route, as name: String?) async throws -> Answer {
        let path = ["id", "name", "version", "region", "host", "plan", "stage", "rotation", "digest"].reduce(
            route.path.description
        ) {
            $0.replacing("{\($1)}", with: "nothing-1")
        }
        let body = route.method == .get ? [] : ["-X", route.method.rawValue, "--data-binary", "{}"]
        return try await curl(path, as: name, body)
    }
}
