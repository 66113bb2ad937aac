import Cryptography
import Foundation
import HTTPCalls
import Notifications
import Outside
import StructuredText
import Synchronization
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@Suite(.timeLimit(.minutes(1))) struct WebhookTests {
    /// One request's head and body; the status is what the test says.
    private final class Hook: Sendable {
        let server: TinyServer
        let heard: Signal<TinyRequest>

        init(_ status: String = "200 OK", says: String = "") throws {
            let heard = Signal<TinyRequest>()
            self.heard = heard
            server = try TinyServer { connection in
                while let request = connection.request() {
                    heard.send(request)
                    connection.respond(status, body: says)
                }
            }
        }
    }

    private func carrier(_ yaml: String, at now: Instant = Instant(unix_ms: 1_795_165_205_000)) throws -> NoticeCarrier
    {
        NoticeCarrier(
            cluster: try #require(ClusterName("test")),
            channels: try channels(yaml),
            http: HTTPClient(),
            now: { now }
        )
    }

    private func channels(_ yaml: String) throws -> [String: Channel] {
        try YAMLText.decode(Array(yaml.utf8), file: "controller.yaml") { fields in
            fields.value("channels", .channels, default: [:])
        }
    }

    private func secretFile(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("secret-\(UUID())").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path)
        return path
    }

    @Test func `a notice arrives as one JSON document, whatever its text holds`() async throws {
        let hook = try Hook("204 No Content")
        let text = "shop-3 failed: \"canary\"\n\\ {text} \u{1F682}\r\n\0"
        let carrier = try carrier("channels: { 'chat:room': { webhook: '\(hook.server.url("/hook"))' } }")
        #expect(await carrier.deliver(Sample.notice(text), within: .seconds(20)) == nil)
        let request = try #require(await hook.heard.next())
        #expect(request.line == "POST /hook HTTP/1.1")
        #expect(request.headers.contains("Content-Type: application/json"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(request.body)) as? [String: Any])
        #expect(object["text"] as? String == text)
        #expect(object["kind"] as? String == "failed")
        #expect(object["release"] as? String == "shop-3")
        #expect(object["id"] as? Int == 7)
        #expect(object["at"] as? String == "2026-11-20T09:00:05Z")
        #expect(object["cluster"] as? String == "test")
    }

    @Test func `a channel may want the document in its own form`() async throws {
        let hook = try Hook()
        let carrier = try carrier(
            "channels: { 'chat:room': { webhook: '\(hook.server.url())', format: { content: '{kind}: {text}', name: '{{x' } } }"
        )
        #expect(await carrier.deliver(Sample.notice("a \"b\" {kind}"), within: .seconds(20)) == nil)
        let request = try #require(await hook.heard.next())
        #expect(String(decoding: request.body, as: UTF8.self) == #"{"content":"failed: a \"b\" {kind}","name":"{x"}"#)
    }

    @Test func `a signed notice can be checked with the key and the time`() async throws {
        let hook = try Hook()
        let path = try secretFile("k3y\n")
        defer { unlink(path) }
        let carrier = try carrier(
            "channels: { 'chat:room': { webhook: '\(hook.server.url())', secret_file: \(path) } }"
        )
        #expect(await carrier.deliver(Sample.notice("late"), within: .seconds(20)) == nil)
        let request = try #require(await hook.heard.next())
        let code = try MessageCode.code(of: Array("1795165205.".utf8) + request.body, key: "k3y".utf8)
        #expect(request.headers.contains("X-Wavetrain-Timestamp: 1795165205"))
        #expect(request.headers.contains("X-Wavetrain-Signature: sha256=\(code.hex)"))
    }

    @Test func `a refusal names the channel's host and its words, but never the address`() async throws {
        let hook = try Hook("403 Forbidden", says: "no\nsuch\u{1b} room")
        let path = try secretFile(hook.server.url("/services/s3cret"))
        defer { unlink(path) }
        let carrier = try carrier("channels: { 'chat:room': { webhook_file: \(path) } }")
        let failure = try #require(await carrier.deliver(Sample.notice("late"), within: .seconds(20)))
        #expect(failure.hasPrefix("127.0.0.1:\(hook.server.port) answered 403 \"no\\u{a}such\\u{1b} room\""))
        #expect(!failure.contains("s3cret"))
    }

    @Test func `nobody at the channel's address is a failure, and so is a channel that nobody configured`() async throws
    {
        let dead = try DeadPort()
        let port = dead.number
        defer { withExtendedLifetime(dead) {} }
        let carrier = try carrier("channels: { 'chat:room': { webhook: 'http://127.0.0.1:\(port)/s3cret' } }")
        let failure = try #require(await carrier.deliver(Sample.notice("late"), within: .seconds(20)))
        #expect(failure.contains("check that the service runs") && !failure.contains("s3cret"))
        let unknown = await carrier.deliver(Sample.notice("late", channel: "chat:rom"), within: .seconds(20))
        #expect(unknown == "the controller has no channel \"chat:rom\"; did you mean \"chat:room\"?")
    }

    @Test(arguments: [
        "{}", "{ webhook: 'ftp://example.com' }", "{ webhook: 'https://a:b@example.com' }",
        "{ webhook: 'https://example.com', smtp: 'smtp://localhost' }",
        "{ webhook: 'https://example.com', format: { a: '{nobody}' } }",
        "{ webhook: 'https://example.com', format: { a: '{' } }", "{ smtp: 'smtp://localhost' }",
        "{ smtp: mail.example.com, from: a@example.com, to: [b@example.com] }",
        "{ smtp: 'smtp://localhost', from: 'a@example.com>', to: [b@example.com] }",
        "{ smtp: 'smtp://localhost', from: a@example.com, to: [] }",
        "{ smtp: 'smtp://localhost', from: a@example.com, to: ['Ana <b@example.com>'] }",
        "{ smtp: 'smtp://mail.example.com', from: a@example.com, to: [b@example.com], user: a, password_file: /x }",
        "{ smtp: 'smtps://mail.example.com', from: a@example.com, to: [b@example.com], user: a }",
        "{ smtp: 'smtp://localhost', from: a@example.com, to: [b@example.com], ca_file: /x }",
        "{ smtp: 'smtps://mail.example.com', from: a@example.com, to: [b@example.com], ca_file: [/x, /y] }",
        "{ webhook: 'https://example.com', ca_file: /x }", "{ webhook_file: /url, ca_file: /x }",
        "{ smtp: 'smtps://mail.example.com/path', from: a@example.com, to: [b@example.com] }",
    ])
    func `a malformed channel is named with its place`(channel: String) throws {
        #expect {
            _ = try channels("channels: { 'chat:room': \(channel) }")
        } throws: { error in
            (error as? Problems)?.all.first?.place.line == 1
        }
    }

    @Test func `mail servers have their usual ports`() throws {
        for (server, port) in [
            ("smtps://mail.example.com", 465), ("smtp+starttls://mail.example.com", 587), ("smtp://[::1]", 25),
            ("smtp://127.0.0.1:1025", 1_025), ("smtps://[::1]:466", 466),
        ] {
            let all = try channels(
                "channels: { m: { smtp: '\(server)', from: a@example.com, to: [b@example.com] } }"
            )
            guard case .mail(let box)? = all["m"] else {
                Issue.record("\(server) is no mail server")
                continue
            }
            #expect(box.port == port, "\(server)")
        }
    }
}
