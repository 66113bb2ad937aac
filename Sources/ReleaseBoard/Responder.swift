import ControllerService
import HTTPTypes
import HummingbirdCore
import Logging
import NIOCore
import TrainModel

/// From a request to its answer: who asks, which route, may they, and only then what.
struct Responder: Sendable {
    let controller: Controller
    let operators: OperatorTokens
    let table: RouteTable
    let limits: BoardLimits
    let logIns: LogIns
    let chat: ChatDoor?
    let log: Logger

    /// After a refusal whose request has a body, the client has so long to read the answer.
    private static let refusalLinger = TimeAmount.seconds(2)
    /// What the log calls it to show a token.
    private static let logIn = "log_in"
    private static let subject_max = 256

    func respond(to request: Request, _ writer: consuming ResponseWriter, on channel: any Channel) async throws {
        var response: Response
        do {
            let (route, call) = try admit(request, on: channel)
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
    private func admit(_ request: Request, on channel: any Channel) throws(APIError) -> (route: Route, call: Call) {
        let found = RoutePath.parts(of: request.uri.path).map { table.match(request.method, $0) } ?? .nothing
        if case .route(let route, let parameters) = found, !route.access.needsToken {
            return (route, call(request, nil, parameters, channel))
        }
        guard let asker = try owner(of: request, at: ClientAddress(channel.remoteAddress)) else { throw .unknownToken }
        switch found {
        case .nothing: throw .noRoute
        case .otherMethods(let methods): throw .wrongMethod(request.method, allowed: methods)
        case .route(let route, let parameters):
            guard route.access.permits(asker) else {
                let subject = parameters.sorted { $0.key < $1.key }.map(\.value).joined(separator: "/")
                record("\(route)", String(subject.prefix(Self.subject_max)), "lacking_role", of: asker.name)
                throw .lackingRole(route, asker)
            }
            return (route, call(request, asker, parameters, channel))
        }
    }

    private func call(
        _ request: Request,
        _ asker: Operator?,
        _ parameters: [String: String],
        _ channel: any Channel
    ) -> Call {
        Call(
            controller: controller,
            asker: asker,
            parameters: parameters,
            request: request,
            chat: chat,
            pacedBody: PacedBody(base: request.body, limits: limits, channel: channel)
        )
    }

    /// Nil when there is no token, or one that is nobody's.
    private func owner(of request: Request, at address: ClientAddress) throws(APIError) -> Operator? {
        guard let header = request.headers[.authorization] else { return nil }
        let owner = operators.owner(authorization: header)
        switch logIns.judge(address, owner: owner?.name) {
        case .admitted: return owner
        case .wrong:
            record(Self.logIn, "\(address)", APIError.unknownToken.code, of: nil)
            return nil
        case .tooMany(let retryAfter, let isNews):
            let refusal = APIError.tooManyWrongTokens(retryAfter: retryAfter)
            // Once for each period, so that guessing cannot fill the log.
            if isNews { record(Self.logIn, "\(address)", refusal.code, of: nil) }
            throw refusal
        }
    }

    private func record(_ act: String, _ subject: String, _ code: String, of name: PersonName?) {
        controller.record(Refused(act: act, subject: subject, code: code), of: name)
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
