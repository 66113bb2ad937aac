import Glibc
import NIOCore

/// Why the API cannot be offered: a code for programs, a sentence with the place, and what to do.
public struct ReleaseBoardError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Code: String, Hashable, Sendable {
        case plainTextElsewhere, addressInUse, notPermitted, cannotListen
    }

    public let code: Code
    public let sentence: String
    public let remedy: String

    public var description: String { "\(sentence). \(remedy)" }

    static func plainTextElsewhere(_ host: String) -> ReleaseBoardError {
        ReleaseBoardError(
            code: .plainTextElsewhere,
            sentence: "the API would send tokens in plain text from \(host)",
            remedy: "Give it a certificate, or let it listen on 127.0.0.1"
        )
    }

    static func cannotListen(host: String, port: Int, _ error: IOError) -> ReleaseBoardError {
        let (code, remedy): (Code, String) =
            switch error.errnoCode {
            case EADDRINUSE:
                (.addressInUse, "Stop what listens there (`ss -ltnp` names it), or set `api` to another port")
            case EACCES: (.notPermitted, "Take a port from 1024 on, or give the process CAP_NET_BIND_SERVICE")
            default: (.cannotListen, "Set `api` to an address of this machine")
            }
        return ReleaseBoardError(
            code: code,
            sentence: "cannot listen on \(host):\(port): \(String(cString: strerror(error.errnoCode)))",
            remedy: remedy
        )
    }
}
