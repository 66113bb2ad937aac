/// Fired through the pipeline as a user event when the handshake is done. No application byte passes before it.
public struct TLSHandshakeCompleted: Sendable, Hashable {
    /// The application protocol both agreed on; nil when the client offered none and that was allowed.
    public let alpn: String?
    /// The verified peer's own certificate; nil when it was not asked for one.
    public let peerCertificateDER: [UInt8]?
    /// The DNS name the client asked for. A server must take it for a wish, not for a fact.
    public let sni: String?
}
