import Foundation
import HTTPCalls
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(2))) struct FailureTests {
    let client = HTTPClient()

    private func failure(_ call: HTTPCall) async -> HTTPCallError? {
        await HTTPCallsTests.failure { _ = try await client.response(to: call) }
    }

    @Test(
        arguments: [
            "ftp://127.0.0.1/", "file:///etc/hostname", "127.0.0.1", "", "http://", "http://a b/", "http://a\r\nb/",
            "http://127.0.0.1:99999/",
        ]
    )
    func `what is no http address is not called`(url: String) async {
        #expect(await failure(.direct("GET", url))?.code == .badCall)
    }

    @Test func `a header cannot carry another one`() async throws {
        let server = try TinyServer { connection in
            Issue.record("called with \(String(describing: connection.request()))")
        }
        let bad = [
            HTTPHeader("X", "a\r\nY: b"), HTTPHeader("X", "a\nb"), HTTPHeader("X\r\nY", "a"), HTTPHeader("", "a"),
            HTTPHeader("X Y", "a"), HTTPHeader("X:", "a"), HTTPHeader("X", "a\u{0}"),
        ]
        for header in bad { #expect(await failure(.direct("GET", server.url(), headers: [header]))?.code == .badCall) }
        for method in ["", "get", "GET /x HTTP/1.1\r\nA: b\r\n\r\nGET"] {
            #expect(await failure(.direct(method, server.url()))?.code == .badCall)
        }
    }

    @Test func `limits of nothing are refused`() async throws {
        for limits in [
            HTTPLimits(timeout_ms: 0), HTTPLimits(connectTimeout_ms: 0), HTTPLimits(stallTimeout_s: 0),
            HTTPLimits(responseBytes_max: -1),
        ] { #expect(await failure(.direct("GET", "http://127.0.0.1/", limits: limits))?.code == .badCall) }
    }

    @Test func `a port where nobody listens refuses`() async throws {
        let dead = try DeadPort()
        let port = dead.number
        defer { withExtendedLifetime(dead) {} }
        let error = await failure(.direct("GET", "http://127.0.0.1:\(port)/"))
        #expect(error?.code == .refused)
        #expect(error?.description.contains("http://127.0.0.1:\(port)/: ") == true)
        #expect(error?.description.contains("check that the service runs") == true)
    }

    @Test func `an address without a way to it is unreachable`() async {
        #expect(await failure(.direct("GET", "http://255.255.255.255/"))?.code == .unreachable)
    }

    @Test func `a name that cannot exist is unresolved`() async {
        let label = String(repeating: "a", count: 70)
        #expect(await failure(.direct("GET", "http://\(label).invalid/"))?.code == .unresolved)
    }

    @Test func `a server that says nothing runs out of time`() async throws {
        let server = try TinyServer { $0.waitForClose() }
        let error = await failure(.direct("GET", server.url(), limits: HTTPLimits(timeout_ms: 100)))
        #expect(error?.code == .timedOut)
    }

    @Test func `a server that stops in the middle has stalled`() async throws {
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            connection.beginChunks()
            connection.waitForClose()
        }
        let limits = HTTPLimits(timeout_ms: nil, stallTimeout_s: 1)
        #expect(await failure(.direct("GET", server.url(), limits: limits))?.code == .timedOut)
    }

    @Test(arguments: [
        "", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
    ])
    func `a connection that ends before the answer does is told`(answer: String) async throws {
        let server = try TinyServer { connection in
            if connection.request() != nil { connection.send(answer) }
        }
        #expect(await failure(.direct("GET", server.url()))?.code == .closedEarly)
    }

    @Test(arguments: ["220 mail.example.com ESMTP\r\n", "HTTP/9.9 200 OK\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n"])
    func `what is no HTTP is told`(answer: String) async throws {
        let server = try TinyServer { connection in
            if connection.request() != nil { connection.send(answer) }
        }
        #expect(await failure(.direct("GET", server.url()))?.code == .badResponse)
    }

    @Test func `secrets of an address stay out of the error`() async throws {
        let dead = try DeadPort()
        let port = dead.number
        defer { withExtendedLifetime(dead) {} }
        let url = "http://ana:secret@127.0.0.1:\(port)/path?token=secret#secret"
        let error = await failure(.direct("GET", url))
        #expect(error?.url == "http://127.0.0.1:\(port)/path")
        #expect(error?.description.contains("secret") == false)
    }

    @Test func `cancelling ends the transfer`() async throws {
        let arrived = Signal<Bool>()
        let closed = Signal<Bool>()
        let server = try TinyServer { connection in
            guard connection.request() != nil else { return }
            arrived.send(true)
            connection.waitForClose()
            closed.send(true)
        }
        let task = Task { await failure(.direct("GET", server.url(), limits: HTTPLimits(timeout_ms: nil))) }
        #expect(await arrived.next() == true)
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        #expect(await closed.next() == true)
    }

    @Test func `a call of a cancelled task is not made`() async throws {
        let server = try TinyServer { $0.waitForClose() }
        for _ in 0..<50 {
            let task = Task { await failure(.direct("GET", server.url(), limits: HTTPLimits(timeout_ms: nil))) }
            task.cancel()
            #expect(await task.value?.code == .cancelled)
        }
    }

    @Test(arguments: HTTPCallError.Code.allCases)
    func `every error says what to do, each in its own words`(code: HTTPCallError.Code) {
        #expect(!code.remedy.isEmpty)
        #expect(HTTPCallError.Code.allCases.filter { $0.remedy == code.remedy } == [code])
    }
}
