import Foundation
import TLSChannel
import Testing

/// What cannot work is refused when it is configured, with what to do about it.
@Suite struct ConfigurationTests {
    private let certificates = Certificates.shared

    private func refusal(_ configuration: TLSConfiguration) throws -> TLSError {
        try #require(throws: TLSError.self) { try TLSContext(configuration) }
    }

    private func server(identity: TLSIdentity) throws -> TLSConfiguration {
        .server(
            identity: identity,
            trustRootsPEM: [try certificates.pem(Certificates.root)],
            protocols: [TLSServerProtocol("wavetrain/1", clientCertificate: .required)]
        )
    }

    @Test func `an identity that cannot be used is refused`() throws {
        var identity = try certificates.identity("server")
        identity.privateKeyPEM = try certificates.identity("client").privateKeyPEM
        #expect(try refusal(server(identity: identity)).code == .invalidIdentity)

        identity = try certificates.identity("server")
        identity.certificateChainPEM = ""
        #expect(try refusal(server(identity: identity)).sentence.contains("holds no certificate"))

        identity = try certificates.identity("server")
        identity.certificateChainPEM += "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n"
        #expect(try refusal(server(identity: identity)).sentence.contains("cannot be read"))

        identity = try certificates.identity("server")
        identity.privateKeyPEM = "-----BEGIN PRIVATE KEY-----\n"
        #expect(try refusal(server(identity: identity)).code == .invalidIdentity)
    }

    @Test func `an encrypted key is refused and nobody is asked for a passphrase`() throws {
        let path = certificates.path("server-encrypted", "key")
        let made = try run(
            "/usr/bin/openssl",
            ["pkcs8", "-topk8", "-in", certificates.path("server", "key"), "-out", path, "-passout", "pass:secret"]
        )
        #expect(made.status == 0)
        var identity = try certificates.identity("server")
        identity.privateKeyPEM = try String(contentsOfFile: path, encoding: .utf8)
        #expect(try refusal(server(identity: identity)).code == .invalidIdentity)
    }

    @Test func `trust roots must be there and readable`() throws {
        var configuration = try server(identity: certificates.identity("server"))
        configuration.trustRootsPEM = []
        #expect(try refusal(configuration).code == .invalidConfiguration)
        configuration.trustRootsPEM = ["nonsense"]
        #expect(try refusal(configuration).code == .invalidTrustRoots)
    }

    @Test func `several roots may come in several texts or in one`() throws {
        let both = [try certificates.pem(Certificates.root), try certificates.pem(Certificates.otherRoot)]
        for roots in [both, [both.joined()]] {
            var configuration = try server(identity: certificates.identity("server"))
            configuration.trustRootsPEM = roots
            let context = try TLSContext(configuration)
            for identity in ["client", "client-of-other-root"] {
                let pair = try Pair(client: clientContext(identity: identity), server: context)
                try pair.exchange()
                #expect(pair.server.seen.agreement?.peerCertificateDER != nil)
                pair.dispose()
            }
        }
    }

    @Test func `protocol names must fit the wire and be named once`() throws {
        for names in [[""], [String(repeating: "x", count: 256)], ["a", "a"]] {
            let configuration = TLSConfiguration.client(
                identity: nil,
                trustRootsPEM: [try certificates.pem(Certificates.root)],
                protocols: names
            )
            #expect(try refusal(configuration).code == .invalidConfiguration)
        }
    }

    @Test func `the server's order of protocols decides`() throws {
        let server = try serverContext()
        let pair = try Pair(
            client: clientContext(protocols: ["x", "wavetrain-enrol/1", "wavetrain/1"]),
            server: server
        )
        defer { pair.dispose() }
        try pair.exchange()
        #expect(pair.client.seen.agreement?.alpn == "wavetrain/1")
    }

    @Test(arguments: ["", ".example.com", "example..com", "a b", "exam\0ple.com", "127.0.0.1", "ünï.example"])
    func `what is no host name is not taken for one`(_ name: String) throws {
        let error = try #require(throws: TLSError.self) {
            try TLSHandler(context: clientContext(), serverName: .dns(name))
        }
        #expect(error.code == .invalidServerName)
    }

    @Test func `text tells names, addresses and URIs apart`() {
        #expect(TLSServerName("controller.example.com") == .dns("controller.example.com"))
        #expect(TLSServerName("::1") == .ip("::1"))
        #expect(TLSServerName("192.0.2.1") == .ip("192.0.2.1"))
        #expect(TLSServerName("wavetrain://example/controller") == .uri("wavetrain://example/controller"))
    }

    @Test func `a context of the wrong side is refused`() throws {
        #expect(throws: TLSError.self) { try TLSHandler(context: clientContext()) }
        #expect(throws: TLSError.self) { try TLSHandler(context: serverContext(), serverName: .dns("example.com")) }
    }

    @Test func `a printed identity does not show its key`() throws {
        let identity = try certificates.identity("server")
        var text = ""
        dump(identity, to: &text)
        for shown in [text, "\(identity)", String(reflecting: identity)] { #expect(!shown.contains("PRIVATE KEY--")) }
    }
}
