import EventStore
import Foundation
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import ReleaseBoard

/// A chat that signs with `openssl`, as whoever writes one can.
@Suite(.timeLimit(.minutes(10))) struct ChatTests {
    private static let voting = """
        wavetrain: 1
        plan: shop
        services: [web]
        artifact: shop
        stages:
          production:
            regions: [canary]
            needs:
              - vote:
                  roles:
                    qa: { by: oncall, veto: true, checklist: [suite ran, report attached] }
        """

    @Test func `a person approves from a chat as the operator that they are`() async throws {
        try await Board.running { board in
            _ = try await board.push("shop", "1")
            _ = try await board.start()
            let refused = try await board.chat("U-OPERATOR", "approve shop-1 --reason mine")
            #expect(refused.status == 403)
            #expect(try refused.errorCode() == "lacking_role")
            let stranger = try await board.chat("U-NOBODY", "approve shop-1")
            #expect(try stranger.errorCode() == "unknown_chat_user")
            let other = try await board.chat("U-ONCALL", "approve shop-1 --digest 00000000")
            #expect(try other.errorCode() == "decided_on_other_digest")
            let nonsense = try await board.chat("U-ONCALL", "please approve it")
            #expect(nonsense.status == 400)
            let digest = try await board.view("shop-1").releaseDigest.prefix
            let done = try await board.chat("U-ONCALL", "approve shop-1 --digest \(digest) --reason looked at it")
            #expect(done.status == 200, "\(done.body)")
            let view = try await board.view("shop-1")
            #expect(view.holds.map(\.kind) == [.noHosts])
            #expect(view.gates.flatMap(\.words).map(\.reason) == ["looked at it"])
        }
    }

    @Test func `a vote from a chat needs its role's points and a reason, and a veto ends the release`() async throws {
        try await Board.running { board in
            _ = try await board.push("shop", "1")
            _ = try await board.start(Self.voting)
            let unticked = try await board.chat("U-ONCALL", "vote shop-1 go --role qa --tick 1 --reason fine")
            #expect(unticked.status == 422)
            #expect(unticked.body.contains("report attached"))
            let mute = try await board.chat("U-ONCALL", "vote shop-1 go --role qa --tick all")
            #expect(mute.status == 422)
            let go = try await board.chat("U-ONCALL", "vote shop-1 go --role qa --tick 1,2 --reason suite is green")
            #expect(go.status == 200, "\(go.body)")
            #expect(try await board.view("shop-1").holds.map(\.kind) == [.noHosts])

            _ = try await board.post("/v1/releases/shop-1/abort", "{}", as: "operator")
            _ = try await board.start(Self.voting)
            let veto = try await board.chat("U-ONCALL", "vote shop-2 veto --reason load test failed")
            #expect(veto.status == 200, "\(veto.body)")
            #expect(try await board.view("shop-2").state == .rejected)
        }
    }

    @Test func `what is not signed, not just now or not for the first time is refused alike`() async throws {
        try await Board.running { board in
            _ = try await board.push("shop", "1")
            _ = try await board.start()
            let body = #"{"user":"U-ONCALL","text":"approve shop-1"}"#
            let now = WallClock.now().unix_ms / 1_000
            let right = try await board.signature(body, at: now)
            let wrong = [
                [], ["Wavetrain-Timestamp: \(now)"], ["Wavetrain-Signature: \(right)"],
                ["Wavetrain-Timestamp: \(now)", "Wavetrain-Signature: \(right.dropLast())"],
                ["Wavetrain-Timestamp: -9223372036854775808", "Wavetrain-Signature: \(right)"],
                ["Wavetrain-Timestamp: 9223372036854775807", "Wavetrain-Signature: \(right)"],
                ["Wavetrain-Timestamp: soon", "Wavetrain-Signature: \(right)"],
                ["Wavetrain-Timestamp: \(now + 1)", "Wavetrain-Signature: \(right)"],
                [
                    "Wavetrain-Timestamp: \(now - 400)",
                    "Wavetrain-Signature: \(try await board.signature(body, at: now - 400))",
                ],
                [
                    "Wavetrain-Timestamp: \(now + 400)",
                    "Wavetrain-Signature: \(try await board.signature(body, at: now + 400))",
                ],
            ]
            var bodies: Set<String> = []
            for headers in wrong {
                let answer = try await board.post("/v1/chat", body, headers: headers)
                #expect(answer.status == 401, "\(headers)")
                bodies.insert(answer.body)
            }
            // Another body under the same signature.
            let headers = ["Wavetrain-Timestamp: \(now)", "Wavetrain-Signature: \(right)"]
            bodies.insert(try await board.post("/v1/chat", body + " ", headers: headers).body)
            #expect(try await board.view("shop-1").gates.flatMap(\.words).isEmpty)
            #expect(try await board.post("/v1/chat", body, headers: headers).status == 200)
            let again = try await board.post("/v1/chat", body, headers: headers)
            #expect(again.status == 401)
            bodies.insert(again.body)
            #expect(bodies.count == 1)
            let kinds = try await board.store.records(after: 0, limit: 100).map(\.kind)
            #expect(kinds.count { $0 == "act_refused" } == 1)
        }
    }

    @Test(arguments: [
        "", "approve", "approve No!", "vote shop-1", "vote shop-1 maybe --reason x", "vote go",
        "approve shop-1 --what x",
        "approve shop-1 --role a --role b", "approve shop-1 --digest 1234567", "approve shop-1 --tick",
        "abort shop-1", "approve shop-1 production extra",
    ])
    func `what is not in the words of the command line is not guessed at`(text: String) {
        #expect(ChatWord(text) == nil)
    }

    @Test func `what follows a reason belongs to it`() throws {
        let word = try #require(ChatWord("Vote  shop-1 NO-GO --role qa --reason it is --role red\nand slow"))
        #expect(word.reason == "it is --role red and slow")
        #expect(word.role == "qa")
        #expect(word.act == .vote(isGo: false, isVeto: false))
    }
}

extension Board {
    fileprivate func chat(_ user: String, _ text: String) async throws -> Answer {
        let body = try Self.json(["user": user, "text": text])
        let now = WallClock.now().unix_ms / 1_000
        return try await post(
            "/v1/chat",
            body,
            headers: ["Wavetrain-Timestamp: \(now)", "Wavetrain-Signature: \(try await signature(body, at: now))"]
        )
    }

    fileprivate func post(_ path: String, _ body: String, headers: [String]) async throws -> Answer {
        try await curl(path, ["--data-binary", body] + headers.flatMap { ["-H", $0] })
    }

    fileprivate func signature(_ body: String, at time_s: Int64) async throws -> String {
        let command = ["openssl", "dgst", "-sha256", "-hmac", Self.chatSecret, "-r"]
        let answer = try ForeignProcess.output(of: command, given: "v1:\(time_s):\(body)")
        return "v1=\(String(decoding: answer, as: UTF8.self).prefix(64))"
    }
}
