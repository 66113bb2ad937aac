import HTTPCalls
import StructuredText

/// Asks addresses: with the configured credentials, within the time, without following anybody elsewhere.
struct Asker: Sendable {
    static let answerBytes_max = 1 << 20

    let http: HTTPClient
    let credentials: Credentials

    /// - Parameter authorization: instead of the configured credentials.
    func ask(
        _ address: HTTPAddress,
        method: String = "GET",
        accept: String = "application/json",
        authorization: HTTPHeader? = nil,
        by deadline: Deadline
    ) async throws(OutsideFailure) -> HTTPResponse {
        var own = authorization
        if own == nil { own = try credentials.header(for: address) }
        let timeout_ms = try deadline.rest(for: address.authority)
        let call = HTTPCall(
            method,
            url: address.text,
            headers: [HTTPHeader("Accept", accept)] + (own.map { [$0] } ?? []),
            limits: HTTPLimits(
                timeout_ms: timeout_ms,
                connectTimeout_ms: timeout_ms,
                responseBytes_max: Self.answerBytes_max
            ),
            proxy: address.isLoopback ? .none : .environment
        )
        do {
            return try await http.response(to: call)
        } catch {
            let code: OutsideFailure.Code =
                switch error.code {
                case .timedOut: .timedOut
                case .tooLarge, .badResponse, .closedEarly: .badAnswer
                case .badCall: .notAllowed
                default: .unreachable
                }
            throw OutsideFailure(code, "\(error.url): \(error.reason)", remedy: error.code.remedy)
        }
    }

    /// Throws for everything but 200 to 299.
    static func demandSuccess(_ response: HTTPResponse, of address: HTTPAddress) throws(OutsideFailure) {
        guard !response.isSuccess else { return }
        let remedy =
            switch response.status {
            case 300...399: "name the address that it redirects to"
            case 401, 403: "check the credentials for \(address.authority) in the controller's configuration"
            case 404: "check the address"
            case 500...599: "look into its log"
            default: "check the question"
            }
        throw OutsideFailure(.refused, "\(address.authority) answered \(response.status)", remedy: remedy)
    }
}

extension Node {
    /// The document in an answer's body, read strictly.
    static func answer(_ bytes: [UInt8], of source: String) throws(OutsideFailure) -> Node {
        let problems = ProblemCollector()
        guard let node = JSONText.read(bytes, file: source, problems) else {
            let first = problems.problems?.all.first?.sentence ?? "nothing can be read"
            throw OutsideFailure(
                .badAnswer,
                "the answer of \(source) is no JSON: \(first)",
                remedy: "check what listens there"
            )
        }
        return node
    }

    /// What stands at a path of keys and positions, `result.0.value`; nil where nothing does.
    func at(_ path: String) -> Node? {
        path.split(separator: ".", omittingEmptySubsequences: false).reduce(Optional(self)) { node, part in
            if let list = node?.list { return Int(part).flatMap { list.indices.contains($0) ? list[$0] : nil } }
            return node?.mapping?[String(part)]
        }
    }
}
