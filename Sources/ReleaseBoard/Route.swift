import ControllerService
import HTTPTypes
import HummingbirdCore

/// One thing the API answers.
struct Route: Sendable {
    /// Who may ask.
    enum Access: Hashable, Sendable {
        /// No token is looked at.
        case everybody
        /// Every operator, whatever the role.
        case operators
        /// Operators with any of these roles; no role includes another.
        case roles([Operator.Role])
        /// No token is looked at: the request is signed instead, and the handler checks it.
        case signed

        static func role(_ role: Operator.Role) -> Access { .roles([role]) }

        /// Whether whoever has no token may ask.
        var needsToken: Bool { self != .everybody && self != .signed }

        func permits(_ asker: Operator?) -> Bool {
            switch self {
            case .everybody: true
            case .operators: asker != nil
            case .roles(let roles): asker?.roles.contains(where: roles.contains) == true
            case .signed: true
            }
        }
    }

    typealias Handler = @Sendable (Call) async throws -> Response

    let method: HTTPRequest.Method
    let path: RoutePath
    let access: Access
    let handler: Handler

    init(_ method: HTTPRequest.Method, _ path: String, _ access: Access, _ handler: @escaping Handler) {
        self.method = method
        self.path = RoutePath(path)
        self.access = access
        self.handler = handler
    }
}

extension Route: CustomStringConvertible {
    var description: String { "\(method.rawValue) \(path)" }
}
