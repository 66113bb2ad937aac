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

    @Test func `a file that is not there says what to do`() {
        #expect(throws: ControllerError.self) { try ControllerConfiguration(file: "/nowhere/controller.yaml") }
    }
}
