import HostDecisions
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// Looks at pages: more of HTTP, and metrics.
@Suite(.timeLimit(.minutes(10))) struct PageCheckTests {
    private let bench: CheckBench

    init() throws { bench = try CheckBench() }

    private func server(_ status: String = "200 OK", _ headers: [String] = [], body: String) throws -> TinyServer {
        let lines = (["Content-Length: \(body.utf8.count)"] + headers).map { "\($0)\r\n" }.joined()
        return try TinyServer { connection in
            guard connection.request() != nil else { return }
            connection.send(Array("HTTP/1.1 \(status)\r\n\(lines)\r\n\(body)".utf8))
        }
    }

    @Test func `an HTTP check judges a set of statuses, headers, and a pattern in the body`() async throws {
        let server = try server("202 Accepted", ["X-Version: 1.0"], body: "state=ready\nqueue=7\n")
        var check = HTTPCheck(url: "http://127.0.0.1:${port}/", status: try #require(HTTPStatuses("200-204,301")))
        check.headers = [.init(name: "x-version", equals: "${version}"), .init(name: "content-length")]
        check.bodyMatches = #"queue=\d+"#
        let port = Int(server.port)
        #expect(try await bench.look(.http(check), port: port) == .passed)
        var wrong = check
        wrong.headers = [.init(name: "x-other")]
        #expect(
            try await bench.look(.http(wrong), port: port)
                == .failed("the answer of http://127.0.0.1:\(port)/ has no x-other")
        )
        wrong.headers = [.init(name: "X-Version", equals: "2")]
        #expect(
            try await bench.look(.http(wrong), port: port)
                == .failed("X-Version of http://127.0.0.1:\(port)/ is \"1.0\", not \"2\"")
        )
        wrong = check
        wrong.bodyMatches = "queue=x"
        #expect(try await bench.look(.http(wrong), port: port) != .passed)
        wrong = check
        wrong.status = try #require(HTTPStatuses("200,203-299"))
        #expect(
            try await bench.look(.http(wrong), port: port)
                == .failed("http://127.0.0.1:\(port)/ answered 202, not 200,203-299")
        )
    }

    @Test func `an answer that takes longer than it may fails, though it came`() async throws {
        let server = try server(body: "slow")
        var check = HTTPCheck(url: "http://127.0.0.1:${port}/")
        check.latency_max = .minutes(1)
        #expect(try await bench.look(.http(check), port: Int(server.port)) == .passed)
        check.latency_max = .zero
        let look = try await bench.look(.http(check), port: Int(server.port))
        guard case .failed(let sentence) = look else { throw Unexpected(look) }
        #expect(sentence.contains("answered after") && sentence.hasSuffix("later than 0s"))
    }

    private static let page = """
        # HELP http_requests_total Requests.
        # TYPE http_requests_total counter
        http_requests_total{code="200",path="/"} 41 1700000000000
        http_requests_total{code="500",path="/a \\"b\\" \\\\ c\\n"} 2
        http_requests_total{ code = "500" , path = "/x", } 3 # {trace="1"} 1 1.5
        queue_depth 1.5e2
        broken_share NaN
        up{} +Inf
        """

    private func metric(_ name: String, _ labels: [MetricCheck.Label] = [], at_most: Int64) -> MetricCheck {
        MetricCheck(url: "http://127.0.0.1:${port}/metrics", metric: name, labels: labels, most_milli: at_most * 1_000)
    }

    @Test func `a metric is the sum of the samples that carry all labels, and must be within its bounds`() async throws
    {
        let server = try server(body: Self.page)
        let port = Int(server.port)
        let failures = [MetricCheck.Label(name: "code", value: "500")]
        #expect(
            try await bench.look(.metric(metric("http_requests_total", failures, at_most: 5)), port: port) == .passed
        )
        #expect(
            try await bench.look(.metric(metric("http_requests_total", failures, at_most: 4)), port: port)
                == .failed("http_requests_total{code=\"500\"} is 5, more than 4")
        )
        var least = metric("queue_depth", at_most: 1_000)
        least.least_milli = 150_500
        #expect(
            try await bench.look(.metric(least), port: port) == .failed("queue_depth is 150, less than 150.5")
        )
        #expect(try await bench.look(.metric(metric("up", at_most: 1)), port: port) != .passed)
        withExtendedLifetime(server) {}
    }

    @Test(arguments: ["gone", "broken_share"])
    func `a metric that is not there, or no number, is no data`(name: String) async throws {
        let server = try server(body: Self.page)
        let look = try await bench.look(.metric(metric(name, at_most: 5)), port: Int(server.port))
        guard case .blind = look else { throw Unexpected(look) }
    }

    @Test(arguments: [
        "queue depth 1", "queue{a=\"1\" b=\"2\"} 1", "queue{a=1} 1", "queue{a=\"1} 1", "queue{a=\"1\"", "queue one",
        "queue", "1queue 1", "<html>", "queue 1 2 3", "queue{a=\"\\t\"} 1", "queue{a=\"1\",a=\"2\"} 1", "{a=\"1\"} 1",
    ])
    func `a page with a line that is no metric fails, naming the line`(line: String) throws {
        let page = Array("ok 1\n\(line)\n".utf8)
        #expect {
            try MetricPage.sum(of: metric("ok", at_most: 1), in: page)
        } throws: { error in
            (error as? MetricPage.Flaw)?.line == 2
        }
    }

    @Test func `random bytes never crash the reader of metrics`() throws {
        var generator = SeededGenerator(seed: 20_261_121)
        let signs = Array("ab{}=\",\\ \n#0.e+N\r\t".utf8) + [0, 255]
        for _ in 0..<20_000 {
            let bytes = (0..<Int(generator.next() % 40)).map { _ in signs[Int(generator.next() % UInt64(signs.count))] }
            do { _ = try MetricPage.sum(of: metric("a", at_most: 1), in: bytes) } catch { #expect(error.line >= 1) }
        }
    }

    @Test func `a rate needs two looks, and a counter that began anew gives none`() throws {
        let subject = try bench.subject(port: 1, [(.metric(metric("errors", at_most: 5)), .fail)])
        let key = LookMemory.Key(try #require(subject.deployment.checks.first), subject)
        let memory = LookMemory()
        let start = ContinuousClock.now
        #expect(memory.rate(of: key, 100, at: start) == nil)
        #expect(memory.rate(of: key, 103, at: start + .seconds(30)) == 6)
        #expect(memory.rate(of: key, 2, at: start + .seconds(60)) == nil)
        #expect(memory.rate(of: key, 2, at: start + .seconds(75)) == 0)
        memory.forget(subject.service, but: try #require(OrderID("another")))
        #expect(memory.rate(of: key, 9, at: start + .seconds(90)) == nil)
    }

    @Test func `a smoke test that sees nothing fails, and says that there is no data`() async throws {
        let server = try server(body: Self.page)
        let subject = try bench.subject(port: Int(server.port), [(.metric(metric("gone", at_most: 5)), .fail)])
        let result = await SmokeTests(checks: bench.checks).run(subject).result
        #expect(
            result.verdict
                == .failed(
                    code: "smoke-test-failed",
                    sentence: "check-0: no data: http://127.0.0.1:\(server.port)/metrics holds no gone"
                )
        )
    }
}

/// A look that a test did not expect.
struct Unexpected: Error {
    let look: CheckRunner.Look
    init(_ look: CheckRunner.Look) { self.look = look }
}
