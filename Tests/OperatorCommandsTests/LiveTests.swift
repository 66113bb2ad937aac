import Foundation
import Testing

@testable import OperatorCommands

/// The commands against a controller and an agent that run. Each test awaits what it needs; one that hung would be ended.
@Suite(.timeLimit(.minutes(3))) struct LiveTests {
    @Test func `a watch ends as its release does`() async throws {
        try await LiveController.running { live in
            let (free, gated) = (try live.plan("free"), try live.plan("gated"))
            try await live.push("1")
            let first = await live.wavetrain("release", "start", free, "--version", "1", "--watch")
            #expect(first.status == .ok, "\(first.text)")
            #expect(first.text.hasPrefix("started free-1\n"))
            #expect(first.text.contains("free-1  completed"))

            try await live.push("2")
            let held = await live.wavetrain("release", "start", gated, "--version", "2", "--watch", "--until-held")
            #expect(held.status == .held, "\(held.text)")
            #expect(held.text.contains("held: approval"))
            // The author may not.
            let own = await live.wavetrain("release", "approve", "gated-1")
            #expect(own.status == .failed, "\(own.text)")
            let approved = await live.wavetrain(as: "bo", "release", "approve", "gated-1", "--reason", "looked at it")
            #expect(approved.status == .ok, "\(approved.text)")
            let done = await live.wavetrain("release", "watch", "gated-1", "--until-held")
            #expect(done.status == .ok, "\(done.text)")
            let repeated = Set(Self.words(held.text)).intersection(Self.words(done.text))
            #expect(repeated.isEmpty, "said twice: \(repeated)")

            let waves = try live.plan("waves")
            let started = await live.wavetrain("release", "start", waves, "--version", "1", "--watch", "--until-held")
            #expect(started.status == .held, "\(started.text)")
            #expect(await live.wavetrain("release", "rollback", "waves-1").status == .ok)
            let returned = await live.wavetrain("release", "watch", "waves-1")
            #expect(returned.status == .endedOtherwise, "\(returned.text)")
            #expect(returned.text.contains("waves-1  rolled back"), "\(returned.text)")

            // What went back stays until a person says that it is understood.
            let pinned = await live.wavetrain("release", "start", free, "--version", "2")
            #expect(pinned.status == .failed)
            #expect(pinned.text.contains("wavetrain release unpin waves-1"), "\(pinned.text)")
            let unpinned = await live.wavetrain("release", "unpin", "waves-1", "--reason", "understood")
            #expect(unpinned.status == .ok, "\(unpinned.text)")

            try await live.push("3", verify: "exit 1")
            let broken = await live.wavetrain("release", "start", free, "--version", "3", "--watch")
            #expect(broken.status == .endedOtherwise, "\(broken.text)")
            #expect(broken.text.contains("free-2  rolled back"))
            let agents = await live.wavetrain("agent", "list")
            #expect(agents.text.contains("web 2"), "\(agents.text)")
        }
    }

    @Test func `people steer a release, and what was done already is said`() async throws {
        try await LiveController.running { live in
            let gated = try live.plan("gated")
            try await live.push("1")
            func start() async {
                #expect(await live.wavetrain("release", "start", gated, "--version", "1").status == .ok)
            }
            func expect(
                _ arguments: String...,
                by name: String = "ana",
                exits status: OperatorCommands.ExitStatus,
                says words: String
            ) async {
                let done = await live.wavetrain(as: name, arguments[0], arguments[1], arguments[2])
                #expect(done.status == status, "\(arguments): \(done.text)")
                #expect(done.text.contains(words), "\(arguments): \(done.text)")
            }
            await start()
            await expect("release", "pause", "gated-1", exits: .ok, says: "gated-1 paused")
            await expect("release", "pause", "gated-1", exits: .ok, says: "gated-1 was paused already")
            await expect("release", "show", "gated-1", exits: .ok, says: "paused")
            await expect("release", "resume", "gated-1", exits: .ok, says: "gated-1 resumed")
            await expect("release", "resume", "gated-1", exits: .ok, says: "gated-1 was not paused")
            await expect("release", "abort", "gated-1", by: "bo", exits: .failed, says: "needs the role operator")
            await expect("release", "abort", "gated-1", exits: .ok, says: "gated-1 aborted")
            await expect("release", "watch", "gated-1", exits: .endedOtherwise, says: "gated-1  aborted")
            await expect("release", "abort", "gated-1", exits: .failed, says: "has ended")
            await start()
            await expect("release", "reject", "gated-2", by: "bo", exits: .ok, says: "rejected")
            await expect("release", "watch", "gated-2", exits: .endedOtherwise, says: "gated-2  rejected")
            await start()
            await expect("release", "rollback", "gated-3", exits: .failed, says: "has touched no region")
            await expect("release", "watch", "gated-9", exits: .failed, says: "there is no release")
            let list = await live.wavetrain("release", "list")
            #expect(
                list.text.split(separator: "\n").dropFirst().map { $0.split(separator: " ")[0] } == [
                    "gated-3", "gated-2", "gated-1",
                ]
            )
        }
    }

    @Test func `a controller on an older copy of its log leads on above what its hosts prove, and they obey it`()
        async throws
    {
        try await LiveController.running { live in
            func release(_ version: String) async throws {
                try await live.push(version)
                let released = try await live.commands.release("web", version)
                #expect(released.state == "completed", "\(released.text)")
            }
            try await release("1")
            await live.kill()
            let (data, copy) = ("\(live.folder)/controller", "\(live.folder)/copy")
            try FileManager.default.copyItem(atPath: data, toPath: copy)
            for version in ["2", "3"] {
                try await live.startAgain()
                try await release(version)
                await live.kill()
            }
            try FileManager.default.removeItem(atPath: data)
            try FileManager.default.moveItem(atPath: copy, toPath: data)
            try await live.startAgain()
            while true {
                let alarms = await live.wavetrain("alarm", "list")
                if alarms.text.contains("log_outrun") { break }
                try await Task.sleep(for: .milliseconds(50))
            }
            try await release("4")
        }
    }

    @Test func `a watch outlives its controller, and says so`() async throws {
        try await LiveController.running { live in
            let gated = try live.plan("gated")
            try await live.push("1")
            #expect(await live.wavetrain("release", "start", gated, "--version", "1").status == .ok)
            let (pieces, piece) = AsyncStream.makeStream(of: String.self)
            let commands = live.commands
            async let watched = commands.run(["release", "watch", "gated-1"]) { piece.yield($0) }
            _ = await pieces.first { $0.contains("held: approval") }
            await live.kill()
            _ = await pieces.first { $0.contains("connection lost; trying again") }
            try await live.startAgain()
            #expect(await live.wavetrain(as: "bo", "release", "approve", "gated-1").status == .ok)
            let end = await watched
            #expect(end.status == .ok, "\(end.text)")
            // What had been said before is not said again.
            #expect(end.text.components(separatedBy: "  held: approval").count == 2, "\(end.text)")
            #expect(end.text.contains("gated-1  completed"), "\(end.text)")
        }
    }

    @Test func `a wrong token, and a controller that is gone, have words and a status of their own`() async throws {
        try await LiveController.running { live in
            try "wt_wrong".write(toFile: "\(live.folder)/wrong", atomically: true, encoding: .utf8)
            chmod("\(live.folder)/wrong", 0o600)
            let wrong = await live.wavetrain(as: "wrong", "release", "list")
            #expect(wrong.status == .failed)
            #expect(wrong.text.contains("check the token"), "\(wrong.text)")
            for _ in 1...10 { _ = await live.wavetrain(as: "wrong", "release", "list") }
            let slowed = await live.wavetrain(as: "wrong", "release", "list")
            #expect(slowed.status == .failed)
            #expect(slowed.text.contains("too many wrong tokens"), "\(slowed.text)")
            // ana has been in from here before.
            #expect(await live.wavetrain("release", "list").status == .ok)

            let export = await live.wavetrain("audit", "export", "\(live.folder)/audit.jsonl")
            #expect(export.status == .ok, "\(export.text)")
            await live.kill()
            let gone = await live.wavetrain("release", "list")
            #expect(gone.status == .unreachable)
            #expect(gone.text.contains("check that the controller runs"), "\(gone.text)")
        }
    }

    /// Lines without their clock.
    private static func words(_ text: String) -> [Substring] {
        text.split(separator: "\n").map { $0.drop { $0 != " " } }
    }
}
