import AgentLink
import Cryptography
import HostDecisions
import Glibc
import Logging
import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// An authority that certifies the host `westus3/host-1` of the cluster `demo`.
struct TestAuthority {
    let authority: CertificateAuthority
    let cluster: ClusterName

    init() throws {
        cluster = try #require(ClusterName("demo"))
        authority = try CertificateAuthority.create(commonName: "demo", validity: try Self.validity(seconds: 90_000))
    }

    static func validity(seconds: Int64) throws -> Validity {
        try Validity.starting(now_unix_s: WallClock.now().unix_ms / 1_000, lifetime_s: seconds)
    }

    func hostChain(for key: PublicKey, seconds: Int64 = 86_400) throws -> String {
        let peer = PeerName.agent(
            cluster: cluster,
            region: try #require(RegionName("westus3")),
            host: try #require(HostName("host-1"))
        )
        let terms = try CertificateTerms(peer: peer, usages: .clientAuth, validity: try Self.validity(seconds: seconds))
        return try authority.issue(for: key, under: terms).pem
    }

    func enrolled(_ key: PublicKey, orderKeys: [PublicKey]) throws -> Enrolled {
        Enrolled(
            cluster: cluster,
            region: try #require(RegionName("westus3")),
            certificateChainPEM: try hostChain(for: key),
            authorityPEM: authority.certificate.pem,
            orderKeysPEM: orderKeys.map(\.pem)
        )
    }
}

@Suite struct IdentityFilesTests {
    private let folder: TemporaryFolder
    private let files: IdentityFiles
    private let authority: TestAuthority

    init() throws {
        folder = try TemporaryFolder()
        files = IdentityFiles(root: folder.path)
        authority = try TestAuthority()
    }

    @Test func `what was saved is loaded, and only the agent's user may read it`() throws {
        let key = try files.keyForEnrolment()
        let orderKeys = try (0..<3).map { _ in try PrivateKey.generate(.ed25519).publicKey }
        try files.save(try authority.enrolled(key.publicKey, orderKeys: orderKeys), controller: "127.0.0.1:7443")
        let identity = try files.load()
        #expect("\(identity.host.key)" == "westus3/host-1")
        #expect(identity.host.cluster == authority.cluster)
        #expect(identity.orderKeys == orderKeys)
        #expect(identity.controller == "127.0.0.1:7443")
        for name in try Files.names(in: files.folder) {
            var status = stat()
            #expect(stat("\(files.folder)/\(name)", &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600, "\(name)")
        }
    }

    @Test func `an enrolment that failed is tried again with the same key`() throws {
        let first = try files.keyForEnrolment().publicKey
        #expect(try files.keyForEnrolment().publicKey == first)
        #expect(try !files.isEnrolled)
        let error = #expect(throws: AgentError.self) { try files.load() }
        #expect(error?.code == .notEnrolled)
    }

    @Test func `a certificate for another key is not used`() throws {
        let key = try files.keyForEnrolment()
        try files.save(try authority.enrolled(key.publicKey, orderKeys: [key.publicKey]), controller: "a:1")
        let other = try PrivateKey.generate(.ed25519)
        try files.save(certificateChainPEM: try authority.hostChain(for: other.publicKey))
        let error = #expect(throws: AgentError.self) { try files.load() }
        #expect(error?.code == .badIdentity)
    }

    @Test(arguments: ["host.key", "certificate.pem", "authority.pem", "order-keys.pem"])
    func `a file that holds something else is named`(name: String) throws {
        let key = try files.keyForEnrolment()
        try files.save(try authority.enrolled(key.publicKey, orderKeys: [key.publicKey]), controller: "a:1")
        try Files.replace("\(files.folder)/\(name)", with: Array("junk\n".utf8))
        let error = #expect(throws: AgentError.self) { try files.load() }
        #expect(error?.code == .badIdentity)
        #expect(error?.place == "\(files.folder)/\(name)")
    }

    @Test func `a certificate is due for renewal when two thirds of its life are over`() throws {
        let validity = try Validity(notBefore_unix_s: 1_000, notAfter_unix_s: 1_900)
        #expect(CertificateRenewal.due(validity) == Instant(unix_ms: 1_600_000))
    }
}
