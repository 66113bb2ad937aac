import Cryptography
import Foundation
import TestSupport
import Testing

@testable import OperatorCommands

/// A controller and hosts with agents, as operators run them: programs, sockets, a database. And the commands, run here.
final class LiveController {
    let folder: String
    private var controller: BuiltProgram
    /// Of the hosts `web-1`, `web-2` and so on.
    let hosts: [SupervisedAgent]
    private var api = "127.0.0.1:0"
    private var agents = "127.0.0.1:0"

    var agent: SupervisedAgent { hosts[0] }

    /// Runs `body` with hosts of the region `canary` that have joined; ends all programs afterwards.
    static func running(hosts: Int = 1, _ body: (LiveController) async throws -> Void) async throws {
        try await inFolder { folder in
            let live = try await LiveController(folder, hosts: hosts)
            let result: Result<Void, any Error>
            do {
                for number in 1...hosts { try await live.join(number) }
                result = .success(try await body(live))
            } catch {
                result = .failure(error)
            }
            for host in live.hosts { host.stop() }
            await live.kill()
            try result.get()
        }
    }

    private init(_ folder: String, hosts: Int) async throws {
        self.folder = folder
        self.hosts = (1...hosts).map { SupervisedAgent(configuration: "\(folder)/agent-\($0).yaml") }
        for name in ["ana", "bo"] {
            try "wt_\(name)".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            chmod("\(folder)/\(name)", 0o600)
        }
        controller = try Self.start(folder, api: api, agents: agents)
        do {
            try await listens()
        } catch {
            controller.end()
            throw error
        }
    }

    // MARK: - The controller

    func kill() async { await controller.kill() }

    /// Again, under the same addresses.
    func startAgain() async throws {
        controller = try Self.start(folder, api: api, agents: agents)
        try await listens()
    }

    private static func start(_ folder: String, api: String, agents: String) throws -> BuiltProgram {
        func operators(_ name: String, _ rest: String) -> String {
            "  - { name: \(name), token_sha256: \"\(SHA256.digest(of: "wt_\(name)".utf8))\", \(rest) }\n"
        }
        let text =
            "cluster: test\ndata: \(folder)/controller\napi: \(api)\nagents: \(agents)\nnames: [127.0.0.1]\noperators:\n"
            + operators("ana", "roles: [operator, approver, admin], groups: [oncall]")
            + operators("bo", "roles: [approver], groups: [oncall]")
        try text.write(toFile: "\(folder)/controller.yaml", atomically: true, encoding: .utf8)
        return try BuiltProgram("wavetrain-controller", ["run", "--config", "\(folder)/controller.yaml"])
    }

    private func listens() async throws {
        agents = "127.0.0.1:\(try Self.port(in: await controller.line(with: "agents may dial in")))"
        api = "127.0.0.1:\(try Self.port(in: await controller.line(with: "API listens")))"
    }

    /// `… address=[IPv4]127.0.0.1:4711 … API listens`
    private static func port(in line: String) throws -> UInt16 {
        let address = try #require(line.split(separator: " ").first { $0.hasPrefix("address=") }, "\(line)")
        return try #require(address.split(separator: ":").last.flatMap { UInt16($0) }, "\(line)")
    }

    // MARK: - The host

    private func join(_ number: Int) async throws {
        let configuration = "\(folder)/agent-\(number).yaml"
        try "root: \(folder)/host-\(number)\n".write(toFile: configuration, atomically: true, encoding: .utf8)
        let (status, token) = await wavetrain("agent", "token", "--region", "canary")
        #expect(status == .ok)
        let enrolment = try BuiltProgram(
            "wavetrain-agent",
            ["enrol", "--config", configuration, "--controller", agents, "--token", "-", "--name", "web-\(number)"],
            input: token
        )
        #expect(await enrolment.ended() == 0)
        try hosts[number - 1].start()
    }

    // MARK: - The command

    var commands: LiveCommands { LiveCommands(url: "http://\(api)", folder: folder) }

    func wavetrain(
        as name: String = "ana",
        _ arguments: String...
    ) async -> (status: OperatorCommands.ExitStatus, text: String) {
        await commands.run(as: name, arguments)
    }

    // MARK: - What is released

    /// Pushes a version of the service; `verify` is what its hook of that name does.
    func push(_ version: String, _ more: String..., verify: String = "exit 0") async throws {
        let bundle = "\(folder)/bundle-\(version)"
        try FileManager.default.createDirectory(atPath: bundle, withIntermediateDirectories: true)
        try "wavetrain: 1\nservice: web\nhooks:\n  verify: { run: verify, repeatable: true }\n"
            .write(toFile: "\(bundle)/wavetrain.yaml", atomically: true, encoding: .utf8)
        try "#!/bin/sh\n# \(version)\n\(verify)\n".write(toFile: "\(bundle)/verify", atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(bundle)/verify")
        let pushed = await commands.run(["artifact", "push", bundle, "--version", version] + more)
        #expect(pushed.status == .ok, "\(pushed.text)")
    }

    /// Pushes a bundle of the agent itself; `program` makes the file that it is to hold.
    func pushAgent(_ version: String, manifest more: String = "", program: (_ path: String) throws -> Void) async throws
    {
        let bundle = "\(folder)/agent-\(version)"
        let file = "\(bundle)/bin/wavetrain-agent"
        try FileManager.default.createDirectory(atPath: "\(bundle)/bin", withIntermediateDirectories: true)
        try "wavetrain: 1\nservice: wavetrain-agent\n\(more)"
            .write(toFile: "\(bundle)/wavetrain.yaml", atomically: true, encoding: .utf8)
        try program(file)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        let pushed = await commands.run(["artifact", "push", bundle, "--version", version])
        #expect(pushed.status == .ok, "\(pushed.text)")
    }

    /// A plan by its name: `free`; `gated`, whose region somebody on call who is not the author has to let through;
    /// `waves`, which asks for that after its first wave.
    func plan(_ name: String) throws -> String {
        let stages =
            switch name {
            case "gated": "    before_each_region: [{ approval: { by: oncall, not: author } }]\n    regions: [canary]\n"
            case "waves":
                "    waves:\n      first: { regions: [canary] }\n"
                    + "      second: { needs: [{ approval: oncall }], regions: [elsewhere] }\n"
            default: "    regions: [canary]\n"
            }
        let path = "\(folder)/\(name).yaml"
        try "wavetrain: 1\nplan: \(name)\nservices: [web]\nstages:\n  production:\n\(stages)"
            .write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }
}

/// The command line, in this process.
struct LiveCommands: Sendable {
    let url: String
    /// With a file for each operator's token.
    let folder: String

    /// Runs a command as `name` would; returns how it exits and everything it printed.
    func run(
        as name: String = "ana",
        _ arguments: [String],
        hear: @escaping @Sendable (String) -> Void = { _ in }
    ) async -> (status: OperatorCommands.ExitStatus, text: String) {
        let capture = StandardOutput.Capture(hear: hear)
        let status = await StandardOutput.$capture.withValue(capture) {
            await WavetrainCommand.run(arguments + ["--url", url, "--token-file", "\(folder)/\(name)"])
        }
        return (status, capture.text)
    }

    /// Starts a release of one service in the region; returns the state in which it does nothing more by itself, and what
    /// is shown of it.
    func release(
        _ service: String,
        _ version: String,
        hosts: String = "{ timeout: 2m }"
    ) async throws -> (state: String, text: String) {
        let path = "\(folder)/only-\(service).yaml"
        let plan = """
            wavetrain: 1
            plan: only-\(service)
            services: [\(service)]
            hosts: \(hosts)
            stages:
              production:
                regions: [canary]

            """
        try plan.write(toFile: path, atomically: true, encoding: .utf8)
        let started = await run(["release", "start", path, "--version", version])
        let id = try #require(started.text.split(whereSeparator: \.isWhitespace).dropFirst().first, "\(started.text)")
        while true {
            let shown = await run(["release", "show", String(id), "--output", "json"]).text
            let state = try JSONDecoder().decode(Shown.self, from: Data(shown.utf8)).state
            guard ["running", "returning"].contains(state) else { return (state, shown) }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    private struct Shown: Decodable {
        let state: String
    }
}
