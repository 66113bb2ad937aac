import Foundation
import NIOCore
import Testing

@testable import ReleaseBoard

/// Clients that take their time, on plain sockets. Nothing here waits for a clock: each test ends when the board has cut
/// the connection, and would hang if it did not.
@Suite(.timeLimit(.minutes(1))) struct SlowClientTests {
    @Test func `a head that does not come to its end is cut`() async throws {
        var limits = BoardLimits()
        limits.headTimeout = .milliseconds(100)
        try await Board.running(limits: limits) { board async throws in
            let client = try Socket(port: board.port)
            try client.send("GET /v1/health HTTP/1.1\r\nHost: x\r\n")
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `a body that stops coming is cut`() async throws {
        var limits = BoardLimits()
        limits.bodyPeriod = .milliseconds(100)
        try await Board.running(limits: limits) { board async throws in
            let client = try Socket(port: board.port)
            let token = try #require(board.tokens["viewer"])
            try client.send(
                "POST /v1/plans/check HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Length: 100\r\n\r\n{"
            )
            #expect(await client.readToEnd() == "")
        }
    }

    @Test func `more connections from one address than it may have are closed at once`() async throws {
        var limits = BoardLimits()
        limits.connections_perAddress_max = 2
        try await Board.running(limits: limits) { board async throws in
            let health = "GET /v1/health HTTP/1.1\r\nHost: x\r\n\r\n"
            let clients = try (1...2).map { _ in try Socket(port: board.port) }
            for client in clients {
                try client.send(health)
                #expect(await client.readOnce().hasPrefix("HTTP/1.1 200"))
            }
            let third = try Socket(port: board.port)
            #expect(await third.readToEnd() == "")
            try clients[0].send(health)
            #expect(await clients[0].readOnce().hasPrefix("HTTP/1.1 200"))
        }
    }
}

extension Board {
    fileprivate var port: UInt16 { UInt16(url.split(separator: ":").last ?? "") ?? 0 }
}

/// A client that speaks HTTP by hand.
private final class Socket: Sendable {
    private struct Failed: Error { let what: String, code: Int32 }

    private let descriptor: Int32

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failed(what: "connect", code: errno) }
        // A read that nothing ends is one that failed.
        var patience = timeval(tv_sec: 30, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(descriptor) }

    func send(_ text: String) throws {
        let bytes = Array(text.utf8)
        guard Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else {
            throw Failed(what: "send", code: errno)
        }
    }

    /// What comes next; empty at the end, which a reset is, too.
    func readOnce() async -> String {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread { [self] in
                var bytes = [UInt8](repeating: 0, count: 65_536)
                let count = recv(descriptor, &bytes, bytes.count, 0)
                continuation.resume(returning: String(decoding: bytes.prefix(max(0, count)), as: UTF8.self))
            }
        }
    }

    func readToEnd() async -> String {
        var text = ""
        while case let piece = await readOnce(), !piece.isEmpty { text += piece }
        return text
    }
}
