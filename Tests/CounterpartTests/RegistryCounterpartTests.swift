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

    private let registry: Counterpart
    private let http = HTTPClient()

    private init(_ registry: Counterpart) {
        self.registry = registry
    }

    init() throws { self.init(try Self.start()) }

    private static func start(access: String = "") throws -> Counterpart {
        let folder = try Scratch()
        let settings = try folder.write(
            "registry.yml",
            """
            version: 0.1
            log: { level: info }
            storage: { filesystem: { rootdirectory: \(folder.path)/data } }
            http: { addr: '127.0.0.1:0' }
            \(access)
            """
        )
        return try Counterpart(
            "docker-registry",
            ["serve", settings],
            in: folder,
            listensWith: "listening on 127.0.0.1:",
            package: "apt-get install docker-registry"
        )
    }

    /// What a build pushes: a configuration, no layers, a manifest under a tag. Returns the manifest's digest.
    @discardableResult
    private func push(_ tag: String, to repository: String = "team/web", as headers: [HTTPHeader] = []) async throws
        -> Digest
    {
        let config = Array(#"{"architecture":"amd64","os":"linux","made":"\#(tag)"}"#.utf8)
        let digest = SHA256.digest(of: config)
        let base = "\(registry.origin)/v2/\(repository)"
        let begun = try await send("POST", "\(base)/blobs/uploads/", headers)
        let location = try #require(begun.head["Location"])
        let address = (location.hasPrefix("/") ? registry.origin : "") + location
        let blob = "\(address)\(address.contains("?") ? "&" : "?")digest=sha256:\(digest.hex)"
        _ = try await send("PUT", blob, headers + [HTTPHeader("Content-Type", "application/octet-stream")], config)
        let type = "application/vnd.oci.image.manifest.v1+json"
        let manifest = Array(
            """
            {"schemaVersion":2,"mediaType":"\(type)","layers":[],"config":{"mediaType":\
            "application/vnd.oci.image.config.v1+json","size":\(config.count),"digest":"sha256:\(digest.hex)"}}
            """.utf8
        )
        _ = try await send("PUT", "\(base)/manifests/\(tag)", headers + [HTTPHeader("Content-Type", type)], manifest)
        return SHA256.digest(of: manifest)
    }

    private func send(_ method: String, _ url: String, _ headers: [HTTPHeader], _ body: [UInt8] = []) async throws
        -> HTTPResponse
    {
        let response = try await http.response(
            to: HTTPCall(method, url: url, headers: headers, body: .bytes(body), proxy: .none)
        )
        try #require(
            response.isSuccess,
            "\(method) \(url): \(response.status) \(String(decoding: response.body, as: UTF8.self))"
        )
        return response
    }

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
        let first = try await push("abc1234")
        try await push("2026.11.20")
        let before = try await reader.tags(of: rule(), within: .seconds(30)).get()
        #expect(before.map(\.tag.text) == ["abc1234"])
        #expect(before.first?.digest == first)
        let second = try await push("0123abc")
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
        let closed = Self(try Self.start(access: "auth: { htpasswd: { realm: example, path: \(accounts) } }"))
        let login = HTTPHeader("Authorization", "Basic \(Base64.standard.encode("ci:wavetrain".utf8))")
        try await closed.push("abc1234", as: [login])
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
