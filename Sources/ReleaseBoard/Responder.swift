import ControllerService
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore

/// From a request to its answer: who asks, which route, may they, and only then what.
struct Responder: Sendable {
    let controller: Controller
    let operators: OperatorTokens
    let table: RouteTable
    let log: Logger

    /// After a refusal whose request has a body, the client has so long to read the answer.
    private static let refusalLinger = TimeAmount.seconds(2)

    func respond(to request: Request, _ writer: consuming ResponseWriter, on channel: any Channel) async throws {
        var response: Response
        do {
            let (route, call) = try admit(request)
            // Only whoever may send a body is asked for it.
            if request.headers[.expect]?.lowercased() == "100-continue" {
                try await writer.writeInformationalHead(HTTPResponse(status: .continue))
            }
            response = try await route.handler(call)
        } catch {
            response = answer(to: error, of: request)
            if hasBody(request) {
                response.headers[.connection] = "close"
                channel.eventLoop.scheduleTask(in: Self.refusalLinger) { channel.close(promise: nil) }
            }
        }
        response.headers[.cacheControl] = "no-store"
        response.headers[.xContentTypeOptions] = "nosniff"
        if request.method == .head { response = response.createHeadResponse() }
        try await writer.write(response: response.head, body: response.body)
    }

    /// Whoever has no valid token learns nothing, not even which paths exist.
    private func admit(_ request: Request) throws(APIError) -> (route: Route, call: Call) {
        let asker = operators.owner(authorization: request.headers[.authorization])
        let found = RoutePath.parts(of: request.uri.path).map { table.match(request.method, $0) } ?? .nothing
        if case .route(let route, let parameters) = found, asker != nil || route.access == .everybody {
            guard route.access.permits(asker) else { throw .lackingRole(route, asker) }
            let call = Call(controller: controller, asker: asker, parameters: parameters, request: request)
            return (route, call)
        }
        guard asker != nil else { throw .unknownToken }
        if case .otherMethods(let methods) = found { throw .wrongMethod(request.method, allowed: methods) }
        throw .noRoute
    }

    private func answer(to error: any Error, of request: Request) -> Response {
        let error = APIError(error)
        // The path is the client's text and may hold anything, so it stays out of the log's message.
        if error.status.code >= 500 {
            log.error("request failed", metadata: ["method": "\(request.method)", "error": "\(error.sentence)"])
        }
        return error.response
    }

    private func hasBody(_ request: Request) -> Bool {
        request.headers[.transferEncoding] != nil || request.headers[.contentLength].map { $0 != "0" } == true
    }
}
