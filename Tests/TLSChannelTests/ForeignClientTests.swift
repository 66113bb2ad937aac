import Foundation
import NIOCore
import TLSChannel
import Testing

/// The server's side against `openssl s_client`.
@Suite(.timeLimit(.minutes(2)))
struct ForeignClientTests {
    @Test func `a good client and the server understand each other`() async throws {
        try await Listener.with(try serverContext()) { listener in
            let peer = try OpenSSLPeer.client(port: listener.port, ["-servername", Certificates.serverDNS])
            let connection = try await listener.connection()

            let agreement = try await connection.handshake()
            #expect(agreement.alpn == "wavetrain/1")
            #expect(agreement.sni == Certificates.serverDNS)
            let certificate = try #require(agreement.peerCertificateDER)
            #expect(try certificate.elementsEqual(der("client")))

            try peer.send("hello\n")
            try await connection.text("hello\n")
            try await connection.send("welcome\n")
            let output = try await peer.output(containing: "welcome\n")
            #expect(output.contains("New, TLSv1.3, Cipher is TLS_"))
            #expect(output.contains("Verify return code: 0 (ok)"))
            try await connection.channel.close()
            #expect(await peer.exitStatus() == 0)
        }
    }

    @Test(
        arguments: [
            BadClient("no certificate", certificate: nil, .peerCertificateMissing, alert: 116),
            BadClient("wrong authority", certificate: "client-of-other-root", .peerCertificateRefused, alert: 48),
            BadClient("expired", certificate: "client-expired", .peerCertificateRefused, alert: 45),
            BadClient("not yet valid", certificate: "client-of-the-future", .peerCertificateRefused, alert: 42),
            BadClient("server usage", certificate: "client-with-server-usage", .peerCertificateRefused, alert: 43),
            BadClient("any usage", certificate: "client-with-any-usage", .peerCertificateRefused, alert: 43),
            BadClient("no usage", certificate: "client-without-usage", .peerCertificateRefused, alert: 43),
            BadClient("long chain", certificate: "client-at-depth-4", .peerCertificateRefused, alert: 48),
            BadClient("wrong ALPN", alpn: "http/1.1,wavetrain/0", .noApplicationProtocol, alert: 120),
            BadClient("no ALPN", alpn: nil, .noApplicationProtocol, alert: 120),
            BadClient("TLS 1.2", more: ["-tls1_2"], .protocolVersionRefused, alert: 70),
            BadClient("wrong group", more: ["-groups", "P-521"], .handshakeFailed, alert: 40),
        ]
    )
    func `a bad client is told why and never reaches the user`(_ client: BadClient) async throws {
        try await Listener.with(try serverContext()) { listener in
            let peer = try OpenSSLPeer.client(
                port: listener.port,
                certificate: client.certificate,
                alpn: client.alpn,
                client.more
            )
            let connection = try await listener.connection()
            let seen = await connection.rest()
            guard seen.count == 1, case .failed(let error) = seen[0] else {
                Issue.record("expected one error, got \(seen)")
                return
            }
            #expect(error.code == client.code)
            try await peer.output(containing: "SSL alert number \(client.alert)")
        }
    }

    @Test func `two intermediates between client and root are allowed`() async throws {
        try await Listener.with(try serverContext()) { listener in
            let peer = try OpenSSLPeer.client(port: listener.port, certificate: "client-at-depth-3")
            let connection = try await listener.connection()
            #expect(try await connection.handshake().peerCertificateDER != nil)
            try peer.closeInput()
        }
    }

    @Test func `the product's own check refuses a peer within the handshake`() async throws {
        for (verdict, alert) in [(TLSPeerVerdict.revoked, 44), (.refused("wrong region"), 42)] {
            let context = try serverContext { $0.checkPeer = { _ in verdict } }
            try await Listener.with(context) { listener in
                let peer = try OpenSSLPeer.client(port: listener.port)
                let error = try await listener.connection().error()
                #expect(error.code == .peerCertificateRefused)
                if verdict != .revoked { #expect(error.sentence.contains("wrong region")) }
                try await peer.output(containing: "SSL alert number \(alert)")
            }
        }
    }

    @Test func `a protocol without client certificates does not ask for one`() async throws {
        try await Listener.with(try serverContext()) { listener in
            let peer = try OpenSSLPeer.client(port: listener.port, certificate: nil, alpn: "wavetrain-enrol/1")
            let connection = try await listener.connection()
            let agreement = try await connection.handshake()
            #expect(agreement.alpn == "wavetrain-enrol/1")
            #expect(agreement.peerCertificateDER == nil)
            #expect(try await peer.output(containing: "Verify return code").contains("Requested Signature") == false)
            try peer.closeInput()
        }
    }

    @Test func `clients without ALPN are served where that is allowed`() async throws {
        let context = try TLSContext(
            .server(
                identity: try Certificates.shared.identity("server"),
                trustRootsPEM: [],
                protocols: [TLSServerProtocol("http/1.1", clientCertificate: .none)],
                withoutALPN: TLSClientCertificate.none
            )
        )
        try await Listener.with(context) { listener in
            let peer = try OpenSSLPeer.client(port: listener.port, certificate: nil, alpn: nil)
            let agreement = try await listener.connection().handshake()
            #expect(agreement.alpn == nil)
            #expect(agreement.peerCertificateDER == nil)
            try peer.closeInput()
        }
    }

    @Test func `a client's close_notify ends the connection without an error`() async throws {
        try await Listener.with(try serverContext()) { listener in
            let peer = try OpenSSLPeer.client(port: listener.port)
            let connection = try await listener.connection()
            _ = try await connection.handshake()
            try peer.closeInput()
            #expect(await connection.rest().isEmpty)
            #expect(await peer.exitStatus() == 0)
        }
    }

    @Test func `a client that dies without close_notify is a truncation`() async throws {
        for halfClosure in [false, true] {
            try await Listener.with(try serverContext(), halfClosure: halfClosure) { listener in
                let peer = try OpenSSLPeer.client(port: listener.port)
                let connection = try await listener.connection()
                _ = try await connection.handshake()
                peer.kill()
                #expect(try await connection.error().code == .truncated)
                #expect(await connection.rest().isEmpty)
            }
        }
    }

    @Test func `no session can be kept or brought back, and no early data gets in`() async throws {
        let folder = Certificates.shared.folder
        let foreign = "\(folder)/foreign.session"
        // A session that another server with the same certificate gave, early data allowed.
        let (server, port) = try await OpenSSLPeer.server(["-early_data", "-max_early_data", "1000"])
        let giver = try OpenSSLPeer.client(port: port, ["-sess_out", foreign])
        try await giver.output(containing: "Post-Handshake New Session Ticket arrived")
        try giver.closeInput()
        _ = await giver.exitStatus()
        _ = await server.exitStatus()
        let early = "\(folder)/early"
        try "early bird".write(toFile: early, atomically: true, encoding: .utf8)

        try await Listener.with(try serverContext()) { listener in
            let own = "\(folder)/own.session"
            let first = try OpenSSLPeer.client(port: listener.port, ["-sess_out", own])
            let connection = try await listener.connection()
            _ = try await connection.handshake()
            try await connection.send("no ticket before this\n")
            let output = try await first.output(containing: "no ticket before this\n")
            #expect(!output.contains("New Session Ticket"))
            try first.closeInput()
            _ = await first.exitStatus()
            #expect(!FileManager.default.fileExists(atPath: own))

            let second = try OpenSSLPeer.client(port: listener.port, ["-sess_in", foreign, "-early_data", early])
            try second.closeInput()
            let seen = try await listener.connection().rest()
            // libssl may refuse the bytes or skip them; they must not arrive.
            for case .bytes(let bytes) in seen { Issue.record("early data arrived: \(bytes)") }

            let third = try OpenSSLPeer.client(port: listener.port, ["-sess_in", foreign])
            _ = try await listener.connection().handshake()
            #expect(try await third.output(containing: "Verify return code").contains("New, TLSv1.3"))
            try third.closeInput()
        }
    }

    @Test func `16 MiB go through openssl and come back unchanged`() async throws {
        let folder = Certificates.shared.folder
        var chance = Chance(seed: 16)
        let sent = Data(chance.bytes(16 << 20))
        try sent.write(to: URL(fileURLWithPath: "\(folder)/sent"))
        try await Listener.with(try serverContext(), echoes: true) { listener in
            let peer = try OpenSSLPeer.client(
                port: listener.port,
                ["-quiet", "-nocommands"],
                inputFile: "\(folder)/sent",
                outputFile: "\(folder)/received"
            )
            let connection = try await listener.connection()
            var left = sent.count
            for await case .bytes(let bytes) in connection.happenings {
                left -= bytes.count
                if left == 0 { break }
            }
            #expect(left == 0)
            try await connection.channel.close()
            _ = await peer.exitStatus()
        }
        let received = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/received"))
        #expect(received == sent)
    }
}

struct BadClient: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let certificate: String?
    let alpn: String?
    let more: [String]
    let code: TLSError.Code
    let alert: Int

    init(
        _ name: String,
        certificate: String? = "client",
        alpn: String? = "wavetrain/1",
        more: [String] = [],
        _ code: TLSError.Code,
        alert: Int
    ) {
        self.testDescription = name
        self.certificate = certificate
        self.alpn = alpn
        self.more = more
        self.code = code
        self.alert = alert
    }
}

/// What openssl makes of a certificate's PEM.
func der(_ name: String) throws -> [UInt8] {
    let path = Certificates.shared.path(name, "\(UUID().uuidString).der")
    let (status, output) = try run(
        "/usr/bin/openssl",
        ["x509", "-in", Certificates.shared.path(name), "-outform", "DER", "-out", path]
    )
    guard status == 0 else { throw Connection.Missing(description: output) }
    return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
}
