import CCurl
import Glibc

/// Why a message was not taken.
public struct MailCallError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable, CaseIterable {
        case badCall = "bad-call"
        case unresolved
        case unreachable
        case timedOut = "timed-out"
        /// The certificate is not trusted, or the server offers no TLS where it was asked for.
        case tlsFailed = "tls-failed"
        /// User or password are wrong.
        case loginDenied = "login-denied"
        /// The server does not take the message, its sender or one of its recipients.
        case refused
        case cancelled
        case other
    }

    public let code: Code
    /// `host:port`.
    public let server: String
    /// What exactly happened; the server's answer where there is one.
    public let reason: String

    init(_ code: Code, _ call: MailCall, _ reason: String) {
        self.code = code
        server = "\(call.host):\(call.port)"
        self.reason = reason
    }

    init(_ result: CURLcode, response: Int, message: String, _ call: MailCall) {
        let text = message.isEmpty ? String(cString: curl_easy_strerror(result)) : message
        self.init(Self.code(result, response: response), call, text)
    }

    private static func code(_ result: CURLcode, response: Int) -> Code {
        switch result {
        case CURLE_COULDNT_RESOLVE_HOST: .unresolved
        case CURLE_COULDNT_CONNECT: .unreachable
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_LOGIN_DENIED: .loginDenied
        case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE:
            .tlsFailed
        case CURLE_ABORTED_BY_CALLBACK: .cancelled
        default: response >= 400 ? .refused : .other
        }
    }

    public var description: String { "\(server): \(reason); \(code.remedy) [\(code.rawValue)]" }
}

extension MailCallError.Code {
    /// What to do about it.
    public var remedy: String {
        switch self {
        case .badCall: "correct the channel's settings"
        case .unresolved: "check the server's name and the resolver"
        case .unreachable: "check that the mail server runs and listens on that port"
        case .timedOut: "check that the mail server answers"
        case .tlsFailed: "check the server's certificate, and whether it offers TLS on that port"
        case .loginDenied: "check the channel's user and password"
        case .refused: "check with the mail server's operator whom it takes mail from and for"
        case .cancelled: "send it again if it is still wanted"
        case .other: "look up libcurl's message"
        }
    }
}
