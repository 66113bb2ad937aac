import Foundation
import HTTPCalls
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct LineTests {
    let client = HTTPClient()
    let endless = HTTPLimits(timeout_ms: nil)

    @Test func `the head and each line arrive before the server goes on`() async throws {
        let permits = Permits()
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            connection.beginChunks()
            for number in 0..<5 {
                permits.take()
                connection.sendChunk("{\"n\":")
                connection.sendChunk("\(number)}\n")
            }
            permits.take()
            connection.endChunks()
        }
        let lines = try await client.lines(of: .direct("GET", server.url(), limits: endless))
        #expect(lines.head.status == 200)
        for number in 0..<5 {
            permits.give()
            let line = try await lines.next()
            #expect(line.map(text) == "{\"n\":\(number)}")
        }
        permits.give()
        #expect(try await lines.next() == nil)
        #expect(try await lines.next() == nil)
    }

    @Test func `lines are cut at line feeds wherever the pieces end`() async throws {
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            connection.beginChunks()
            for piece in ["a", "b\n", "\n", "c\r\nd\ne", "", "f\n", "last"] where !piece.isEmpty {
                connection.sendChunk(piece)
            }
            connection.endChunks()
        }
        var all: [String] = []
        for try await line in try await client.lines(of: .direct("GET", server.url())) { all.append(text(line)) }
        #expect(all == ["ab", "", "c\r", "d", "ef", "last"])
    }

    @Test func `an answer without lines has a head and an end`() async throws {
        let server = try TinyServer { connection in
            if connection.request() != nil { connection.respond("204 No Content") }
        }
        let lines = try await client.lines(of: .direct("GET", server.url()))
        #expect(lines.head.status == 204)
        #expect(try await lines.next() == nil)
    }

    @Test func `a refusal's lines say why`() async throws {
        let server = try TinyServer { connection in
            if connection.request() != nil { connection.respond("403 Forbidden", body: "{\"error\":\"no\"}") }
        }
        let lines = try await client.lines(of: .direct("GET", server.url()))
        #expect(lines.head.status == 403)
        #expect(try await lines.next().map(text) == "{\"error\":\"no\"}")
    }

    @Test func `what arrived before the connection broke is read first`() async throws {
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            connection.beginChunks()
            connection.sendChunk("one\ntwo\nhalf")
        }
        let lines = try await client.lines(of: .direct("GET", server.url()))
        #expect(try await lines.next().map(text) == "one")
        #expect(try await lines.next().map(text) == "two")
        #expect(await failure { _ = try await lines.next() }?.code == .closedEarly)
    }

    @Test func `a line beyond the limit is too large`() async throws {
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            connection.beginChunks()
            connection.sendChunk("short\n")
            while connection.sendChunk(String(repeating: "x", count: 1_000)) {}
        }
        let limits = HTTPLimits(timeout_ms: nil, responseBytes_max: 10_000)
        let lines = try await client.lines(of: .direct("GET", server.url(), limits: limits))
        #expect(try await lines.next().map(text) == "short")
        #expect(await failure { _ = try await lines.next() }?.code == .tooLarge)
    }

    @Test func `lines that nobody reads wait at the server, and all of them come when they are read`() async throws {
        let line = String(repeating: "x", count: 999)
        let lines_count = 32_000
        let isAllSent = Mutex(false)
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            let block = String(repeating: "\(line)\n", count: 64)
            for _ in 0..<(lines_count / 64) where !connection.send(block) { return }
            isAllSent.withLock { $0 = true }
        }
        let lines = try await client.lines(of: .direct("GET", server.url(), limits: endless))
        // Another call gets through meanwhile: a full stream holds up nobody.
        let other = try TinyServer { if $0.request() != nil { $0.respond(body: "other") } }
        for _ in 0..<10 { #expect(try await client.response(to: .direct("GET", other.url())).status == 200) }
        // More than the kernel's buffers hold on both sides together.
        #expect(!isAllSent.withLock { $0 })
        var count = 0
        for try await next in lines {
            count += 1
            if next.count != line.utf8.count { Issue.record("line \(count) has \(next.count) bytes") }
        }
        #expect(count == lines_count)
    }

    @Test func `cancelling the reader ends the connection`() async throws {
        let closed = Signal<Bool>()
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            connection.beginChunks()
            connection.sendChunk("first\n")
            connection.waitForClose()
            closed.send(true)
        }
        let lines = try await client.lines(of: .direct("GET", server.url(), limits: endless))
        #expect(try await lines.next().map(text) == "first")
        let reader = Task { await failure { _ = try await lines.next() } }
        reader.cancel()
        #expect(await reader.value?.code == .cancelled)
        #expect(await closed.next() == true)
    }

    @Test func `letting go of the lines ends the connection`() async throws {
        let closed = Signal<Bool>()
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            connection.beginChunks()
            connection.waitForClose()
            closed.send(true)
        }
        do { _ = try await client.lines(of: .direct("GET", server.url(), limits: endless)) }
        #expect(await closed.next() == true)
    }

    @Test func `waiting for a head can be cancelled`() async throws {
        let arrived = Signal<Bool>()
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            arrived.send(true)
            connection.waitForClose()
        }
        let call = HTTPCall.direct("GET", server.url(), limits: endless)
        let task = Task { await failure { _ = try await client.lines(of: call) } }
        #expect(await arrived.next() == true)
        task.cancel()
        #expect(await task.value?.code == .cancelled)
    }
}
