import COpenSSL
import NIOCore

/// Owner of one SSL object: one connection as libssl sees it, without a channel. Used on one thread at a time.
///
/// libssl's callbacks find the session through a pointer in the SSL object, unowned; `deinit` breaks it first.
final class TLSSession {
    let library: LibraryContext
    private let ssl: OpaquePointer
    private let bio: CiphertextBIO
    private let serverName: TLSServerName?

    /// What was asked of the client; settled by the ALPN choice before the server asks. Of no meaning on a client.
    private var clientCertificate = TLSClientCertificate.required
    /// Why the product's own check refused the peer, for this side's error only.
    private var refusal: String?
    /// Whether the handshake has come to an agreement; a libssl that has failed no longer knows.
    private var hasAgreed = false

    /// - Parameter serverName: for a client, the name the server has to prove; nil for a server.
    init(library: LibraryContext, serverName: TLSServerName?) throws(TLSError) {
        if let serverName, !serverName.isWellFormed { throw .serverName(serverName) }
        let bio = try CiphertextBIO()
        LibraryFailure.clearQueue()
        guard let ssl = SSL_new(library.context) else { throw .library("make a connection") }
        self.library = library
        self.ssl = ssl
        self.bio = bio
        self.serverName = serverName

        bio.attach(to: ssl)
        // 1 = kept, 0 = no memory. Index 0 is libssl's own "application data".
        guard SSL_set_ex_data(ssl, 0, Unmanaged.passUnretained(self).toOpaque()) == 1 else {
            throw .library("keep the session")
        }
        switch library.configuration.side {
        case .server:
            guard serverName == nil else { throw .configuration("a server's connection has no server name") }
            SSL_set_accept_state(ssl)
        case .client:
            guard let serverName else { throw .configuration("a client's connection needs the server's name") }
            try expect(serverName)
            SSL_set_connect_state(ssl)
        }
    }

    deinit {
        SSL_set_ex_data(ssl, 0, nil)
        SSL_free(ssl)
    }

    static func behind(_ ssl: OpaquePointer) -> TLSSession? {
        SSL_get_ex_data(ssl, 0).map { Unmanaged<TLSSession>.fromOpaque($0).takeUnretainedValue() }
    }

    private func expect(_ name: TLSServerName) throws(TLSError) {
        // All three: 1 = kept, 0 = no memory.
        let isKept: Bool
        switch name {
        case .dns(let host):
            SSL_set_hostflags(ssl, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT))
            isKept = SSL_set1_host(ssl, host) == 1 && wavetrain_tls_set_sni(ssl, host) == 1
        case .ip(let address):
            isKept = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), address) == 1
        case .uri:
            isKept = true  // libssl knows no such check; `judgePeer` does it
        }
        guard isKept else { throw .library("keep the server's name") }
    }
}

// MARK: ciphertext and plaintext

extension TLSSession {
    /// A record's header, content type and tag: what it is longer than its plaintext.
    private static let recordOverhead_bytes = 22
    private static let recordPlaintext_bytes_max = 16 * 1024

    /// The most to encrypt in one go: four full records, which with their overhead fill 64 KiB exactly.
    static let write_bytes_max = 4 * (recordPlaintext_bytes_max - recordOverhead_bytes)

    func receive(_ ciphertext: ByteBuffer) {
        bio.receive(ciphertext)
    }

    func discardReceived() {
        bio.discardInbound()
    }

    /// All that has to go to the peer by now; nil when nothing has.
    func takeCiphertext() -> ByteBuffer? {
        bio.takeOutbound()
    }

    func handshake() -> Outcome {
        Outcome(of: ssl) { SSL_do_handshake($0) }
    }

    /// Decrypts everything received so far. Never `.complete`, for more could always come.
    func readAll(into plaintext: inout ByteBuffer) -> Outcome {
        while true {
            let room = max(bio.inboundBytes, Int(SSL_pending(ssl)), 64)
            var outcome = Outcome.incomplete
            plaintext.writeWithUnsafeMutableBytes(minimumWritableBytes: room) { target in
                var count = 0
                outcome = Outcome(of: ssl) { SSL_read_ex($0, target.baseAddress, target.count, &count) }
                return count
            }
            guard case .complete = outcome else { return outcome }
        }
    }

    /// Encrypts all of `plaintext`: our BIO takes everything, and without SSL_MODE_ENABLE_PARTIAL_WRITE libssl
    /// reports success only for the whole.
    /// - Returns: why it could not; nil when it could.
    func write(_ plaintext: ByteBuffer) -> TLSError? {
        let count = plaintext.readableBytes
        guard count > 0 else { return nil }  // to libssl a write of nothing is an error
        let records = (count + Self.recordPlaintext_bytes_max - 1) / Self.recordPlaintext_bytes_max
        bio.reserveOutbound(bytes: count + records * Self.recordOverhead_bytes)
        let outcome = plaintext.withUnsafeReadableBytes { source in
            var written = 0
            return Outcome(of: ssl) { SSL_write_ex($0, source.baseAddress, source.count, &written) }
        }
        switch outcome {
        case .complete: return nil
        case .failed(.library(let failure)): return .library("encrypt", failure)
        // Neither can be: there is nothing to wait for, and the peer's end does not end our direction.
        case .incomplete, .failed(.peerClosed): return .library("encrypt", .drained())
        }
    }

    /// Puts close_notify behind what was written. Reading may go on.
    func sendCloseNotify() {
        LibraryFailure.clearQueue()
        // 0 = sent, 1 = sent and the peer's received, negative = the connection has failed before, and has said so
        // where it failed. None of them asks for anything here.
        _ = SSL_shutdown(ssl)
        LibraryFailure.clearQueue()
    }
}

// MARK: the handshake's questions

extension TLSSession {
    /// A client that offers no ALPN: whether it is served, and with what asked of it.
    func acceptWithoutALPN() -> Bool {
        guard case .server(_, let withoutALPN?) = library.configuration.side else { return false }
        ask(for: withoutALPN)
        return true
    }

    /// The server's first protocol that the client offers, as it stands in the offer.
    func acceptProtocol(from offer: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8>? {
        guard case .server(let protocols, _) = library.configuration.side else { return nil }
        let offer = ProtocolOffer(bytes: offer)
        for candidate in protocols {
            guard let name = offer.find(candidate.name) else { continue }
            ask(for: candidate.clientCertificate)
            return name
        }
        return nil
    }

    /// Settled before libssl builds its CertificateRequest.
    private func ask(for certificate: TLSClientCertificate) {
        clientCertificate = certificate
        switch certificate {
        case .required: SSL_set_verify(ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nil)
        case .none: SSL_set_verify(ssl, SSL_VERIFY_NONE, nil)
        }
    }

    /// What libssl does not check of the peer's own certificate: X509_V_OK or the error that becomes the alert.
    func judgePeer(_ certificate: OpaquePointer) -> CInt {
        guard hasPeerUsage(certificate) else { return X509_V_ERR_INVALID_PURPOSE }
        if case .uri(let uri)? = serverName, wavetrain_tls_has_uri(certificate, uri, uri.utf8.count) != 1 {
            refusal = "it does not carry the name \(uri)"
            return X509_V_ERR_HOSTNAME_MISMATCH
        }
        guard let checkPeer = library.configuration.checkPeer else { return X509_V_OK }
        switch checkPeer(Self.der(of: certificate)) {
        case .accepted: return X509_V_OK
        case .revoked: return X509_V_ERR_CERT_REVOKED
        case .refused(let reason):
            refusal = reason
            return X509_V_ERR_CERT_REJECTED
        }
    }

    /// libssl's purpose check lets a certificate without extended key usage pass for any use; this one does not.
    private func hasPeerUsage(_ certificate: OpaquePointer) -> Bool {
        let usage = X509_get_extended_key_usage(certificate)
        guard usage != UInt32.max else { return false }  // there is no such extension
        let needed =
            switch library.configuration.peerUsage {
            case .client: XKU_SSL_CLIENT
            case .server: XKU_SSL_SERVER
            }
        return usage & UInt32(needed) != 0
    }

    private static func der(of certificate: OpaquePointer) -> [UInt8] {
        var bytes: UnsafeMutablePointer<UInt8>?
        let count = i2d_X509(certificate, &bytes)  // the length; negative when memory is short
        guard count > 0, let bytes else { return [] }
        defer { CRYPTO_free(bytes, #file, #line) }
        return Array(UnsafeBufferPointer(start: bytes, count: Int(count)))
    }
}

// MARK: the handshake's answer

extension TLSSession {
    /// What both agreed on, after a complete handshake.
    /// - Throws: ``TLSError`` when it falls short of what the configuration demands; libssl lets a server pass that
    ///   ignores ALPN, and that a required certificate is there is worth asking twice.
    func agreement() throws(TLSError) -> TLSHandshakeCompleted {
        let agreed = TLSHandshakeCompleted(alpn: alpn, peerCertificateDER: peerCertificateDER, sni: sni)
        switch library.configuration.side {
        case .server:
            guard clientCertificate == .required else { break }
            try demandVerifiedPeer(agreed)
        case .client(let protocols):
            try demandVerifiedPeer(agreed)
            if protocols.isEmpty { break }
            guard let alpn = agreed.alpn, protocols.contains(alpn) else { throw .noApplicationProtocol }
        }
        hasAgreed = true
        return agreed
    }

    private func demandVerifiedPeer(_ agreed: TLSHandshakeCompleted) throws(TLSError) {
        guard agreed.peerCertificateDER != nil else { throw .peerCertificateMissing }
        guard SSL_get_verify_result(ssl) == X509_V_OK else { throw .peerCertificateRefused(verifyReason) }
    }

    private var alpn: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(ssl, &name, &count)
        guard let name, count > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(count)), as: UTF8.self)
    }

    private var peerCertificateDER: [UInt8]? {
        guard let certificate = SSL_get1_peer_certificate(ssl) else { return nil }
        defer { X509_free(certificate) }
        let der = Self.der(of: certificate)
        return der.isEmpty ? nil : der
    }

    private var sni: String? {
        SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) }
    }

    private var verifyReason: String {
        refusal ?? String(cString: X509_verify_cert_error_string(SSL_get_verify_result(ssl)))
    }

    /// libssl's reason as an error for programs and operators.
    func error(for failure: LibraryFailure) -> TLSError {
        switch failure.reason {
        case SSL_R_CERTIFICATE_VERIFY_FAILED:
            return .peerCertificateRefused(verifyReason)
        case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
            return .peerCertificateMissing
        case SSL_R_NO_APPLICATION_PROTOCOL, SSL_R_CALLBACK_FAILED:
            // The client hello callback fails for nothing else.
            return .noApplicationProtocol
        case SSL_R_UNSUPPORTED_PROTOCOL, SSL_R_UNKNOWN_PROTOCOL, SSL_R_WRONG_VERSION_NUMBER,
            SSL_R_WRONG_SSL_VERSION, SSL_R_TLSV1_ALERT_PROTOCOL_VERSION:
            return TLSError(
                code: .protocolVersionRefused,
                sentence: "the peers share no version of TLS: \(failure.text)",
                remedy: "Let the peer speak TLS 1.3; check that it speaks TLS at all on this port."
            )
        case let reason? where reason > SSL_AD_REASON_OFFSET:
            return .refusedByPeer(alert: reason - SSL_AD_REASON_OFFSET, failure.text)
        default:
            return TLSError(
                code: hasAgreed ? .protocolViolated : .handshakeFailed,
                sentence: "what the peer sent is no TLS this side accepts: \(failure.text)",
                remedy: "Check what stands on the other end and whether something between alters the traffic."
            )
        }
    }

}
