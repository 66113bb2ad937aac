import ControllerService
import HTTPTypes
import HummingbirdCore
import StructuredText

/// A request that was not done, as the client sees it: `{"error": {"code", "sentence", "remedy", "problems"}}`.
struct APIError: Error, Sendable {
    let status: HTTPResponse.Status
    /// For programs; stable. In snake case.
    let code: String
    let sentence: String
    /// Empty where the sentence says it.
    let remedy: String
    /// Every mistake in a text that was sent.
    let problems: [Problem]
    /// The methods to name in `Allow`.
    private(set) var allowed: [HTTPRequest.Method] = []
    private(set) var retryAfter: Duration?

    init(
        _ status: HTTPResponse.Status,
        _ code: String,
        _ sentence: String,
        remedy: String = "",
        problems: [Problem] = []
    ) {
        self.status = status
        self.code = code
        self.sentence = sentence
        self.remedy = remedy
        self.problems = problems
    }

    var response: Response {
        var response = Response.json(
            .object([
                "error": .object([
                    "code": .string(code),
                    "sentence": .string(sentence),
                    "remedy": .string(remedy),
                    "problems": .list(problems.map(\.json)),
                ])
            ]),
            status: status
        )
        if status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer" }
        if !allowed.isEmpty { response.headers[.allow] = allowed.map(\.rawValue).joined(separator: ", ") }
        // Rounded up: whoever comes back after so many whole seconds is not too early.
        if let retryAfter { response.headers[.retryAfter] = "\(retryAfter.components.seconds + 1)" }
        return response
    }
}

extension APIError {
    /// The same for a missing, a malformed, an unknown and a withdrawn token, and for every path.
    static let unknownToken = APIError(
        .unauthorized,
        "unauthorized",
        "no valid token came with the request",
        remedy: "send `Authorization: Bearer wt_…` with a token whose SHA-256 stands in the controller's configuration"
    )

    /// The same for right tokens, so that a guess is never answered.
    static func tooManyWrongTokens(retryAfter: Duration) -> APIError {
        var error = APIError(
            .tooManyRequests,
            "too_many_attempts",
            "too many wrong tokens came from this address",
            remedy: "wait for the seconds that `Retry-After` names, then send the right token"
        )
        error.retryAfter = retryAfter
        return error
    }

    static func lackingRole(_ route: Route, _ asker: Operator) -> APIError {
        let roles = if case .roles(let roles) = route.access { roles } else { [Operator.Role]() }
        let wanted = "the role \(roles.map(\.rawValue).joined(separator: " or "))"
        return APIError(
            .forbidden,
            "lacking_role",
            "\(route) needs \(wanted), which \(asker.name) does not have",
            remedy: "ask whoever keeps the controller's configuration, or somebody who has it"
        )
    }

    static let noRoute = APIError(
        .notFound,
        "no_route",
        "nothing is answered under this path",
        remedy: "docs/api.md lists the paths"
    )

    static func wrongMethod(_ method: HTTPRequest.Method, allowed: [HTTPRequest.Method]) -> APIError {
        let words = allowed.map(\.rawValue).joined(separator: ", ")
        var error = APIError(.methodNotAllowed, "wrong_method", "this path answers \(words), not \(method.rawValue)")
        error.allowed = allowed
        return error
    }

    static func noSuchPlan(_ name: String) -> APIError {
        APIError(
            .notFound,
            "not_found",
            "no plan \(Problem.quote(name)) is registered",
            remedy: "`wavetrain plan list` names those that are"
        )
    }

    static func noSuchRelease(_ id: String) -> APIError {
        APIError(
            .notFound,
            "not_found",
            "there is no release \(Problem.quote(id))",
            remedy: "`wavetrain release list` names them"
        )
    }

    static func tooLarge(bytes_max: Int) -> APIError {
        APIError(.contentTooLarge, "too_large", "the body is longer than the \(bytes_max) bytes that are read here")
    }

    static func malformed(_ problems: Problems) -> APIError {
        APIError(
            .badRequest,
            "malformed_request",
            "the request cannot be read: \(problems.all.first?.description ?? "")",
            remedy: "docs/api.md shows what is expected",
            problems: problems.all
        )
    }

    static func malformed(_ sentence: String, remedy: String = "docs/api.md shows what is expected") -> APIError {
        APIError(.badRequest, "malformed_request", sentence, remedy: remedy)
    }
}
