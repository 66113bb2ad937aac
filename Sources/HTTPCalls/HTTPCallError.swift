/// Why a call brought no answer. An answer with status 500 is an answer.
public struct HTTPCallError: Error, Hashable, Sendable {
    public enum Code: String, Sendable, CaseIterable {
        /// The call itself cannot be made: its URL, method, a header or a limit.
        case badCall = "bad-call"
        /// The host's name is not known.
        case unresolved
        /// The host is there and nobody listens.
        case refused
        /// No way to the host.
        case unreachable
        case timedOut = "timed-out"
        /// The server's certificate is not trusted, or there is no common ground.
        case tlsFailed = "tls-failed"
        /// The answer is longer than allowed.
        case tooLarge = "too-large"
        /// The connection ended before the answer did.
        case closedEarly = "closed-early"
        /// What came is no HTTP.
        case badResponse = "bad-response"
        case tooManyRedirects = "too-many-redirects"
        /// A file on this side cannot be read or written.
        case localFile = "local-file"
        /// The receiver of the answer wanted no more.
        case abandoned
        case cancelled
        /// Anything else that libcurl says.
        case other
    }

    public let code: Code

    /// Without user, password and query, which may hold secrets.
    public let url: String

    /// What exactly happened.
    public let reason: String

    init(_ code: Code, _ call: HTTPCall, _ reason: String) {
        self.code = code
        url = Self.withoutSecrets(call.url)
        self.reason = reason
    }

    static func withoutSecrets(_ url: String) -> String {
        let path = url.prefix { $0 != "?" && $0 != "#" }
        guard let authority = path.range(of: "://")?.upperBound else { return String(path) }
        let rest = path[authority...]
        let host = rest.prefix { $0 != "/" }
        guard let at = host.lastIndex(of: "@") else { return String(path) }
        return String(path[..<authority]) + String(rest[rest.index(after: at)...])
    }
}

extension HTTPCallError.Code {
    /// What to do about it.
    public var remedy: String {
        switch self {
        case .badCall: "correct the address or the request"
        case .unresolved: "check the host's name and the resolver"
        case .refused: "check that the service runs and listens on that port"
        case .unreachable: "check the address, the route and the firewall"
        case .timedOut: "check that the service answers, or allow more time"
        case .tlsFailed: "check the server's certificate and which authorities are trusted"
        case .tooLarge: "ask for less, or raise the limit"
        case .closedEarly: "look into the server's log, and try again"
        case .badResponse: "check that an HTTP server listens there, and whether it wants https"
        case .tooManyRedirects: "use the address it redirects to"
        case .localFile: "check the file's path and permissions, and the space on its disk"
        case .abandoned: "look at what became of the first part"
        case .cancelled: "start it again if it is still wanted"
        case .other: "look up libcurl's message"
        }
    }
}

extension HTTPCallError: CustomStringConvertible {
    /// `http://127.0.0.1:80/: Connection refused; check that the service runs … (refused)`
    public var description: String { "\(url): \(reason); \(code.remedy) [\(code.rawValue)]" }
}

extension Substring {
    /// The first place of `part`.
    fileprivate func range(of part: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(part) }.map { $0..<index($0, offsetBy: part.count) }
    }
}
