import Foundation
import HTTPCalls
import Outside
import ReleaseDecisions
import Synchronization
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@Suite(.timeLimit(.minutes(1))) struct RegistryTests {
    private static let digest = String(repeating: "ab", count: 32)

    private func rule(_ peer: Peer, repository: String = "team/web") throws -> ArrivalRule {
        ArrivalRule(
            registry: peer.origin,
            repository: repository,
            artifact: try #require(ArtifactName("web")),
            tagPattern: "[0-9a-f]{7,40}",
            every: .seconds(30),
            deployedWithin: .minutes(10)
        )
    }

    private func reader(_ yaml: String = "") throws -> RegistryReader {
        RegistryReader(yaml.isEmpty ? OutsideConfiguration() : try configuration(yaml), http: HTTPClient())
    }

    @Test func `all pages are read and only tags that match are looked up`() async throws {
        let peer = try Peer { line, _ in
            if line.hasPrefix("HEAD") { return Peer.Answer(headers: ["Docker-Content-Digest: sha256:\(Self.digest)"]) }
            guard line.contains("last=") else {
                return Peer.Answer(
                    headers: ["Link: </v2/team/web/tags/list?n=1000&last=latest>; rel=\"next\""],
                    body: #"{"name":"team/web","tags":["abc1234","latest","2026.11.20"]}"#
                )
            }
            return Peer.Answer(body: #"{"name":"team/web","tags":["def5678"]}"#)
        }
        let reader = try reader()
        let tags = try await reader.tags(of: rule(peer), within: .seconds(20)).get()
        #expect(tags.map(\.tag.text) == ["abc1234", "def5678"])
        #expect(tags.first?.reference == "\(peer.authority)/team/web@sha256:\(Self.digest)")
        let heads = { peer.requests.count { $0.line.hasPrefix("HEAD") } }
        #expect(heads() == 2)
        _ = try await reader.tags(of: rule(peer), within: .seconds(20)).get()
        #expect(heads() == 2, "a digest is asked for once")
    }

    @Test func `a tag that is gone when it is looked up is left out`() async throws {
        let peer = try Peer { line, _ in
            if line.hasPrefix("HEAD"), line.hasSuffix("abc1234") { return Peer.Answer(status: "404 Not Found") }
            return Peer.Answer(
                headers: ["Docker-Content-Digest: sha256:\(Self.digest)"],
                body: #"{"name":"team/web","tags":["abc1234","def5678"]}"#
            )
        }
        let tags = try await reader().tags(of: rule(peer), within: .seconds(20)).get()
        #expect(tags.map(\.tag.text) == ["def5678"])
    }

    @Test(arguments: ["", "sha256:abc", "md5:\(digest)", "sha512:\(digest)", "sha256:\(digest.uppercased())"])
    func `what is no SHA-256 digest is not taken for one`(header: String) async throws {
        let peer = try Peer { line, _ in
            Peer.Answer(headers: ["Docker-Content-Digest: \(header)"], body: #"{"tags":["abc1234"]}"#)
        }
        let failure = try #require(reasonWhy(try await reader().tags(of: rule(peer), within: .seconds(20))))
        #expect(failure.code == .badAnswer)
    }

    @Test func `a token is fetched where the registry wants one, with the credentials of the realm's host`()
        async throws
    {
        let folder = try TemporaryFolder()
        let password = try folder.file("password", "pw")
        let issuer = try Peer(#"{"token":"t0ken"}"#)
        let peer = try Peer { _, headers in
            guard headers.contains("Authorization: Bearer t0ken") else {
                let challenge =
                    #"Bearer realm="\#(issuer.origin)/token?x=1",service="registry, of ours",scope="a:b:pull""#
                return Peer.Answer(status: "401 Unauthorized", headers: ["WWW-Authenticate: \(challenge)"])
            }
            return Peer.Answer(
                headers: ["Docker-Content-Digest: sha256:\(Self.digest)"],
                body: #"{"tags":["abc1234"]}"#
            )
        }
        let reader = try reader("credentials: { '\(issuer.authority)': { user: ci, password_file: \(password) } }")
        let tags = try await reader.tags(of: rule(peer), within: .seconds(20)).get()
        #expect(tags.count == 1)
        #expect(issuer.requests.count == 1)
        let asked = try #require(issuer.requests.first)
        #expect(asked.line == "GET /token?x=1&scope=a%3Ab%3Apull&service=registry%2C%20of%20ours HTTP/1.1")
        #expect(asked.header("Authorization") == "Basic Y2k6cHc=")
        #expect(peer.requests.first?.header("Authorization") == nil)
    }

    @Test func `pages that lead elsewhere or round are not followed`() async throws {
        let other = try Peer("")
        for link in ["\(other.origin)/v2/team/web/tags/list?n=1000", "/v2/team/web/tags/list?n=1000"] {
            let peer = try Peer { _, _ in
                Peer.Answer(headers: ["Link: <\(link)>; rel=\"next\""], body: #"{"tags":["latest"]}"#)
            }
            #expect(reasonWhy(try await reader().tags(of: rule(peer), within: .seconds(20))) != nil, "\(link)")
            #expect(peer.requests.count == 1)
        }
        #expect(other.requests.isEmpty)
    }

    @Test(arguments: ["", "/web", "web/", "../web", "team//web", "Web", "web?x", "a/..", "team/-web"])
    func `what is no repository is not asked for`(repository: String) async throws {
        let peer = try Peer(#"{"tags":[]}"#)
        let result = try await reader().tags(of: rule(peer, repository: repository), within: .seconds(20))
        let failure = try #require(reasonWhy(result))
        #expect(failure.code == .notAllowed)
        #expect(peer.requests.isEmpty)
    }

    @Test func `a repository without tags has none, and one that is not there is a failure`() async throws {
        let empty = try Peer(#"{"name":"team/web","tags":null}"#)
        #expect(try await reader().tags(of: rule(empty), within: .seconds(20)).get().isEmpty)
        let missing = try Peer(#"{"errors":[{"code":"NAME_UNKNOWN"}]}"#, status: "404 Not Found")
        let failure = try #require(reasonWhy(try await reader().tags(of: rule(missing), within: .seconds(20))))
        #expect(failure.sentence.contains("has no repository team/web"))
    }
}
