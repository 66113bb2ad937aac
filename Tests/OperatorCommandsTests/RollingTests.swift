import Foundation
import TestSupport
import Testing

@testable import OperatorCommands

/// A region of several hosts, changed one after the other by real agents.
@Suite(.timeLimit(.minutes(3)))
struct RollingTests {
    private let oneByOne = "{ batch: 1, max_unavailable: 1, timeout: 2m }"

    /// Pushes a version of the service whose hooks write what they do on which host into one file.
    private func push(_ version: String, failsOn sick: String = "nowhere", to live: LiveController) async throws {
        let bundle = "\(live.folder)/rolling-\(version)"
        try FileManager.default.createDirectory(atPath: bundle, withIntermediateDirectories: true)
        var manifest = "wavetrain: 1\nservice: web\nhooks:\n"
        for hook in ["drain", "stop", "start", "verify"] {
            manifest += "  \(hook): { run: \(hook), repeatable: true }\n"
            let script = """
                #!/bin/sh
                echo \(hook) $WAVETRAIN_HOST $WAVETRAIN_VERSION >>\(live.folder)/steps
                [ "\(hook) $WAVETRAIN_HOST" != "verify \(sick)" ]

                """
            try script.write(toFile: "\(bundle)/\(hook)", atomically: true, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(bundle)/\(hook)")
        }
        try manifest.write(toFile: "\(bundle)/wavetrain.yaml", atomically: true, encoding: .utf8)
        let pushed = await live.commands.run(["artifact", "push", bundle, "--version", version])
        #expect(pushed.status == .ok, "\(pushed.text)")
    }

    /// What the hooks have done since the last call, in their order.
    private func takeSteps(of live: LiveController) throws -> [String] {
        let path = "\(live.folder)/steps"
        guard FileManager.default.fileExists(atPath: path) else { return [] }
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test func `each host is drained, stopped, started and verified before the next, and a bad version goes back so`()
        async throws
    {
        try await LiveController.running(hosts: 4) { live in
            try await push("1.0", to: live)
            let first = try await live.commands.release("web", "1.0", hosts: oneByOne)
            #expect(first.state == "completed", "\(first.text)")
            _ = try takeSteps(of: live)
            try await push("2.0", failsOn: "web-3", to: live)
            let second = try await live.commands.release("web", "2.0", hosts: oneByOne)
            #expect(second.state == "rolled_back", "\(second.text)")
            let forward = ["web-1", "web-2", "web-3"].flatMap { host in
                ["drain \(host) 1.0", "stop \(host) 1.0", "start \(host) 2.0", "verify \(host) 2.0"]
            }
            // The one that failed went back by itself, the others by order.
            let back = ["web-3", "web-1", "web-2"].flatMap { host in
                (host == "web-3" ? [] : ["drain \(host) 2.0"])
                    + ["stop \(host) 2.0", "start \(host) 1.0", "verify \(host) 1.0"]
            }
            #expect(try takeSteps(of: live) == forward + back)
        }
    }

    @Test func `nobody else is taken out of service while a host is down, and it goes first when it is back`()
        async throws
    {
        try await LiveController.running(hosts: 3) { live in
            try await push("1.0", to: live)
            #expect(try await live.commands.release("web", "1.0", hosts: oneByOne).state == "completed")
            _ = try takeSteps(of: live)
            try await push("2.0", to: live)
            live.hosts[2].stop()
            let commands = live.commands
            async let released = commands.release("web", "2.0", hosts: oneByOne)
            try await until {
                await live.commands.run(["release", "show", "only-web-2"]).text.contains("no link to web-3")
            }
            #expect(try takeSteps(of: live) == [])
            try live.hosts[2].start()
            #expect(try await released.state == "completed")
            let starts = try takeSteps(of: live).filter { $0.hasPrefix("start") }
            #expect(starts == ["start web-3 2.0", "start web-1 2.0", "start web-2 2.0"])
        }
    }
}
