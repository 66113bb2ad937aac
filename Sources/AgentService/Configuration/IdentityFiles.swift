import AgentLink
import Cryptography
import HostDecisions
import TimeAndChance
import TrainModel

/// Who the host is, on disk: `<root>/identity/`, readable by the agent's user only.
///
/// `host.key` is made here and leaves the host never. It signs receipts and proves the host on the link; renewed
/// certificates are for the same key.
struct IdentityFiles: Sendable {
    let root: String

    var folder: String { root + "/identity" }
    var keyPath: String { folder + "/host.key" }
    /// PEM, leaf first.
    var certificatePath: String { folder + "/certificate.pem" }
    var authorityPath: String { folder + "/authority.pem" }
    /// PEM of the public keys whose orders this host obeys.
    var orderKeysPath: String { folder + "/order-keys.pem" }
    /// `host:port` where the host enrolled.
    var controllerPath: String { folder + "/controller" }

    /// What the agent needs to speak and to obey.
    struct Identity: Sendable {
        let host: HostIdentity
        let key: PrivateKey
        let certificateChainPEM: String
        let authorityPEM: String
        let orderKeys: [PublicKey]
        let controller: String
        /// Of the host's own certificate.
        let validity: Validity
    }

    var isEnrolled: Bool { get throws(AgentError) { try Files.exists(certificatePath) } }

    /// The key that waits for a certificate: a failed enrolment is tried again with the same one.
    func keyForEnrolment() throws -> PrivateKey {
        try Files.makeFolder(folder, mode: 0o700)
        if try Files.exists(keyPath) { return try content(of: keyPath) { try PrivateKey(pem: $0) } }
        let key = try PrivateKey.generate(.p256)
        try Files.replace(keyPath, with: Array(try key.secretPEM().utf8))
        return key
    }

    /// The certificate comes last: with it the host counts as enrolled.
    func save(_ enrolled: Enrolled, controller: String) throws {
        try Files.replace(authorityPath, with: Array(enrolled.authorityPEM.utf8))
        try Files.replace(orderKeysPath, with: Array(enrolled.orderKeysPEM.joined(separator: "\n").utf8))
        try Files.replace(controllerPath, with: Array(controller.utf8))
        try save(certificateChainPEM: enrolled.certificateChainPEM)
    }

    func save(certificateChainPEM: String) throws {
        try Files.replace(certificatePath, with: Array(certificateChainPEM.utf8))
    }

    func load() throws -> Identity {
        guard try isEnrolled else {
            throw AgentError(
                .notEnrolled,
                at: folder,
                "this host has no certificate yet",
                remedy: "make a join token with `wavetrain agent token` and run `wavetrain-agent enrol`"
            )
        }
        let chain = try text(certificatePath)
        let key = try content(of: keyPath) { try PrivateKey(pem: $0) }
        let leaf = try content(of: certificatePath) { try Certificate.chain(pem: $0).first }
        guard let leaf, leaf.publicKey == key.publicKey else {
            throw unusable(certificatePath, "it is not for the key in \(keyPath)")
        }
        guard
            case .agent(let cluster, let region, let host) = try content(
                of: certificatePath,
                { _ in try leaf.peerName() }
            )
        else { throw unusable(certificatePath, "it is not an agent's") }
        return Identity(
            host: HostIdentity(cluster: cluster, key: HostKey(region: region, host: host)),
            key: key,
            certificateChainPEM: chain,
            authorityPEM: try content(of: authorityPath) { try Certificate(pem: $0).pem },
            orderKeys: try content(of: orderKeysPath, Self.orderKeys),
            controller: try text(controllerPath),
            validity: leaf.validity
        )
    }

    private static func orderKeys(in text: String) throws -> [PublicKey] {
        let end = "-----END PUBLIC KEY-----"
        let blocks = text.split(separator: end).map { $0.drop(while: \.isWhitespace) }
        return try blocks.filter { !$0.isEmpty }.map { try PublicKey(pem: $0 + end + "\n") }
    }

    /// What a file is made into; one that cannot be is named.
    private func content<Value>(of path: String, _ make: (String) throws -> Value) throws -> Value {
        do {
            return try make(try text(path))
        } catch let error as CryptographyError {
            throw unusable(path, "it cannot be used (\(error.sentence))")
        }
    }

    private func text(_ path: String) throws -> String {
        guard let bytes = try Files.read(path) else { throw unusable(path, "it is missing") }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// What to say of a certificate that has run out by now; nil: it has not.
    func expiry(of validity: Validity, at now: Instant) -> AgentError? {
        let over_s = now.unix_ms / 1_000 - validity.notAfter_unix_s
        guard over_s >= 0 else { return nil }
        return AgentError(
            .badIdentity,
            at: certificatePath,
            "this host's certificate ran out \(Self.length(over_s)) ago, so the controller lets it in no more",
            remedy: "set this machine's clock if it is wrong; otherwise stop the agent, \(again), and start it"
        )
    }

    private func unusable(_ place: String, _ sentence: String) -> AgentError {
        AgentError(.badIdentity, at: place, sentence, remedy: again)
    }

    static func length(_ seconds: Int64) -> String {
        seconds < 172_800 ? "\(seconds / 3_600) hours" : "\(seconds / 86_400) days"
    }

    /// Needs a new join token.
    var again: String { "remove \(folder) and enrol this host again" }
}
