import NIOCore
import TLSChannel
import Testing

/// The client's side against `openssl s_server`.
@Suite(.timeLimit(.minutes(2)))
struct ForeignServerTests {
    @Test(arguments: [
        TLSServerName.dns(Certificates.serverDNS), .ip(Certificates.serverIP), .uri(Certificates.serverURI),
    ])
    func `a good server proves its name and is understood`(_ name: TLSServerName) async throws {
        let (peer, port) = try await OpenSSLPeer.server()
        let connection = try await dial(port: port, try clientContext(), serverName: name)
        let agreement = try await connection.handshake()
        #expect(agreement.alpn == "wavetrain/1")
        let certificate = try #require(agreement.peerCertificateDER)
        #expect(try certificate.elementsEqual(der("server")))

        try await connection.send("hello\n")
        let output = try await peer.output(containing: "hello\n")
        #expect(output.contains("CIPHER is TLS_AES_"))
        try peer.send("welcome\n")
        try await connection.text("welcome\n")
        try await connection.channel.close()
        #expect(await connection.rest().isEmpty)
        #expect(await peer.exitStatus() == 0)
    }

    @Test(
        arguments: [
            BadServer("wrong authority", certificate: "server-of-other-root", .peerCertificateRefused, alert: 48),
            BadServer("client usage", certificate: "server-with-client-usage", .peerCertificateRefused, alert: 43),
            BadServer("another name", certificate: "server-of-another-name", .peerCertificateRefused, alert: 42),
            BadServer("wrong ALPN", alpn: "http/1.1", .refusedByPeer, alert: nil),
            BadServer("TLS 1.2", more: ["-tls1_2"], .protocolVersionRefused, alert: nil),
        ]
    )
    func `a bad server is refused before the user hears of it`(_ server: BadServer) async throws {
        let (peer, port) = try await OpenSSLPeer.server(certificate: server.certificate, alpn: server.alpn, server.more)
        let connection = try await dial(port: port, try clientContext())
        let seen = await connection.rest()
        guard seen.count == 1, case .failed(let error) = seen[0] else {
            Issue.record("expected one error, got \(seen)")
            return
        }
        #expect(error.code == server.code)
        if let alert = server.alert { try await peer.output(containing: "SSL alert number \(alert)") }
    }

    @Test func `a server that proves another URI is refused`() async throws {
        let (peer, port) = try await OpenSSLPeer.server(certificate: "server-of-another-name")
        let connection = try await dial(port: port, try clientContext(), serverName: .uri(Certificates.serverURI))
        let error = try await connection.error()
        #expect(error.code == .peerCertificateRefused)
        #expect(error.sentence.contains(Certificates.serverURI))
        try await peer.output(containing: "SSL alert number 42")
    }

    @Test func `a server that ignores ALPN is refused`() async throws {
        let (peer, port) = try await OpenSSLPeer.server(alpn: nil)
        defer { peer.kill() }
        let connection = try await dial(port: port, try clientContext())
        #expect(try await connection.error().code == .noApplicationProtocol)
        #expect(await connection.rest().isEmpty)
    }

    @Test func `a client without a certificate hears from the server that it needs one`() async throws {
        let (peer, port) = try await OpenSSLPeer.server()
        defer { peer.kill() }
        let connection = try await dial(port: port, try clientContext(identity: nil))
        let error = try await connection.error()
        #expect(error.code == .refusedByPeer)
        #expect(error.sentence.contains("certificate required"))
    }

    @Test(arguments: [
        ("client-expired", "run out", "Renew it"), ("client-of-other-root", "authority", "the right peer"),
    ])
    func `a client hears why a server refuses its certificate, and what to do`(
        certificate: String,
        reason: String,
        remedy: String
    ) async throws {
        let (peer, port) = try await OpenSSLPeer.server()
        defer { peer.kill() }
        let connection = try await dial(port: port, try clientContext(identity: certificate))
        let error = try await connection.error()
        #expect(error.code == .refusedByPeer)
        #expect(error.sentence.contains(reason) && error.remedy.contains(remedy), "\(error)")
    }

    @Test func `tickets that a server hands out are passed over`() async throws {
        let (peer, port) = try await OpenSSLPeer.server(["-num_tickets", "5"])
        let connection = try await dial(port: port, try clientContext())
        _ = try await connection.handshake()
        try peer.send("after the tickets\n")
        try await connection.text("after the tickets\n")
    }

    @Test func `a key update in both directions goes unnoticed`() async throws {
        let (peer, port) = try await OpenSSLPeer.server()
        let connection = try await dial(port: port, try clientContext())
        _ = try await connection.handshake()
        try await peer.output(containing: "CIPHER is")
        try peer.send("K\n")  // to s_server: renew your key, and ask for mine
        try await peer.output(containing: "SSL_do_handshake -> 1")
        try peer.send("under the new key\n")
        try await connection.text("under the new key\n")
        try await connection.send("so is this\n")
        try await peer.output(containing: "so is this\n")
    }

    @Test func `a server that dies without close_notify is a truncation`() async throws {
        let (peer, port) = try await OpenSSLPeer.server()
        let connection = try await dial(port: port, try clientContext())
        _ = try await connection.handshake()
        peer.kill()
        #expect(try await connection.error().code == .truncated)
    }
}

struct BadServer: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let certificate: String
    let alpn: String?
    let more: [String]
    let code: TLSError.Code
    /// What s_server prints of our alert; nil where it is the server that refuses.
    let alert: Int?

    init(
        _ name: String,
        certificate: String = "server",
        alpn: String? = "wavetrain/1",
        more: [String] = [],
        _ code: TLSError.Code,
        alert: Int?
    ) {
        self.testDescription = name
        self.certificate = certificate
        self.alpn = alpn
        self.more = more
        self.code = code
        self.alert = alert
    }
}
