import Foundation
import TrainModel
import Testing

@Suite(.timeLimit(.minutes(10))) struct ReleaseRouteTests {
    @Test func `a release is pushed, started, approved by somebody else, and watched to its end`() async throws {
        try await Board.running { board in
            #expect(try await board.push("shop", "1").status == 200)
            #expect(try await board.push("shop", "1").json()["outcome"] as? String == "already_done")

            let started = try await board.start()
            #expect(started.status == 201)
            #expect(try started.json()["release"] as? String == "shop-1")

            let view = try await board.view("shop-1")
            #expect(view.holds.map(\.kind) == [.approval, .noHosts])
            let right = view.releaseDigest.hex
            let wrong = String(repeating: "0", count: 64)
            let approve = "/v1/releases/shop-1/approve"

            let other = try await board.post(approve, #"{"release_digest":"\#(wrong)"}"#, as: "oncall")
            #expect(other.status == 409)
            #expect(try other.errorCode() == "decided_on_other_digest")

            let outsider = try await board.post(approve, #"{"release_digest":"\#(right)"}"#, as: "approver")
            #expect(outsider.status == 403)
            #expect(try outsider.errorCode() == "not_allowed")

            // In the group, but without the role.
            let author = try await board.post(approve, #"{"release_digest":"\#(right)"}"#, as: "operator")
            #expect(try author.errorCode() == "lacking_role")

            let approved = try await board.post(approve, #"{"release_digest":"\#(right)","reason":"ok"}"#, as: "oncall")
            #expect(approved.status == 200)
            #expect(try await board.view("shop-1").holds.map(\.kind) == [.noHosts])

            async let watched = board.get("/v1/releases/shop-1/watch", as: "viewer")
            let aborted = try await board.post("/v1/releases/shop-1/abort", #"{"reason":"enough"}"#, as: "operator")
            #expect(aborted.status == 200)
            let last = try await watched
            #expect(last.head.lowercased().contains("content-type: application/x-ndjson"))
            #expect(try last.json()["state"] as? String == "aborted")

            let again = try await board.post("/v1/releases/shop-1/pause", "{}", as: "operator")
            #expect(again.status == 409)
            #expect(try await board.get("/v1/releases", as: "viewer").json()["releases"] as? [Any] != nil)
        }
    }

    @Test func `a broken plan is answered with each mistake and its place`() async throws {
        try await Board.running { board in
            let body = #"{"plan":{"main":"wavetrain: 1\nplan: shop\nstagess: {}\n","file":"mine.yaml"}}"#
            let answer = try await board.post("/v1/plans/check", body, as: "viewer")
            #expect(answer.status == 422)
            #expect(try answer.errorCode() == "broken_plan")
            let error = try #require(try answer.json()["error"] as? [String: Any])
            let problems = try #require(error["problems"] as? [[String: Any]])
            #expect(problems.contains { $0["file"] as? String == "mine.yaml" && $0["line"] as? Int == 3 })

            let sound = try await board.post("/v1/plans/check", try board.planBody(), as: "viewer")
            #expect(sound.status == 200)
            #expect((try sound.json()["digest"] as? String)?.count == 64)
        }
    }

    @Test func `a bundle that is not what was announced is refused and not listed`() async throws {
        try await Board.running { board in
            let answer = try await board.push("shop", "1", digest: String(repeating: "0", count: 64))
            #expect(answer.status == 422)
            #expect(try answer.errorCode() == "bundle_mismatch")
            let list = try await board.get("/v1/artifacts", as: "viewer")
            #expect(try list.json()["artifacts"] as? [String] == [])
        }
    }

    @Test func `a watch ends when the board is shut down`() async throws {
        try await Board.running { board in
            _ = try await board.push("shop", "1")
            _ = try await board.start()
            let (begun, begins) = AsyncStream.makeStream(of: Void.self)
            async let watched = board.curl(
                "/v1/releases/shop-1/watch",
                as: "viewer",
                ["-N"],
                onLine: { begins.finish() }
            )
            for await _ in begun {}
            await board.stop()
            #expect(try await watched.json()["id"] as? String == "shop-1")
        }
    }

    @Test func `the audit log comes in the format that its checkers read, and its head signed`() async throws {
        try await Board.running { board in
            _ = try await board.push("shop", "1")
            let log = try await board.get("/v1/audit", as: "viewer")
            let lines = log.body.split(separator: "\n")
            #expect(lines.first?.hasPrefix(#"{"format":"wavetrain-audit-1","cluster":"test","sequence":2,"#) == true)
            #expect(lines.count == 3)
            let head = try await board.get("/v1/audit/head", as: "viewer").json()
            #expect(head["payloadType"] as? String == "application/vnd.wavetrain.head.v1")
        }
    }

    @Test func `over https the api proves itself with the cluster's authority`() async throws {
        try await Board.running(https: true) { board in
            #expect(try await board.get("/v1/health").status == 200)
            #expect(try await board.get("/v1/releases", as: "viewer").status == 200)
            // Large enough for many TLS records each way.
            let large = try await board.push("shop", "1", bytes: 3_000_000)
            #expect(large.status == 200)
        }
    }
}

extension Board {
    func view(_ id: String) async throws -> ReleaseView {
        let answer = try await get("/v1/releases/\(id)", as: "viewer")
        return try JSONDecoder().decode(ReleaseView.self, from: Data(answer.body.utf8))
    }

    func start(_ plan: String = Board.plan, _ others: [String: Any] = [:]) async throws -> Answer {
        let values = ["version": "1", "description": "weekly"].merging(others) { $1 }
        return try await post("/v1/releases", try planBody(plan, values), as: "operator")
    }

    /// A request with a plan that was written, and more.
    func planBody(
        _ plan: String = Board.plan,
        includes: [String: String] = [:],
        _ others: [String: Any] = [:]
    ) throws -> String {
        let sources: [String: Any] = ["main": plan, "file": "plan.yaml", "others": includes]
        return try Self.json(others.merging(["plan": sources]) { $1 })
    }

    static func json(_ values: [String: Any]) throws -> String {
        String(decoding: try JSONSerialization.data(withJSONObject: values), as: UTF8.self)
    }
}
