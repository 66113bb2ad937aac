import Foundation
import TestSupport
import Testing

@testable import OperatorCommands

/// An agent that an order replaces: programs, sockets, and a supervisor that starts the agent again.
@Suite(.timeLimit(.minutes(3)))
struct AgentUpgradeTests {
    private func writeOwn(to path: String) throws {
        let built = try BuiltProgram.path(of: "wavetrain-agent")
        // Without what only a debugger reads it is a fifth as long.
        _ = try ForeignProcess.output(of: ["/usr/bin/strip", "-o", path, built], given: "")
    }

    /// It passes its self-check, and then does something else than an agent.
    private func write(_ script: String, to path: String) throws {
        try "#!/bin/sh\n[ \"$1\" = self-check ] && exit 0\n\(script)\n"
            .write(toFile: path, atomically: true, encoding: .utf8)
    }

    @Test func `an agent becomes the one that an order brings, in the same process, and starts as that one`()
        async throws
    {
        try await LiveController.running { live in
            try await live.pushAgent("0.9.0", program: writeOwn)
            let ended = try await live.commands.release("wavetrain-agent", "0.9.0")
            #expect(ended.state == "completed", "\(ended.text)")
            #expect(live.agent.starts == 1)
            let runs = live.agent.file ?? ""
            #expect(runs.hasPrefix("\(live.folder)/host-1/services/wavetrain-agent/releases/0.9.0-"), "\(runs)")
            // The supervisor knows the installed program only.
            live.agent.kill()
            try await live.push("1.0")
            let next = try await live.commands.release("web", "1.0")
            #expect(next.state == "completed", "\(next.text)")
            #expect(live.agent.file == runs)
            #expect(live.agent.starts == 2)
        }
    }

    @Test(arguments: [
        ("kill -9 $$", "2m", "ended 2 times before it had a link to the controller"),
        ("exec sleep 1000", "4s", "not carried out within 4s; last heard: the new agent ended 2 times"),
    ])
    func `an agent that gets no link gives way to the one before, which says why`(
        script: String,
        patience: String,
        reason: String
    ) async throws {
        try await LiveController.running { live in
            try await live.pushAgent("0.9.1") { try write(script, to: $0) }
            let ended = try await live.commands.release("wavetrain-agent", "0.9.1", hosts: "{ timeout: \(patience) }")
            #expect(ended.state == "stopped", "\(ended.text)")
            #expect(ended.text.contains(reason), "\(ended.text)")
            let installed = try BuiltProgram.path(of: "wavetrain-agent")
            #expect(live.agent.file == installed)
            try await live.push("1.0")
            #expect(try await live.commands.release("web", "1.0").state == "completed")
        }
    }

    @Test func `an agent is not replaced while it deploys`() async throws {
        try await LiveController.running { live in
            let (began, door, seen) = ("\(live.folder)/began", "\(live.folder)/door", "\(live.folder)/seen")
            let verify = """
                touch \(began)
                while [ ! -e \(door) ]; do sleep 0.02; done
                readlink /proc/$PPID/exe >>\(seen)
                """
            try await live.push("1.0", verify: verify)
            try await live.pushAgent("0.9.0", program: writeOwn)
            let commands = live.commands
            async let deployed = commands.release("web", "1.0")
            try await appears { FileManager.default.fileExists(atPath: began) }
            async let upgraded = commands.release("wavetrain-agent", "0.9.0")
            // Its order stands in the journal, so that the agent knows what it is to become.
            let journal = URL(fileURLWithPath: "\(live.folder)/host-1/journal")
            try await appears { try Data(contentsOf: journal).range(of: Data("wavetrain-agent".utf8)) != nil }
            try Data().write(to: URL(fileURLWithPath: door))
            #expect(try await deployed.state == "completed")
            #expect(try await upgraded.state == "completed")
            let agents = try String(contentsOfFile: seen, encoding: .utf8).split(separator: "\n").map(String.init)
            let installed = try BuiltProgram.path(of: "wavetrain-agent")
            #expect(Set(agents) == [installed])
            #expect(live.agent.file?.contains("/releases/0.9.0-") == true)
        }
    }

    @Test func `a bundle of the agent that brings hooks changes nothing`() async throws {
        try await LiveController.running { live in
            let hooks = "hooks:\n  start: { run: bin/wavetrain-agent }\n"
            try await live.pushAgent("0.9.2", manifest: hooks) { try write("exit 1", to: $0) }
            let ended = try await live.commands.release("wavetrain-agent", "0.9.2")
            #expect(ended.state == "stopped")
            #expect(ended.text.contains("a bundle of the agent brings no hooks"), "\(ended.text)")
            #expect(live.agent.starts == 1)
        }
    }

    private func appears(_ isThere: () throws -> Bool) async throws {
        while try !isThere() { try await Task.sleep(for: .milliseconds(20)) }
    }
}
