import ControllerService
import Foundation
import StructuredText
import Testing

@Suite struct ConfigurationTests {
    private let token = String(repeating: "a", count: 64)

    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("controller-\(UUID()).yaml").path
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        return path
    }

    @Test func `what is left out has its default`() throws {
        let path = try file("cluster: test\ndata: /var/lib/x\n")
        defer { unlink(path) }
        let configuration = try ControllerConfiguration(file: path)
        #expect(configuration.agents.port == 7_443)
        #expect(configuration.api.host == "127.0.0.1")
        #expect(configuration.api.isLoopback)
        #expect(configuration.operators.isEmpty)
    }

    @Test func `every mistake is named at once with its place`() throws {
        let path = try file(
            "cluster: Test!\ndatta: x\napi: 7080\noperators:\n  - { name: ana, roles: [boss], token_sha256: 12 }\n"
        )
        defer { unlink(path) }
        do {
            _ = try ControllerConfiguration(file: path)
            Issue.record("a broken configuration was taken")
        } catch let problems as Problems {
            let text = problems.description
            for place in [":1:10:", ":2:1:", ":3:6:", ":5:"] { #expect(text.contains(place), "\(place) in \(text)") }
            #expect(text.contains("did you mean \"data\""))
        }
    }

    @Test func `each user of the chat is one operator`() throws {
        func operators(_ users: String...) -> String {
            "cluster: test\ndata: x\nchat_secret_file: secret\noperators:\n"
                + users.enumerated().map { index, user in
                    "  - { name: person-\(index), roles: [approver], token_sha256: \"\(index)\(token.dropFirst())\", "
                        + "chat: \(user) }\n"
                }.joined()
        }
        let sound = try file(operators("U1", "U2"))
        defer { unlink(sound) }
        let configuration = try ControllerConfiguration(file: sound)
        #expect(configuration.operators.map(\.chat) == ["U1", "U2"])
        #expect(configuration.chatSecretFile == "secret")
        let broken = try file(operators("U1", "U1"))
        defer { unlink(broken) }
        let problems = #expect(throws: Problems.self) { try ControllerConfiguration(file: broken) }
        #expect(problems?.description.contains("the same user of the chat") == true)
    }

    @Test(arguments: [("ana", "0", "name"), ("bo", "1", "token")])
    func `nobody is two people, under one name or with one token`(name: String, digit: String, what: String) throws {
        let text = """
            cluster: test
            data: x
            operators:
              - { name: ana, roles: [approver], token_sha256: "1\(token.dropFirst())" }
              - { name: \(name), roles: [approver], token_sha256: "\(digit)\(token.dropFirst())" }

            """
        let broken = try file(text)
        defer { unlink(broken) }
        let problems = #expect(throws: Problems.self) { try ControllerConfiguration(file: broken) }
        #expect(problems?.description.contains("two operators have the same \(what)") == true)
    }

    @Test func `a chat's secret is long, and nobody else's to read`() throws {
        let secret = try file(String(repeating: "s", count: 32) + "\n")
        defer { unlink(secret) }
        #expect(throws: ControllerError.self) { try ChatSecret.read(secret) }
        #expect(chmod(secret, 0o600) == 0)
        #expect(try ChatSecret.read(secret).count == 32)
        let short = try file(String(repeating: "s", count: 31) + "\n")
        defer { unlink(short) }
        #expect(chmod(short, 0o600) == 0)
        #expect(throws: ControllerError.self) { try ChatSecret.read(short) }
        #expect(throws: ControllerError.self) { try ChatSecret.read("/nowhere/secret") }
    }

    @Test(arguments: [
        ("agents: 0.0.0.0:7443\napi: 127.0.0.1:7443", ":4:1: ", "both come to port 7443"),
        ("agents: 127.0.0.1:7443\napi: '[::]:7443'", ":4:1: ", "both come to port 7443"),
        ("api: 0.0.0.0:7080\nnames: []", ":4:1: ", "nobody can verify the certificate"),
    ])
    func `listeners that cannot work are refused`(text: String, place: String, sentence: String) throws {
        let broken = try file("cluster: test\ndata: /var/lib/x\n\(text)\n")
        defer { unlink(broken) }
        let problems = try #require(#expect(throws: Problems.self) { try ControllerConfiguration(file: broken) })
        #expect(problems.description.contains(place))
        #expect(problems.description.contains(sentence))
    }

    @Test func `one port at two addresses is two ports`() throws {
        let sound = try file("cluster: test\ndata: x\nagents: 127.0.0.2:7443\napi: 127.0.0.1:7443\n")
        defer { unlink(sound) }
        #expect(try ControllerConfiguration(file: sound).api.port == 7_443)
    }

    @Test func `what the machine lacks of what the file names is found before the start`() throws {
        let path = try file(
            """
            cluster: test
            data: here
            agents: no.such.host.invalid:7443
            chat_secret_file: /nowhere/chat
            probes: { depth: [/nowhere/depth], shell: [/bin/sh] }
            credentials: { registry.example.com: { token_file: /nowhere/token } }
            repositories: { web: { path: /nowhere/web } }
            channels: { room: { webhook_file: /nowhere/room } }

            """
        )
        defer { unlink(path) }
        let findings = ConfigurationSurvey(try ControllerConfiguration(file: path)).findings
        let all = findings.joined(separator: "\n")
        for part in ["data here", "no.such.host.invalid", "chat", "depth", "token", "web", "room"] {
            #expect(all.contains(part), "\(part) in \(all)")
        }
        #expect(findings.count == 7)
    }

    @Test func `a machine that has everything has no findings`() throws {
        let path = try file("cluster: test\ndata: /var/lib/x\nprobes: { shell: [/bin/sh] }\n")
        defer { unlink(path) }
        #expect(ConfigurationSurvey(try ControllerConfiguration(file: path)).findings.isEmpty)
    }

    @Test func `a file that is not there says what to do`() {
        #expect(throws: ControllerError.self) { try ControllerConfiguration(file: "/nowhere/controller.yaml") }
    }
}
