import Cryptography
import Foundation
import HTTPCalls
import Programs
import TestSupport
import Testing

/// Wavetrain as operators run it, every program a process of its own: a controller, agents that have joined it, and the
/// command. All of it ends with its last reference.
final class Cluster {
    /// What a command printed, results first, and how it ended.
    struct Said {
        let status: Int32
        let text: String
    }

    /// Who may do what: the operator's entry without name and token.
    static let operators = ["ana": "roles: [operator, approver, admin], groups: [engineering, ops]"]

    let folder: Scratch
    private let settings: String
    private let operators: [String: String]
    private var controller: BuiltProgram
    private var agents: [BuiltProgram] = []
    private var api = "127.0.0.1:0"
    private var door = "127.0.0.1:0"
    private let http = HTTPClient()

    /// - Parameter settings: more of the controller's configuration.
    init(_ settings: String = "", operators: [String: String] = Cluster.operators, in folder: Scratch? = nil)
        async throws
    {
        let folder = try folder ?? Scratch()
        self.folder = folder
        self.settings = settings
        self.operators = operators
        for name in operators.keys { try folder.write("token-\(name)", Self.token(of: name)) }
        controller = try Self.start(in: folder, api, door, settings, operators)
        try await listen()
    }

    deinit {
        for agent in agents { agent.end() }
        controller.end()
    }

    var url: String { "http://\(api)" }

    // MARK: - The controller

    func stop() { controller.end() }

    /// As after a power cut, under the same addresses.
    func startAgain() async throws {
        stop()
        controller = try Self.start(in: folder, api, door, settings, operators)
        try await listen()
    }

    private static func token(of name: String) -> String { "wt_\(name)" }

    private static func start(
        in folder: Scratch,
        _ api: String,
        _ door: String,
        _ settings: String,
        _ operators: [String: String]
    ) throws -> BuiltProgram {
        var text = "cluster: test\ndata: \(folder.path)/controller\napi: \(api)\nagents: \(door)\nnames: [127.0.0.1]\n"
        text += "operators:\n"
        for (name, rest) in operators.sorted(by: { $0.key < $1.key }) {
            let digest = SHA256.digest(of: token(of: name).utf8)
            text += "  - { name: \(name), token_sha256: \"\(digest)\", \(rest) }\n"
        }
        return try BuiltProgram(
            "wavetrain-controller",
            ["run", "--config", try folder.write("controller.yaml", text + settings)]
        )
    }

    private func listen() async throws {
        door = "127.0.0.1:\(try Self.port(in: await controller.line(with: "agents may dial in")))"
        api = "127.0.0.1:\(try Self.port(in: await controller.line(with: "API listens")))"
    }

    /// `… address=[IPv4]127.0.0.1:4711 … API listens`
    private static func port(in line: String) throws -> UInt16 {
        let address = try #require(line.split(separator: " ").first { $0.hasPrefix("address=") }, "\(line)")
        return try #require(address.split(separator: ":").last.flatMap { UInt16($0) }, "\(line)")
    }

    // MARK: - Hosts

    /// A host of a region that has joined and listens.
    ///
    /// - Parameter settings: more of the agent's configuration.
    func join(
        _ region: String,
        host: String = "host-1",
        by name: String = "ana",
        _ settings: String = ""
    ) async throws {
        let place = "\(region)-\(host)"
        let file = try folder.write("\(place).yaml", "root: \(folder.path)/\(place)\n\(settings)")
        let token = try await done(as: name, "agent", "token", "--region", region)
        let enrolment = try BuiltProgram(
            "wavetrain-agent",
            ["enrol", "--config", file, "--controller", door, "--token", "-", "--name", host],
            input: token
        )
        try #require(await enrolment.ended() == 0)
        agents.append(try BuiltProgram("wavetrain-agent", ["run", "--config", file]))
    }

    /// A recipe of shell scripts; returns its folder.
    ///
    /// - Parameters:
    ///   - place: under which folder, where hosts have different ones.
    ///   - programs: for checks and look-ups, by their path in it.
    func recipe(
        _ name: String,
        start: String,
        verify: String,
        under place: String = "recipes",
        programs: [String: String] = [:]
    ) throws -> String {
        let path = "\(folder.path)/\(place)/\(name)"
        try FileManager.default.createDirectory(atPath: "\(path)/bin", withIntermediateDirectories: true)
        let hooks = "  start: { run: start, repeatable: true }\n  verify: { run: verify, repeatable: true }\n"
        try folder.write("\(place)/\(name)/wavetrain.yaml", "wavetrain: 1\nservice: \(name)\nhooks:\n\(hooks)")
        for (hook, script) in programs.merging(["start": start, "verify": verify], uniquingKeysWith: { $1 }) {
            let file = try folder.write("\(place)/\(name)/\(hook)", "#!/bin/sh\nset -eu\n\(script)\n")
            try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: file)
        }
        return path
    }

    /// A recipe for any service: it writes down the reference that runs in `state`, and says the version that does.
    func noting(
        _ name: String,
        in state: String,
        under place: String = "recipes",
        programs: [String: String] = [:]
    ) throws -> String {
        try recipe(
            name,
            start: """
                echo "$WAVETRAIN_REFERENCE" > "\(state)/$WAVETRAIN_SERVICE.running"
                echo "$WAVETRAIN_VERSION" > "\(state)/$WAVETRAIN_SERVICE.version"
                """,
            verify: #"echo "wavetrain:version $(cat "\#(state)/$WAVETRAIN_SERVICE.version")""#,
            under: place,
            programs: programs
        )
    }

    // MARK: - The command

    func wavetrain(as name: String = "ana", _ arguments: [String]) async throws -> Said {
        let program = Program(
            [try BuiltProgram.path(of: "wavetrain")] + arguments
                + ["--url", url, "--token-file", "\(folder.path)/token-\(name)"],
            environment: ["PATH": Program.searchPath, "HOME": folder.path],
            folder: folder.path,
            timeout_ms: 100_000
        )
        let result = await program.run()
        let text = String(decoding: result.output, as: UTF8.self) + String(decoding: result.errors, as: UTF8.self)
        guard case .exited(let status) = result.end else {
            throw Counterpart.Missing(description: "wavetrain \(arguments): \(result.end) \(text)")
        }
        return Said(status: status, text: text)
    }

    /// Runs a command that must end with that status and say these words.
    @discardableResult
    func done(
        as name: String = "ana",
        _ arguments: String...,
        exits status: Int32 = 0,
        says words: String = "",
        at place: SourceLocation = #_sourceLocation
    ) async throws -> String {
        let said = try await wavetrain(as: name, arguments)
        try #require(said.status == status, "\(arguments): \(said.status) \(said.text)", sourceLocation: place)
        #expect(words.isEmpty || said.text.contains(words), "\(arguments): \(said.text)", sourceLocation: place)
        return said.text
    }

    /// Asks until the command says so; the suite's time limit ends what never does.
    @discardableResult
    func until(_ arguments: String..., says words: String) async throws -> String {
        while true {
            let said = try await wavetrain(arguments)
            if said.text.contains(words) { return said.text }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    // MARK: - The API

    func ask(
        _ method: String,
        _ path: String,
        as name: String? = "ana",
        _ headers: [HTTPHeader] = [],
        body: String = ""
    ) async throws -> (status: Int, text: String) {
        let token = name.map { [HTTPHeader("Authorization", "Bearer \(Self.token(of: $0))")] } ?? []
        let call = HTTPCall(
            method,
            url: url + path,
            headers: token + headers,
            body: body.isEmpty ? .none : .bytes(Array(body.utf8)),
            proxy: .none
        )
        let response = try await http.response(to: call)
        return (response.status, String(decoding: response.body, as: UTF8.self))
    }

    // MARK: - Plans

    /// A plan of `controller/plans` with everything that stands beside it, some words replaced; returns its path.
    func shippedPlan(_ path: String, replacing words: [String: String] = [:]) throws -> String {
        let shipped = Self.repository.appendingPathComponent("controller/plans/\(path)")
        let source = shipped.deletingLastPathComponent()
        let target = "plans/\(source.lastPathComponent)"
        try FileManager.default.createDirectory(atPath: "\(folder.path)/\(target)", withIntermediateDirectories: true)
        for file in try FileManager.default.contentsOfDirectory(at: source, includingPropertiesForKeys: nil) {
            var text = try String(contentsOf: file, encoding: .utf8)
            for (old, new) in words {
                text.replace(old, with: new)
            }
            try folder.write("\(target)/\(file.lastPathComponent)", text)
        }
        return "\(folder.path)/\(target)/\(shipped.lastPathComponent)"
    }

    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
}
