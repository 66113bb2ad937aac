import Cryptography
import EventStore
import Foundation
import Testing
import TrainModel

@Suite(.timeLimit(.minutes(10))) struct StrictRequestTests {
    @Test func `a body that is not exactly what is asked for is refused with its place`() async throws {
        try await Board.running { board in
            for body in [
                "", "[]", "{", #"{"region":"canary","region":"canary"}"#, #"{"region":"canary","lifetyme":"1h"}"#,
                #"{"region":"Canary!"}"#, #"{"region":7}"#, #"{"region":"canary","lifetime":3600}"#,
                #"{"region":"canary","lifetime":"8d"}"#, #"{"region":"canary"} x"#, "\u{feff}{\"region\":\"canary\"}",
                #"{"lifetime":"1h"}"#,
            ] {
                let answer = try await board.post("/v1/agents/tokens", body, as: "admin")
                #expect(answer.status == 400, "\(body) gave \(answer.status)")
                #expect(try answer.errorCode() == "malformed_request")
            }
            let kept = try await board.store.records(after: 0, limit: 10).map(\.kind)
            #expect(kept == ["epoch_began"])
        }
    }

    @Test func `a body over its limit is refused, announced or not`() async throws {
        try await Board.running { board in
            let file = "\(board.folder)/large"
            try Data(repeating: UInt8(ascii: " "), count: 100_000).write(to: URL(fileURLWithPath: file))
            for headers in [[], ["-H", "Transfer-Encoding: chunked"]] {
                let answer = try await board.curl(
                    "/v1/agents/tokens",
                    as: "admin",
                    headers + ["--data-binary", "@\(file)"]
                )
                #expect(answer.status == 413)
                #expect(try answer.errorCode() == "too_large")
            }
        }
    }

    @Test func `a reason that could disturb a terminal is refused`() async throws {
        try await Board.running { board in
            let answer = try await board.post(
                "/v1/agents/canary/a/revoke",
                #"{"reason":"\u001b[2J"}"#,
                as: "admin"
            )
            #expect(answer.status == 400)
        }
    }

    @Test func `a bundle needs its digest and its length`() async throws {
        try await Board.running { board in
            let path = "/v1/artifacts/shop/1"
            let without = try await board.curl(path, as: "operator", ["-X", "PUT", "--data-binary", "x"])
            #expect(without.status == 400)
            let digest = SHA256.digest(of: "x".utf8)
            let chunked = try await board.curl(
                path,
                as: "operator",
                [
                    "-X", "PUT", "-H", "Transfer-Encoding: chunked", "-H", "Wavetrain-Digest: \(digest)",
                    "--data-binary", "x",
                ]
            )
            #expect(chunked.status == 411)
        }
    }

    @Test func `the rest of a bundle is taken from where the board says, and nowhere behind`() async throws {
        try await Board.running { board in
            let digest = SHA256.digest(of: "12345".utf8)
            func send(_ rest: String, _ headers: String...) async throws -> Answer {
                try await board.curl(
                    "/v1/artifacts/shop/1",
                    as: "operator",
                    ["-X", "PUT", "--data-binary", rest, "-H", "Wavetrain-Digest: \(digest)"]
                        + headers.flatMap { ["-H", $0] }
                )
            }
            let uploads = try await board.get("/v1/uploads/\(digest)", as: "operator")
            #expect(try uploads.json()["stored_bytes"] as? Int == 0)
            let behind = try await send("45", "Wavetrain-Offset: 3")
            #expect(behind.status == 409)
            #expect(try behind.errorCode() == "wrong_offset")
            for offset in ["-1", "+1", "0x1", "", "18446744073709551615"] {
                let status = try await send("12345", "Wavetrain-Offset: \(offset)").status
                // curl leaves out a header without a value.
                #expect(offset.isEmpty ? status == 200 : [400, 413].contains(status), "\(offset): \(status)")
            }
            let known = try await board.get("/v1/uploads/\(digest)", as: "operator")
            #expect(try known.json()["stored_bytes"] as? Int == 5)
            #expect(try await send("", "Wavetrain-Offset: 5").body.contains("already_done"))
            #expect(try await board.get("/v1/uploads/nonsense", as: "operator").status == 400)
        }
    }

    @Test func `what is no http is refused and the board goes on`() async throws {
        try await Board.running { board in
            let answer = try await board.curl("/v1/releases", as: "viewer", ["-X", "GE T"])
            #expect(answer.status == 400)
            #expect(try await board.get("/v1/health").status == 200)
        }
    }
}

extension Board {
    func push(_ name: String, _ version: String, bytes: Int = 20_000, digest: String? = nil, headers: [String] = [])
        async throws -> Answer
    {
        let file = "\(folder)/\(name)-\(version)"
        let content = Data((0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        try content.write(to: URL(fileURLWithPath: file))
        let announced = digest ?? SHA256.digest(of: Array(content)).hex
        return try await curl(
            "/v1/artifacts/\(name)/\(version)",
            as: "operator",
            ["-T", file, "-H", "Wavetrain-Digest: \(announced)"] + headers.flatMap { ["-H", $0] }
        )
    }
}
