import Foundation
import Testing
import TimeAndChance
import TrainModel

@testable import Notifications

@Suite struct MailMessageTests {
    private func message(_ sentence: String, subject: String = "shop") throws -> MailMessage {
        MailMessage(
            notice: Sample.notice(sentence, subject: subject),
            cluster: try #require(ClusterName("test")),
            from: "wavetrain@example.com",
            to: ["ana@example.com", "bo@example.com"]
        )
    }

    private func text(_ message: MailMessage) -> String { String(decoding: message.bytes, as: UTF8.self) }

    /// The head's lines and the decoded body.
    private func parts(_ message: MailMessage) throws -> (head: [String], body: String) {
        let halves = text(message).components(separatedBy: "\r\n\r\n")
        try #require(halves.count == 2)
        let body = try #require(Data(base64Encoded: halves[1].replacingOccurrences(of: "\r\n", with: "")))
        return (halves[0].components(separatedBy: "\r\n"), String(decoding: body, as: UTF8.self))
    }

    @Test func `whatever people wrote becomes neither a header nor a line of the protocol`() throws {
        let hostile = "quiet\r\nBcc: eve@example.com\r\n\r\n.\r\nMAIL FROM:<eve@example.com>\u{2028}\0"
        let message = try message(hostile, subject: hostile)
        let (head, body) = try parts(message)
        #expect(body.hasPrefix(hostile))
        for line in head { #expect(!line.lowercased().hasPrefix("bcc") && !line.hasPrefix(".")) }
        #expect(head.count { $0.hasPrefix("Subject: ") } == 1)
        let bytes = message.bytes
        #expect(bytes.allSatisfy { $0 == 0x0d || $0 == 0x0a || (0x20...0x7e).contains($0) })
        #expect(text(message).components(separatedBy: "\r\n").allSatisfy { $0.utf8.count <= 78 })
    }

    @Test func `a subject of many letters is cut into words that hold whole letters`() throws {
        let words = MailMessage.encodedWords(String(repeating: "Grüße 🚂 ", count: 20)).components(separatedBy: "\r\n ")
        #expect(words.count > 1)
        var text = ""
        for word in words {
            #expect(word.utf8.count <= 75)
            let base64 = word.dropFirst("=?utf-8?B?".count).dropLast(2)
            let bytes = try #require(Data(base64Encoded: String(base64)))
            text += try #require(String(validating: bytes, as: UTF8.self))
        }
        #expect(text == String(repeating: "Grüße 🚂 ", count: 20))
    }

    @Test func `two attempts are the same message`() throws {
        #expect(try message("late").bytes == message("late").bytes)
    }

    @Test func `the date is the notice's, as mail writes it`() throws {
        let head = try parts(message("late")).head
        #expect(head.contains("Date: Fri, 20 Nov 2026 09:00:05 +0000"))
    }
}

enum Sample {
    static func notice(_ sentence: String, subject: String = "shop", channel: String = "chat:room") -> Notice {
        Notice(
            id: 7,
            kind: .failed,
            release: ReleaseID("shop-3"),
            subject: subject,
            channel: channel,
            sentence: sentence,
            // 2026-11-20 09:00:05 UTC
            at: Instant(unix_ms: 1_795_165_205_000)
        )
    }
}
