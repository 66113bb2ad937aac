import Outside
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@Suite(.timeLimit(.minutes(1))) struct HTTPProbeTests {
    @Test(arguments: [
        (#"{"depth": 3}"#, "depth", "3"), (#"{"a": {"b": [1, {"c": "x"}]}}"#, "a.b.1.c", "x"),
        (#"{"n": 1.50e2}"#, "n", "1.50e2"), (#"{"open": false}"#, "open", "false"), (#"["a", "b"]"#, "1", "b"),
        (" 7\n", "", "7"), (#"{"text": ""}"#, "text", ""),
    ])
    func `a value is what stands at its path, as it is spelled`(body: String, field: String, value: String) async throws
    {
        let peer = try Peer(body)
        let answer = await prober().ask(peer.origin, field: field)
        #expect(answer == ProbeAnswer(value: value, failure: ""))
    }

    @Test(arguments: [
        (#"{"depth": 3}"#, "length", "nothing at"), (#"{"depth": {}}"#, "depth", "not a value"),
        (#"{"depth": null}"#, "depth", "not a value"), (#"{"depth": 1, "depth": 0}"#, "depth", "no JSON"),
        (#"{"depth": 0} {"depth": 1}"#, "depth", "no JSON"), ("depth: 0", "depth", "no JSON"), ("", "depth", "no JSON"),
        (#"["a"]"#, "-1", "nothing at"), (#"["a"]"#, "99999999999999999999", "nothing at"),
    ])
    func `an answer without a value there is a failure that says so`(
        body: String,
        field: String,
        words: String
    ) async throws {
        let peer = try Peer(body)
        let answer = await prober().ask(peer.origin, field: field)
        #expect(answer.value.isEmpty)
        #expect(answer.failure.contains(words), "\(answer.failure)")
    }

    @Test func `a status that is no success is a failure, whatever the body says`() async throws {
        for status in ["302 Found", "404 Not Found", "500 Internal Server Error", "204 No Content"] {
            let peer = try Peer("0", status: status, headers: ["Location: http://127.0.0.1:1/"])
            let answer = await prober().ask(peer.origin)
            #expect(answer.failure.isEmpty == status.hasPrefix("204"), "\(status)")
            #expect(peer.requests.count == 1)
        }
    }

    @Test func `a value that is too long is none, rather than another`() async throws {
        let fits = try Peer(String(repeating: "x", count: Prober.valueBytes_max))
        #expect(await prober().ask(fits.origin).failure.isEmpty)
        let tooLong = try Peer(String(repeating: "x", count: Prober.valueBytes_max + 1))
        #expect(await prober().ask(tooLong.origin).value.isEmpty)
        let huge = try Peer(String(repeating: "x", count: (1 << 20) + 1))
        #expect(await prober().ask(huge.origin).failure.contains("longer than"))
    }

    @Test(arguments: [
        "file:///etc/passwd", "ftp://example.com/", "http://user:secret@example.com/", "http://", "http://[::1/",
        "http://example.com:0/", "http://example.com:99999/", "http://exa mple.com/", "gopher://example.com", "/local",
        "http://example.com/\r\nHost: evil",
    ])
    func `only sound http and https addresses are asked`(url: String) async {
        let answer = await prober().ask(url)
        #expect(answer.failure.contains("write it as https://host:port/path"), "\(answer.failure)")
        #expect(!answer.failure.contains("secret"))
    }

    @Test func `whoever does not answer in time has failed`() async throws {
        let server = try TinyServer { $0.waitForClose() }
        let answer = await prober().ask(server.url(), within: .milliseconds(200))
        #expect(answer.value.isEmpty && !answer.failure.isEmpty)
    }
}
