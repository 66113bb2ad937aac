import Foundation
import HTTPCalls
import Synchronization
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct HTTPClientTests {
    let client = HTTPClient()

    @Test func `an answer comes with its status, headers and body`() async throws {
        let server = try TinyServer { connection in
            guard let request = connection.request() else { return }
            connection.respond("418 I'm a teapot", headers: "X-Line:  \(request.line) ", "x-empty:", body: "short")
        }
        let response = try await client.response(to: .direct("GET", server.url("/pot?x=1")))
        #expect(response.status == 418)
        #expect(!response.isSuccess)
        #expect(response.head["X-LINE"] == "GET /pot?x=1 HTTP/1.1")
        #expect(response.head["X-Empty"] == "")
        #expect(response.head["none"] == nil)
        #expect(text(response.body) == "short")
    }

    @Test(arguments: ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
    func `a request is sent with its method, headers and body as they were given`(method: String) async throws {
        let seen = Signal<TinyRequest>()
        let server = try TinyServer { connection in
            while let request = connection.request() {
                seen.send(request)
                connection.respond()
            }
        }
        let headers = [HTTPHeader("Authorization", "Bearer token"), HTTPHeader("X-Empty", "")]
        let body: HTTPCall.Body = method == "GET" ? .none : .bytes(Array("{\"a\":1}".utf8))
        _ = try await client.response(to: .direct(method, server.url(), headers: headers, body: body))
        let request = try #require(await seen.next())
        #expect(request.line == "\(method) / HTTP/1.1")
        #expect(request.headers.contains("Authorization: Bearer token"))
        #expect(request.headers.contains { $0.hasPrefix("X-Empty:") })
        #expect(!request.headers.contains { $0.hasPrefix("Expect") || $0.hasPrefix("Content-Type") })
        #expect(text(request.body) == (method == "GET" ? "" : "{\"a\":1}"))
    }

    @Test func `a POST without body announces an empty one, and HEAD waits for none`() async throws {
        let seen = Signal<TinyRequest>()
        let server = try TinyServer { connection in
            while let request = connection.request() {
                seen.send(request)
                connection.send("HTTP/1.1 200 OK\r\nContent-Length: \(request.line.hasPrefix("HEAD") ? 5 : 0)\r\n\r\n")
            }
        }
        _ = try await client.response(to: .direct("POST", server.url()))
        #expect(try #require(await seen.next()).headers.contains("Content-Length: 0"))
        let head = try await client.response(to: .direct("HEAD", server.url()))
        #expect(head.head["content-length"] == "5")
        #expect(head.body.isEmpty)
    }

    @Test func `a file is sent piece by piece with its length, and progress reaches the whole`() async throws {
        let folder = try TemporaryFolder()
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 9) }
        try folder.write("upload", bytes)
        let server = try TinyServer { connection in
            guard let request = connection.request() else { return }
            connection.respond(headers: "X-Same: \(request.body == bytes)")
        }
        let furthest = Mutex(0)
        let call = HTTPCall.direct("PUT", server.url(), body: .file(path: folder.path("upload")))
        let response = try await client.response(to: call) { progress in
            furthest.withLock { $0 = max($0, progress.sent_bytes) }
        }
        #expect(response.head["x-same"] == "true")
        #expect(furthest.withLock { $0 } == bytes.count)
    }

    @Test func `a file that cannot be sent is named`() async throws {
        let server = try TinyServer { _ in }
        for path in ["/nowhere/at/all", "/tmp"] {
            let error = await failure {
                _ = try await client.response(to: .direct("PUT", server.url(), body: .file(path: path)))
            }
            #expect(error?.code == .localFile)
            #expect(error?.reason.contains(path) == true)
        }
    }

    @Test func `a redirect is an answer, unless redirects are asked for`() async throws {
        let server = try TinyServer { connection in
            while let request = connection.request() {
                if request.line.contains("/there") {
                    connection.respond(body: "arrived")
                } else {
                    connection.respond("302 Found", headers: "Location: /there", body: "elsewhere")
                }
            }
        }
        let stays = try await client.response(to: .direct("GET", server.url()))
        #expect(stays.status == 302)
        #expect(stays.head["location"] == "/there")
        #expect(text(stays.body) == "elsewhere")
        let goes = try await client.response(to: .direct("GET", server.url(), redirects_max: 1))
        #expect(goes.status == 200)
        #expect(goes.head["location"] == nil)
        #expect(text(goes.body) == "arrived")
    }

    @Test func `a redirect goes in circles only so often, and never out of http`() async throws {
        let server = try TinyServer { connection in
            while let request = connection.request() {
                let isFile = request.line.contains("/file")
                connection.respond("302 Found", headers: "Location: \(isFile ? "file:///etc/hostname" : "/again")")
            }
        }
        let circle = await failure { _ = try await client.response(to: .direct("GET", server.url(), redirects_max: 3)) }
        #expect(circle?.code == .tooManyRedirects)
        let file = await failure {
            _ = try await client.response(to: .direct("GET", server.url("/file"), redirects_max: 3))
        }
        #expect(file != nil)
    }

    @Test func `a continue before the answer is not the answer`() async throws {
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            connection.send("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n")
            connection.respond(headers: "X: y", body: "late")
        }
        let response = try await client.response(to: .direct("GET", server.url()))
        #expect(response.status == 200)
        #expect(response.head["link"] == nil)
        #expect(text(response.body) == "late")
    }

    @Test(arguments: ["fixed", "chunked", "until the end"])
    func `an answer of exactly the limit passes, one byte more does not`(framing: String) async throws {
        let body = String(repeating: "x", count: 70_000)
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            switch framing {
            case "fixed": connection.respond(body: body)
            case "chunked":
                connection.beginChunks()
                connection.sendChunk(body)
                connection.endChunks()
            default: connection.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n\(body)")
            }
        }
        let exact = HTTPLimits(responseBytes_max: 70_000)
        let short = HTTPLimits(responseBytes_max: 69_999)
        let response = try await client.response(to: .direct("GET", server.url(), limits: exact))
        #expect(response.body.count == 70_000)
        let error = await failure { _ = try await client.response(to: .direct("GET", server.url(), limits: short)) }
        #expect(error?.code == .tooLarge)
    }

    @Test func `a head without end is too large`() async throws {
        let server = try TinyServer { connection in
            guard connection.request() != nil, connection.send("HTTP/1.1 200 OK\r\n") else { return }
            while connection.send("X-Long: \(String(repeating: "x", count: 1_000))\r\n") {}
        }
        let error = await failure { _ = try await client.response(to: .direct("GET", server.url())) }
        #expect(error?.code == .tooLarge)
    }

    @Test func `hundreds of calls at once are all answered, each with its own answer`() async throws {
        let server = try TinyServer { connection in
            while let request = connection.request() { connection.respond(body: request.line) }
        }
        let right = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<400 {
                group.addTask {
                    let response = try await client.response(to: .direct("GET", server.url("/\(number)")))
                    return text(response.body) == "GET /\(number) HTTP/1.1"
                }
            }
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(right == 400)
    }

    @Test func `a sink gets the body of a success and what it throws ends the call`() async throws {
        let body = String(repeating: "line\n", count: 100_000)
        let server = try TinyServer { connection in
            guard let request = connection.request() else { return }
            connection.respond(
                request.line.contains("/none") ? "404 Not Found" : "200 OK",
                body: body.prefix(50_000) + ""
            )
        }
        let sunk = Mutex<[UInt8]>([])
        let found = try await client.response(to: .direct("GET", server.url())) { bytes in
            sunk.withLock { $0.append(contentsOf: bytes) }
        }
        #expect(found.body.isEmpty)
        #expect(text(sunk.withLock { $0 }) == String(body.prefix(50_000)))
        let none = try await client.response(to: .direct("GET", server.url("/none"))) { _ in
            Issue.record("the body of a failure is not what was asked for")
        }
        #expect(none.status == 404)
        #expect(none.body.count == 50_000)
        struct Enough: Error {}
        let error = await failure {
            _ = try await client.response(to: .direct("GET", server.url())) { _ in throw Enough() }
        }
        #expect(error?.code == .abandoned)
    }

    @Test func `a client that is gone has ended its thread and left its server`() async throws {
        let closed = Signal<Bool>()
        let server = try TinyServer { connection in
            while connection.request() != nil { connection.respond() }
            closed.send(true)
        }
        do {
            let client = HTTPClient()
            _ = try await client.response(to: .direct("GET", server.url()))
        }
        #expect(await closed.next() == true)
    }
}
