import Foundation
import Testing

@testable import OperatorCommands

@Suite(.timeLimit(.minutes(10))) struct ExitStatusTests {
    @Test func `the statuses are those that scripts rely on`() {
        #expect(OperatorCommands.ExitStatus.allCases.map(\.rawValue) == [0, 1, 2, 3, 4, 5])
    }

    @Test(arguments: [
        ["nothing"], ["release"], ["release", "start"], ["release", "start", "plan.yaml"], ["release", "show"],
        ["release", "show", "No!"], ["agent", "revoke", "canary"], ["agent", "token"],
        ["agent", "token", "--region", "a", "--lifetime", "5"], ["artifact", "push", "x", "--version", "a b"],
        ["release", "list", "--output", "xml"], ["release", "approve", "r-1", "--digest", "12"],
        ["release", "vote", "shop-1", "go"], ["release", "vote", "shop-1", "perhaps", "--reason", "x"],
        ["release", "rollback", "--set", "shop"], ["release", "rollback", "shop-1", "shop-2"],
        ["release", "rollback", "--set", "shop", "production", "--region", "canary"], ["release", "repin", "shop-1"],
        ["release", "start", "p", "--version", "1", "--tag", "a"], ["debt", "pay", "shop-1/1"], ["freeze"],
        ["release", "start", "p", "--version", "1", "--tag", "a=1", "--tag", "a=2"],
        ["freeze", "shop", "--reason", "x", "--until", "soon"], ["alarm", "clear", "fire", "shop"],
        ["oncall", "override", "release", "ana", "--reason", "x"], ["evidence", "list", "shop"],
        ["find", "releases"], ["find", "deployments", "--tag", "a"], ["candidate", "cut"], ["plan", "diff", "a.yaml"],
        ["release", "start", "p", "--set", "web"], ["release", "start", "p", "--set", "web=1", "--set", "web=2"],
    ])
    func `a wrong command line is a wrong usage`(arguments: [String]) async {
        let status = await run(arguments)
        #expect(arguments == ["release"] ? status == .ok : status == .usage)
    }

    @Test(arguments: [
        ["--help"], ["help", "release", "watch"], ["help", "release", "rollback"], ["evidence", "attest", "--help"],
        ["freeze", "--help"], ["completion", "zsh"], ["completion", "fish"], ["release", "approve", "--help"],
        ["completion", "bash"],
    ])
    func `asking for help is no failure`(arguments: [String]) async {
        #expect(await run(arguments) == .ok)
    }

    @Test func `a sound plan is ok and a broken one fails`() async throws {
        try await inFolder { folder in
            let sound = "wavetrain: 1\nplan: shop\nservices: [web]\nstages:\n  production:\n    regions: [canary]\n"
            try sound.write(toFile: "\(folder)/sound.yaml", atomically: true, encoding: .utf8)
            try (sound + "what: 1\n").write(toFile: "\(folder)/broken.yaml", atomically: true, encoding: .utf8)
            #expect(await run(["plan", "check", "\(folder)/sound.yaml"]) == .ok)
            #expect(await run(["plan", "check", "\(folder)/broken.yaml"]) == .failed)
            #expect(await run(["plan", "check", "\(folder)/none.yaml"]) == .failed)
        }
    }

    @Test func `a controller that nobody can reach has a status of its own`() async throws {
        try await inFolder { folder in
            let token = "\(folder)/token"
            try "wt_x\n".write(toFile: token, atomically: true, encoding: .utf8)
            // Others may read it.
            #expect(await run(["agent", "list", "--token-file", token]) == .failed)
            chmod(token, 0o600)
            // Port 1 of loopback: nobody listens there.
            let asking = ["--url", "http://127.0.0.1:1", "--token-file", token]
            #expect(await run(["release", "list"] + asking) == .unreachable)
            #expect(await run(["release", "watch", "shop-1"] + asking) == .unreachable)
            let export = "\(folder)/audit.jsonl"
            #expect(await run(["audit", "export", export] + asking) == .unreachable)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["token"])
        }
    }

    @Test func `a token never travels in plain text`() throws {
        #expect(throws: CommandFailure.self) {
            try ControllerAddress(url: "http://train.example.com:7080", token: "wt_x", authorityFile: nil)
        }
        #expect(throws: CommandFailure.self) {
            try ControllerAddress(url: "http://127.example.com", token: "wt_x", authorityFile: nil)
        }
        #expect(
            try ControllerAddress(url: "https://train.example.com/", token: "wt_x", authorityFile: nil).url.last == "m"
        )
    }

    @Test func `an export does not replace a file that is there`() async throws {
        try await inFolder { folder in
            let path = "\(folder)/audit.jsonl"
            try "mine".write(toFile: path, atomically: true, encoding: .utf8)
            #expect(throws: CommandFailure.self) { try LocalFile(creating: path) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        }
    }

    @Test func `a file that is not published leaves nothing behind`() async throws {
        try await inFolder { folder in
            do {
                let file = try LocalFile(creating: "\(folder)/new")
                try file.write("half".utf8)
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }
}

/// Runs a command line quietly.
func run(_ arguments: [String]) async -> OperatorCommands.ExitStatus {
    await StandardOutput.$capture.withValue(StandardOutput.Capture()) { await WavetrainCommand.run(arguments) }
}

/// A folder that is gone afterwards.
func inFolder(_ body: (String) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("operator-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    do {
        try await body(folder.path)
    } catch {
        try FileManager.default.removeItem(at: folder)
        throw error
    }
    try FileManager.default.removeItem(at: folder)
}
