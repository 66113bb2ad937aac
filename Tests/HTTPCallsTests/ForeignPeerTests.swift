import Foundation
import Glibc
import HTTPCalls
import TestSupport
import Testing

/// `openssl s_server` on the other side.
@Suite(.timeLimit(.minutes(2))) struct ForeignPeerTests {
    let client = HTTPClient()

    @Test func `a server with a trusted certificate is heard, by file and by bytes`() async throws {
        let peer = try await OpenSSLServer(name: "IP:127.0.0.1")
        let authority = peer.folder.path("authority.pem")
        for trust in [.authorityFile(path: authority), .authorityBytes(try peer.folder.read("authority.pem"))]
            as [HTTPCall.Trust]
        {
            let response = try await client.response(to: .direct("GET", peer.url, trust: trust))
            #expect(response.status == 200)
            #expect(text(response.body).contains("s_server"))
        }
    }

    @Test func `no other certificate is trusted`() async throws {
        let peer = try await OpenSSLServer(name: "IP:127.0.0.1")
        let other = try await OpenSSLServer(name: "IP:127.0.0.1")
        let trusts: [HTTPCall.Trust] = [
            .system, .authorityFile(path: other.folder.path("authority.pem")),
            .authorityBytes(try other.folder.read("authority.pem")),
        ]
        for trust in trusts {
            let error = await failure { _ = try await client.response(to: .direct("GET", peer.url, trust: trust)) }
            #expect(error?.code == .tlsFailed)
            #expect(error?.url == peer.url)
        }
    }

    @Test func `a certificate for another name is not trusted`() async throws {
        let peer = try await OpenSSLServer(name: "DNS:other.example.com")
        let trust = HTTPCall.Trust.authorityFile(path: peer.folder.path("authority.pem"))
        let error = await failure { _ = try await client.response(to: .direct("GET", peer.url, trust: trust)) }
        #expect(error?.code == .tlsFailed)
    }

    @Test func `authorities that cannot be read are not an empty trust`() async throws {
        let peer = try await OpenSSLServer(name: "IP:127.0.0.1")
        let missing = HTTPCall.Trust.authorityFile(path: peer.folder.path("missing.pem"))
        let error = await failure { _ = try await client.response(to: .direct("GET", peer.url, trust: missing)) }
        #expect(error?.code == .localFile)
        for bytes in [[], Array("noise".utf8)] as [[UInt8]] {
            let error = await failure {
                _ = try await client.response(to: .direct("GET", peer.url, trust: .authorityBytes(bytes)))
            }
            #expect(error != nil)
        }
    }

    @Test func `https to a server without TLS fails as TLS`() async throws {
        let server = try TinyServer { connection in
            connection.send("HTTP/1.1 400 Bad Request\r\n\r\n")
        }
        let error = await failure {
            _ = try await client.response(to: .direct("GET", "https://127.0.0.1:\(server.port)/"))
        }
        #expect(error?.code == .tlsFailed)
    }
}

/// A server with an authority and a certificate of its own. Ends with its last reference.
private final class OpenSSLServer {
    let folder: TemporaryFolder
    let url: String
    private let process: ForeignProcess

    struct Failure: Error { let what: String }

    init(name: String) async throws {
        folder = try TemporaryFolder()
        let path = folder.path
        try await Self.openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=authority",
            "-keyout",
            "\(path)/authority.key",
            "-out",
            "\(path)/authority.pem"
        )
        try await Self.openssl(
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
            "-subj",
            "/CN=server",
            "-addext",
            "subjectAltName=\(name)",
            "-addext",
            "basicConstraints=CA:FALSE",
            "-CA",
            "\(path)/authority.pem",
            "-CAkey",
            "\(path)/authority.key",
            "-keyout",
            "\(path)/server.key",
            "-out",
            "\(path)/server.pem"
        )
        process = ForeignProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "\(path)/server.pem",
            "-key", "\(path)/server.key",
        ]
        let output = Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // It says where it listens: "ACCEPT 127.0.0.1:40123".
        var said = ""
        while !said.contains("ACCEPT") || said.last != "\n" {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else { throw Failure(what: "s_server ended: \(said)") }
            said += String(decoding: bytes, as: UTF8.self)
        }
        guard let port = said.split(separator: ":").last?.prefix(while: \.isNumber) else { throw Failure(what: said) }
        url = "https://127.0.0.1:\(port)/"
    }

    deinit {
        // Not SIGTERM: a process begun on one of Swift's threads inherits that thread's blocked signals.
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private static func openssl(_ arguments: String...) async throws {
        let process = ForeignProcess()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["openssl"] + arguments
        process.standardError = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { throw Failure(what: arguments.joined(separator: " ")) }
    }
}
