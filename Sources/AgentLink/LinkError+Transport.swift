import NIOCore
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
                "The connection failed: \(error).",
                remedy: "Check the address, the network between, and that the peer runs."
            )
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
