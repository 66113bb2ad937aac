import COpenSSL

/// Owner of one SSL_CTX: what all connections made from it have in common. Never changed after `init`; new
/// certificates mean a new one, and the old one lives as long as its last connection.
///
/// Unchecked because the pointer is not `Sendable`; libssl locks what SSL_new shares, and nobody writes to it here.
final class LibraryContext: @unchecked Sendable {
    let configuration: TLSConfiguration
    let context: OpaquePointer

    /// The certificates a peer may send between its own and the root.
    private static let intermediates_max: CInt = 2
    /// All certificates of one peer together; a P-256 certificate takes under 1 KiB.
    private static let peerCertificatesBytes_max = 32 * 1024

    init(_ configuration: TLSConfiguration) throws(TLSError) {
        try configuration.check()
        LibraryFailure.clearQueue()
        let method =
            switch configuration.side {
            case .server: TLS_server_method()
            case .client: TLS_client_method()
            }
        guard let context = SSL_CTX_new(method) else { throw .library("make a context") }
        self.configuration = configuration
        self.context = context

        guard wavetrain_tls_restrict(context, Self.intermediates_max, Self.peerCertificatesBytes_max) == 1 else {
            throw .library("restrict itself to TLS 1.3")
        }
        if let identity = configuration.identity { try use(identity) }
        for roots in configuration.trustRootsPEM { try trust(roots) }
        try installCallbacks()
    }

    deinit {
        SSL_CTX_free(context)
    }

    private func use(_ identity: TLSIdentity) throws(TLSError) {
        var isOwn = true
        let count = try PEM.forEachCertificate(in: identity.certificateChainPEM) { certificate throws(TLSError) in
            // Both: 1 = taken with a reference of their own, 0 = refused (a key too weak, no memory).
            let taken =
                isOwn
                ? SSL_CTX_use_certificate(context, certificate)
                : wavetrain_tls_add_chain_certificate(context, certificate)
            guard taken == 1 else {
                throw .identity("a certificate cannot be used: \(LibraryFailure.drained().text)")
            }
            isOwn = false
        } malformed: {
            .identity("the certificate chain cannot be read: \($0.text)")
        }
        guard count > 0 else { throw .identity("the certificate chain holds no certificate") }

        try PEM.withPrivateKey(in: identity.privateKeyPEM) { key throws(TLSError) in
            // 1 = the key belongs to the certificate, 0 = it does not or cannot be used.
            guard SSL_CTX_use_PrivateKey(context, key) == 1, SSL_CTX_check_private_key(context) == 1 else {
                throw .identity(
                    "the private key does not belong to the certificate: \(LibraryFailure.drained().text)"
                )
            }
        }
    }

    private func trust(_ rootsPEM: String) throws(TLSError) {
        let store = SSL_CTX_get_cert_store(context)  // owned by the context, never NULL
        let count = try PEM.forEachCertificate(in: rootsPEM) { certificate throws(TLSError) in
            guard X509_STORE_add_cert(store, certificate) == 1 else {  // 1 also for one it has already
                throw .library("keep a trust root")
            }
        } malformed: {
            .trustRoots("the trust roots cannot be read: \($0.text)")
        }
        guard count > 0 else { throw .trustRoots("the trust roots hold no certificate") }
    }

    private func installCallbacks() throws(TLSError) {
        // 1 = kept; 0 only for a purpose that libssl does not know.
        let purpose = configuration.peerUsage == .client ? X509_PURPOSE_SSL_CLIENT : X509_PURPOSE_SSL_SERVER
        guard SSL_CTX_set_purpose(context, purpose) == 1 else { throw .library("keep what certificates are for") }
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, verifyCertificate)
        switch configuration.side {
        case .server:
            SSL_CTX_set_client_hello_cb(context, inspectClientHello, nil)
            SSL_CTX_set_alpn_select_cb(context, selectProtocol, nil)
        case .client(let protocols):
            guard !protocols.isEmpty else { return }
            let wire = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
            // Unlike its neighbours this one says 0 for success.
            guard SSL_CTX_set_alpn_protos(context, wire, UInt32(wire.count)) == 0 else {
                throw .library("offer application protocols")
            }
        }
    }
}

// The thunks libssl calls in the middle of a handshake: find the session, forward.

/// 1 lets the verification go on, 0 ends it with the error that stands in `store`.
private func verifyCertificate(isGood: CInt, store: OpaquePointer?) -> CInt {
    guard isGood == 1, let store else { return 0 }
    // Called for every certificate of the chain, the root first. By the time of the peer's own, at depth 0, chain,
    // dates, purpose and host name have passed.
    guard X509_STORE_CTX_get_error_depth(store) == 0 else { return 1 }
    guard
        let ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()),
        let certificate = X509_STORE_CTX_get_current_cert(store),
        let session = TLSSession.behind(OpaquePointer(ssl))
    else { return 0 }
    let error = session.judgePeer(certificate)
    guard error != X509_V_OK else { return 1 }
    X509_STORE_CTX_set_error(store, error)
    return 0
}

private func inspectClientHello(
    ssl: OpaquePointer?,
    alert: UnsafeMutablePointer<CInt>?,
    argument: UnsafeMutableRawPointer?
) -> CInt {
    guard let ssl, let session = TLSSession.behind(ssl) else { return SSL_CLIENT_HELLO_ERROR }
    var bytes: UnsafePointer<UInt8>?
    var count = 0
    // 1 = the extension is there, 0 = it is not. With it the choice is made later, in `selectProtocol`.
    let offersALPN = SSL_client_hello_get0_ext(
        ssl,
        UInt32(TLSEXT_TYPE_application_layer_protocol_negotiation),
        &bytes,
        &count
    )
    if offersALPN == 1 || session.acceptWithoutALPN() { return SSL_CLIENT_HELLO_SUCCESS }
    alert?.pointee = SSL_AD_NO_APPLICATION_PROTOCOL
    return SSL_CLIENT_HELLO_ERROR
}

private func selectProtocol(
    ssl: OpaquePointer?,
    chosen: UnsafeMutablePointer<UnsafePointer<UInt8>?>?,
    chosenCount: UnsafeMutablePointer<UInt8>?,
    offered: UnsafePointer<UInt8>?,
    offeredCount: UInt32,
    argument: UnsafeMutableRawPointer?
) -> CInt {
    guard let ssl, let session = TLSSession.behind(ssl), let chosen, let chosenCount else {
        return SSL_TLSEXT_ERR_ALERT_FATAL
    }
    let offer = UnsafeBufferPointer(start: offered, count: Int(offeredCount))
    guard let name = session.acceptProtocol(from: offer) else { return SSL_TLSEXT_ERR_ALERT_FATAL }
    // libssl copies the name at once; it may point into the client's own offer.
    chosen.pointee = name.baseAddress
    chosenCount.pointee = UInt8(name.count)
    return SSL_TLSEXT_ERR_OK
}
