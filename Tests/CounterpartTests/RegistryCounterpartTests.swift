import Cryptography
import Foundation
import HTTPCalls
import Outside
import ReleaseDecisions
import StructuredText
import Testing
import TimeAndChance
import TrainModel

/// Debian's docker-registry on the other side.
@Suite(.timeLimit(.minutes(2))) struct RegistryCounterpartTests {
    /// Of the password `wavetrain`.
    private static let bcrypt = "$2y$05$wlvjgUX0r3Hfqeuh0pDAkuf8FsKtVc8jCIZdsu9KtDXnbbgo8jGLe"

    private let registry: Registry
    private let http = HTTPClient()

    private init(_ registry: Registry) {
        self.registry = registry
    }

    init() throws { self.init(try Registry()) }

    private func rule(_ repository: String = "team/web") throws -> ArrivalRule {
        ArrivalRule(
            registry: registry.origin,
            repository: repository,
            artifact: try #require(ArtifactName("web")),
            tagPattern: "[0-9a-f]{7,40}",
            every: .seconds(30),
            deployedWithin: .minutes(10)
        )
    }

    @Test func `a new tag that matches is seen with its digest and a date tag is not`() async throws {
        let reader = RegistryReader(OutsideConfiguration(), http: http)
        let first = try await registry.push("abc1234")
        try await registry.push("2026.11.20")
        let before = try await reader.tags(of: rule(), within: .seconds(30)).get()
        #expect(before.map(\.tag.text) == ["abc1234"])
        #expect(before.first?.digest == first)
        let second = try await registry.push("0123abc")
        let after = try await reader.tags(of: rule(), within: .seconds(30)).get()
        #expect(Set(after.map(\.tag.text)) == ["abc1234", "0123abc"])
        #expect(after.first { $0.tag.text == "0123abc" }?.digest == second)
        #expect(
            after.first { $0.tag.text == "0123abc" }?.reference == "\(registry.authority)/team/web@sha256:\(second.hex)"
        )
    }

    @Test func `a repository that is not there is said, not taken for an empty one`() async throws {
        let reader = RegistryReader(OutsideConfiguration(), http: http)
        guard case .failure(let failure) = try await reader.tags(of: rule("team/wbe"), within: .seconds(30)) else {
            Issue.record("it was there")
            return
        }
        #expect(
            failure.description
                == "\(registry.authority) has no repository team/wbe; check its name, or push a first tag"
        )
    }

    @Test func `a registry with accounts is read with the controller's own and with no other`() async throws {
        let folder = try Scratch()
        let accounts = try folder.write("htpasswd", "ci:\(Self.bcrypt)\n")
        let closed = Self(try Registry(access: "auth: { htpasswd: { realm: example, path: \(accounts) } }"))
        let login = HTTPHeader("Authorization", "Basic \(Base64.standard.encode("ci:wavetrain".utf8))")
        try await closed.registry.push("abc1234", as: [login])
        for (password, isIn) in [("wavetrain", true), ("guess", false)] {
            let file = try folder.write("password", password)
            let own = Credentials([closed.registry.authority: .basic(user: "ci", password: SecretText(path: file))])
            let reader = RegistryReader(OutsideConfiguration(credentials: own), http: http)
            switch try await reader.tags(of: closed.rule(), within: .seconds(30)) {
            case .success(let tags): #expect(isIn && tags.count == 1)
            case .failure(let failure): #expect(!isIn && failure.sentence.hasSuffix("answered 401"), "\(failure)")
            }
        }
    }
}
