import HTTPCalls
import Outside
import StructuredText
import Testing
import TimeAndChance
import TrainModel

@Suite(.timeLimit(.minutes(1))) struct CredentialTests {
    @Test func `credentials go to their host and to no other`() async throws {
        let folder = try TemporaryFolder()
        let token = try folder.file("token", "s3cret\n")
        let (own, other) = (try Peer("1"), try Peer("1"))
        let prober = prober(try configuration("credentials: { '\(own.authority)': { token_file: \(token) } }"))
        _ = await prober.ask("\(own.origin)/a")
        _ = await prober.ask("\(other.origin)/a")
        #expect(own.requests.map { $0.header("Authorization") } == ["Bearer s3cret"])
        #expect(other.requests.map { $0.header("Authorization") } == [nil])
    }

    @Test func `a user and password go as HTTP writes them, and a changed file counts at once`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.file("password", "open sesame")
        let peer = try Peer("1")
        let prober = prober(
            try configuration("credentials: { '\(peer.authority)': { user: ana, password_file: \(path) } }")
        )
        _ = await prober.ask(peer.origin)
        _ = try folder.file("password", "x")
        _ = await prober.ask(peer.origin)
        let headers = peer.requests.compactMap { $0.header("Authorization") }
        #expect(headers == ["Basic YW5hOm9wZW4gc2VzYW1l", "Basic YW5hOng="])
    }

    @Test func `credentials do not follow a redirect`() async throws {
        let folder = try TemporaryFolder()
        let token = try folder.file("token", "s3cret")
        let other = try Peer("1")
        let own = try Peer("", status: "302 Found", headers: ["Location: \(other.origin)/"])
        let prober = prober(try configuration("credentials: { '\(own.authority)': { token_file: \(token) } }"))
        #expect(await prober.ask(own.origin).failure.contains("302"))
        #expect(other.requests.isEmpty)
    }

    @Test func `credentials are not sent in the clear over a network`() async throws {
        let folder = try TemporaryFolder()
        let token = try folder.file("token", "s3cret")
        let prober = prober(try configuration("credentials: { metrics.example.com: { token_file: \(token) } }"))
        let answer = await prober.ask("http://metrics.example.com/")
        #expect(answer.failure.contains("not sent over http"))
    }

    @Test func `a secret that others may read, or that is none, is not used`() async throws {
        let folder = try TemporaryFolder()
        let peer = try Peer("1")
        for (text, mode) in [("s3cret", 0o640), ("", 0o600), ("two\nlines", 0o600), ("x\r\nX-Evil: 1", 0o600)] {
            let token = try folder.file("token", text, mode: mode)
            let prober = prober(try configuration("credentials: { '\(peer.authority)': { token_file: \(token) } }"))
            let failure = await prober.ask(peer.origin).failure
            #expect(failure.contains(token), "\(failure)")
            #expect(!failure.contains("s3cret"))
        }
        #expect(peer.requests.isEmpty)
    }

    @Test(arguments: [
        "credentials: { example.com: {} }", "credentials: { example.com: { user: ana } }",
        "credentials: { example.com: { password_file: /x } }",
        "credentials: { example.com: { token_file: /x, password_file: /y, user: ana } }",
        "credentials: { 'https://example.com': { token_file: /x } }", "credentials: { example.com: secret }",
        "probes: { depth: [depth.sh] }", "probes: { depth: [] }", "probes: { 'Big Name': [/bin/true] }",
        "probes: { depth: { environment: { A: b } } }", "repositories: { web: { path: here } }",
        "repositories: { web: { path: /x, url: 'ext::sh -c true' } }",
        "repositories: { web: { path: /x, url: 'https://ana:secret@example.com/web' } }",
        "repositories: { web: { path: /x, ticket: '[' } }",
    ])
    func `a malformed part of the configuration is named with its place`(yaml: String) throws {
        #expect {
            _ = try configuration(yaml)
        } throws: { error in
            (error as? Problems)?.all.first?.place.line == 1
        }
    }
}
