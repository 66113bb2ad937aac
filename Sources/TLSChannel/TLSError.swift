import COpenSSL

/// Why a connection could not be made or could not go on, or why a configuration cannot be used.
public struct TLSError: Error, Sendable, Hashable, CustomStringConvertible {
    /// For programs. Compare with the names below; more may come.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String {
            case invalidIdentity, invalidTrustRoots, invalidConfiguration, invalidServerName
            case handshakeFailed, handshakeTimedOut, handshakeInterrupted
            case peerCertificateMissing, peerCertificateRefused, noApplicationProtocol, protocolVersionRefused
            case refusedByPeer, protocolViolated, truncated, earlyWritesTooLarge, closeTimedOut, libraryFailed
        }

        private let value: Value

        public static let invalidIdentity = Code(value: .invalidIdentity)
        public static let invalidTrustRoots = Code(value: .invalidTrustRoots)
        public static let invalidConfiguration = Code(value: .invalidConfiguration)
        public static let invalidServerName = Code(value: .invalidServerName)
        public static let handshakeFailed = Code(value: .handshakeFailed)
        public static let handshakeTimedOut = Code(value: .handshakeTimedOut)
        /// The peer went away before the handshake was done.
        public static let handshakeInterrupted = Code(value: .handshakeInterrupted)
        public static let peerCertificateMissing = Code(value: .peerCertificateMissing)
        public static let peerCertificateRefused = Code(value: .peerCertificateRefused)
        public static let noApplicationProtocol = Code(value: .noApplicationProtocol)
        public static let protocolVersionRefused = Code(value: .protocolVersionRefused)
        /// The peer sent a fatal alert.
        public static let refusedByPeer = Code(value: .refusedByPeer)
        /// What came is no TLS, or was altered on the way.
        public static let protocolViolated = Code(value: .protocolViolated)
        /// The stream ended without close_notify: what was received may be only a part.
        public static let truncated = Code(value: .truncated)
        public static let earlyWritesTooLarge = Code(value: .earlyWritesTooLarge)
        public static let closeTimedOut = Code(value: .closeTimedOut)
        public static let libraryFailed = Code(value: .libraryFailed)

        public var description: String { value.rawValue }
    }

    public let code: Code
    /// What happened, with libssl's own reason where it gave one.
    public let sentence: String
    /// What to do about it.
    public let remedy: String

    public var description: String { "\(code): \(sentence). \(remedy)" }
}

extension TLSError {
    static func configuration(_ what: String) -> TLSError {
        TLSError(code: .invalidConfiguration, sentence: what, remedy: "Correct the TLS configuration.")
    }

    static func identity(_ what: String) -> TLSError {
        TLSError(
            code: .invalidIdentity,
            sentence: what,
            remedy: "Give the certificate chain and its unencrypted private key as PEM, the own certificate first."
        )
    }

    static func trustRoots(_ what: String) -> TLSError {
        TLSError(code: .invalidTrustRoots, sentence: what, remedy: "Give the roots as PEM certificates.")
    }

    static func serverName(_ name: TLSServerName) -> TLSError {
        TLSError(
            code: .invalidServerName,
            sentence: "\(name) cannot be a server's name",
            remedy: "Give the DNS name, IP address or URI that stands in the server's certificate."
        )
    }

    /// Memory, a missing algorithm: nothing the peer did.
    static func library(_ what: String, _ failure: LibraryFailure = .drained()) -> TLSError {
        TLSError(
            code: .libraryFailed,
            sentence: "libssl could not \(what): \(failure.text)",
            remedy: "Check the memory of the machine and the installation of OpenSSL 3."
        )
    }

    static let handshakeTimedOut = TLSError(
        code: .handshakeTimedOut,
        sentence: "the peer did not finish the TLS handshake in time",
        remedy: "Check that the peer speaks TLS 1.3 on this port and that the network between is not overloaded."
    )

    static let handshakeInterrupted = TLSError(
        code: .handshakeInterrupted,
        sentence: "the peer closed the connection in the middle of the TLS handshake",
        remedy: "The peer's log should say why; a proxy or firewall between may have done it too."
    )

    static let truncated = TLSError(
        code: .truncated,
        sentence: "the stream ended without close_notify, so its end may be missing",
        remedy: "Take nothing unfinished for complete; connect again and resume."
    )

    static let closeTimedOut = TLSError(
        code: .closeTimedOut,
        sentence: "the peer took the last bytes too slowly for the connection to close in order",
        remedy: "Send again what was not acknowledged."
    )

    static func earlyWritesTooLarge(bytes_max: Int) -> TLSError {
        TLSError(
            code: .earlyWritesTooLarge,
            sentence: "more than \(bytes_max) bytes were written before the TLS handshake was done",
            remedy: "Wait for TLSHandshakeCompleted before writing much."
        )
    }

    static let noApplicationProtocol = TLSError(
        code: .noApplicationProtocol,
        sentence: "the peers share no application protocol (ALPN)",
        remedy: "Check that the right port was dialled and that both ends are of compatible versions."
    )

    static let peerCertificateMissing = TLSError(
        code: .peerCertificateMissing,
        sentence: "the peer showed no certificate",
        remedy: "Give the peer a certificate from a trusted authority (enrol the agent)."
    )

    /// - Parameter alert: as TLS numbers them (`SSL_AD_…`).
    static func refusedByPeer(alert: Int32, _ words: String) -> TLSError {
        let (sentence, remedy) =
            switch alert {
            case SSL_AD_CERTIFICATE_REVOKED:
                ("it takes this side's certificate for revoked", "Get a new certificate (enrol the agent anew).")
            case SSL_AD_CERTIFICATE_EXPIRED:
                ("it takes this side's certificate for run out", "Renew it, or set the clock that is wrong.")
            case SSL_AD_UNKNOWN_CA:
                ("it does not know the authority of this side's certificate", "Check that the right peer was dialled.")
            default: (words, "The alert names the peer's reason; its log says more.")
            }
        return TLSError(code: .refusedByPeer, sentence: "the peer ended the connection: \(sentence)", remedy: remedy)
    }

    static func peerCertificateRefused(_ reason: String) -> TLSError {
        TLSError(
            code: .peerCertificateRefused,
            sentence: "the peer's certificate was refused: \(reason)",
            remedy: "Check the peer's certificate (issuer, dates, usage, names), and this side's clock and trust roots."
        )
    }
}
