import Cryptography
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

struct JoinTokenTests {
    let token: JoinToken
    let text: String

    init() throws {
        let authority = try CertificateAuthority.create(
            commonName: "Wavetrain prod",
            validity: .starting(now_unix_s: 1_800_000_000, lifetime_s: 86_400)
        )
        token = try JoinToken(
            cluster: Sample.name("prod"),
            region: Sample.name("west"),
            expires: Sample.now,
            authority: authority.certificate
        )
        text = try token.secretText()
    }

    @Test func `a token is one line of plain characters and reads as what it was`() throws {
        #expect(text.utf8.allSatisfy { (0x21...0x7e).contains($0) })
        let read = try JoinToken(text: text)
        #expect(read == token)
        #expect(read.secretDigest == token.secretDigest)
        #expect(read.expires == Sample.now)
    }

    @Test func `blanks around a token do not count`() throws {
        #expect(try JoinToken(text: "  \(text)\n") == token)
    }

    @Test func `two tokens never share a secret`() throws {
        let other = try JoinToken(
            cluster: token.cluster,
            region: token.region,
            expires: token.expires,
            authority: token.authority
        )
        #expect(other.secretDigest != token.secretDigest)
        #expect(token.secret.count == 32)
    }

    @Test func `a token with any character changed, lost or added is called mangled`() {
        let characters = Array(text)
        for index in characters.indices.dropFirst(JoinToken.prefix.count) {
            var changed = characters
            changed[index] = changed[index] == "A" ? "B" : "A"
            var shorter = characters
            shorter.remove(at: index)
            var longer = characters
            longer.insert("A", at: index)
            for mangled in [changed, shorter, longer] {
                let error = #expect(throws: LinkError.self) { try JoinToken(text: String(mangled)) }
                #expect(error?.code == .invalidToken)
                #expect(error?.sentence.contains("mangled") == true)
            }
        }
    }

    @Test(arguments: ["", "hello", "wavetrain-join-1.", "wavetrain-join-2.AAAA", "wavetrain-join-1.AAAAAAAAAAAA"])
    func `what is no token is refused`(text: String) {
        let error = #expect(throws: LinkError.self) { try JoinToken(text: text) }
        #expect(error?.code == .invalidToken)
    }

    @Test func `a printed token shows no secret`() {
        let secret = Base64.urlSafe.encode(token.secret)
        #expect(!"\(token)".contains(secret))
        #expect(!String(reflecting: token).contains("\(token.secret[0]), \(token.secret[1])"))
    }

    @Test func `addresses are read with host and port, or not at all`() {
        #expect(NetworkAddress("controller.example.com:7443")?.host == "controller.example.com")
        #expect(NetworkAddress("[::1]:7443")?.host == "::1")
        #expect(NetworkAddress("[::1]:7443")?.description == "[::1]:7443")
        for text in ["", "host", ":1", "host:0", "host:65536", "host:x", "::1:7443"] {
            #expect(NetworkAddress(text) == nil)
        }
    }
}
