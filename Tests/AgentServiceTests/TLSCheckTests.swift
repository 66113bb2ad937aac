import Cryptography
import Foundation
import Glibc
import HostDecisions
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// `openssl s_server` with a certificate that ends after so many days, and the authority between that signed it.
private final class OpenSSLServer {
    let port: Int
    private let process: ForeignProcess

    init(in folder: String, days: Int, authorityDays: Int) throws {
        try Self.openssl(
            folder,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "\(authorityDays)",
            "-subj",
            "/CN=between",
            "-keyout",
            "between.key",
            "-out",
            "between.pem"
        )
        try Self.openssl(
            folder,
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "\(days)",
            "-subj",
            "/CN=shop.example.com",
            "-CA",
            "between.pem",
            "-CAkey",
            "between.key",
            "-keyout",
            "server.key",
            "-out",
            "server.pem"
        )
        process = ForeignProcess()
        process.arguments = [
            "openssl", "s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "server.pem", "-key", "server.key",
            "-cert_chain", "between.pem",
        ]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let output = Foundation.Pipe()
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // It says where it listens: "ACCEPT 127.0.0.1:40123".
        var said = ""
        while !said.contains("ACCEPT") || said.last != "\n" {
            let bytes = output.fileHandleForReading.availableData
            try #require(!bytes.isEmpty, "s_server ended: \(said)")
            said += String(decoding: bytes, as: UTF8.self)
        }
        port = try #require(Int(said.split(separator: ":").last?.prefix(while: \.isNumber) ?? ""))
        let rest = output.fileHandleForReading
        Thread.detachNewThread { while !rest.availableData.isEmpty {} }
    }

    deinit {
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    private static func openssl(_ folder: String, _ arguments: String...) throws {
        let process = ForeignProcess()
        process.arguments = ["openssl"] + arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0, "openssl \(arguments)")
    }
}

@Suite(.timeLimit(.minutes(10))) struct TLSCheckTests {
    private let bench: CheckBench

    init() throws { bench = try CheckBench() }

    private func look(
        _ server: OpenSSLServer,
        left_min: Interval,
        isTrusted: Bool = false
    ) async throws -> CheckRunner.Look {
        let check = TLSCheck(
            address: "127.0.0.1:${port}",
            serverName: "shop.example.com",
            left_min: left_min,
            isTrusted: isTrusted
        )
        return try await bench.look(.tls(check), port: server.port)
    }

    @Test func `a certificate must be good for as long as the check says`() async throws {
        let server = try OpenSSLServer(in: bench.folder.path, days: 20, authorityDays: 400)
        #expect(try await look(server, left_min: .days(19)) == .passed)
        #expect(
            try await look(server, left_min: .days(21))
                == .failed("the certificate of shop.example.com at 127.0.0.1:\(server.port) ends in 19d; renew it")
        )
        let trusting = try await look(server, left_min: .zero, isTrusted: true)
        guard case .failed(let sentence) = trusting else { throw Unexpected(trusting) }
        #expect(sentence.contains("certificate"))
    }

    @Test func `the authority between ends first, and its name is said`() async throws {
        let server = try OpenSSLServer(in: bench.folder.path, days: 100, authorityDays: 3)
        #expect(
            try await look(server, left_min: .days(14))
                == .failed("the certificate of between at 127.0.0.1:\(server.port) ends in 2d; renew it")
        )
    }

    @Test func `what has ended is said to have ended, and what begins tomorrow does not pass`() async throws {
        let server = try OpenSSLServer(in: bench.folder.path, days: 20, authorityDays: 400)
        var late = bench
        late.checks.clock = { WallClock.now() + .days(22) }
        let check = TLSCheck(address: "127.0.0.1:${port}", left_min: .zero)
        let ended = try await late.look(.tls(check), port: server.port)
        guard case .failed(let sentence) = ended else { throw Unexpected(ended) }
        #expect(sentence.hasPrefix("the certificate of shop.example.com at 127.0.0.1:\(server.port) ended "))
        late.checks.clock = { Instant(unix_ms: WallClock.now().unix_ms - 86_400_000) }
        #expect(
            try await late.look(.tls(check), port: server.port)
                == .failed("a certificate at 127.0.0.1:\(server.port) is not valid yet; look at the clocks")
        )
    }

    @Test func `where nobody speaks TLS the check fails`() async throws {
        let server = try FixedServer("HTTP/1.1 200 OK\r\n\r\n")
        let check = TLSCheck(address: "127.0.0.1:${port}", left_min: .zero)
        #expect(try await bench.look(.tls(check), port: server.port) != .passed)
    }
}
