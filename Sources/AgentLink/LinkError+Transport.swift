import Glibc
import NIOCore
import NIOPosix
import TLSChannel

extension LinkError {
    /// What TLS or the socket said.
    init(transport error: any Error) {
        switch error {
        case let error as LinkError:
            self = error
        case let error as TLSError:
            self.init(Self.code(of: error), error.sentence, remedy: error.remedy)
        default:
            self.init(
                .unreachable,
                at: (error as? NIOConnectionError).map { "\($0.host):\($0.port)" } ?? "",
                "The connection failed: \(Self.reason(of: error)).",
                remedy: "Check the address, the network between, and that the peer runs."
            )
        }
    }

    /// In the system's words where it has some.
    static func reason(of error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode))
        case let error as NIOConnectionError:
            error.connectionErrors.first.map { reason(of: $0.error) } ?? "no address of \(error.host) can be found"
        case ChannelError.connectTimeout: "nobody answered in time"
        default: "\(error)"
        }
    }

    private static func code(of error: TLSError) -> Code {
        switch error.code {
        case .peerCertificateRefused, .peerCertificateMissing: .wrongPeer
        case .refusedByPeer, .noApplicationProtocol, .protocolVersionRefused: .refused
        case .handshakeTimedOut: .overdue
        case .closeTimedOut: .slow
        default: .closed
        }
    }
}

// MARK: listening

extension LinkError {
    static func notBound(_ host: String, _ port: Int, _ error: any Error) -> LinkError {
        LinkError(
            .unreachable,
            at: "\(host):\(port)",
            "The address cannot be listened on: \(reason(of: error)).",
            remedy: "Stop what else uses the port (`ss -ltnp` names it), or configure another address of this machine."
        )
    }

    static func tooManyStrangers(_ address: String) -> LinkError {
        LinkError(
            .refused,
            at: address,
            "Too many connections from there have not yet said who they are.",
            remedy: "Look at what connects from there."
        )
    }
}
