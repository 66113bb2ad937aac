/// Who this side is: its certificate, the intermediates that lead to the root, and the private key.
///
/// The text is read when a ``TLSContext`` is made or reloaded; what is wrong with it is said there.
public struct TLSIdentity: Sendable {
    /// PEM; the own certificate first, then its issuers in order, the root left out.
    public var certificateChainPEM: String
    /// PEM, unencrypted (PKCS #8 or the algorithm's own form); belongs to the first certificate.
    public var privateKeyPEM: String

    public init(certificateChainPEM: String, privateKeyPEM: String) {
        self.certificateChainPEM = certificateChainPEM
        self.privateKeyPEM = privateKeyPEM
    }
}

// A key must not reach a log because somebody printed the configuration that holds it.
extension TLSIdentity: CustomStringConvertible, CustomReflectable {
    public var description: String { "TLSIdentity(private key withheld)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
