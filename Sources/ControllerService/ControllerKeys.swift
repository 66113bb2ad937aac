import Cryptography
import Foundation
import Glibc
import TLSChannel
import TimeAndChance
import TrainModel

/// The cluster's authority and the key that signs orders, made at the first start, and the identities that follow from
/// them.
public struct ControllerKeys: Sendable {
    static let authorityLifetime = Interval.days(3_650)
    static let identityLifetime = Interval.days(90)
    static let agentLifetime = Interval.days(30)

    public let authority: CertificateAuthority
    public let orderKey: PrivateKey
    private let terms: @Sendable (Instant) throws -> CertificateTerms

    /// - Parameters:
    ///   - names: DNS names and addresses under which agents and operators reach this controller.
    public init(folder: String, cluster: ClusterName, dnsNames: [String], addresses: [String], now: Instant) throws {
        authority = try Self.loadAuthority(folder, cluster, now)
        orderKey = try Self.loadOrderKey(folder)
        terms = { now in
            try CertificateTerms(
                peer: .controller(cluster: cluster),
                usages: [.serverAuth],
                validity: .starting(now_unix_s: now.unix_ms / 1_000, lifetime_s: Self.identityLifetime.ms / 1_000),
                dnsNames: dnsNames,
                ipAddresses: addresses
            )
        }
    }

    /// The controller's own identity, with a new key and a new certificate: at every start and whenever it has aged.
    /// Nothing pins it, and its names may have changed, so it is never stored.
    public func makeIdentity(now: Instant) throws -> TLSIdentity {
        let key = try PrivateKey.generate(.p256)
        let certificate = try authority.issue(for: key.publicKey, under: terms(now))
        return TLSIdentity(
            certificateChainPEM: certificate.pem + authority.certificate.pem,
            privateKeyPEM: try key.secretPEM()
        )
    }

    /// A certificate for an agent: only the key is the agent's, everything else is decided here.
    func agentCertificate(for key: PublicKey, host: HostKey, cluster: ClusterName, now: Instant) throws -> Certificate {
        try authority.issue(
            for: key,
            under: CertificateTerms(
                peer: .agent(cluster: cluster, region: host.region, host: host.host),
                usages: [.clientAuth],
                validity: .starting(now_unix_s: now.unix_ms / 1_000, lifetime_s: Self.agentLifetime.ms / 1_000)
            )
        )
    }

    private static func loadAuthority(_ folder: String, _ cluster: ClusterName, _ now: Instant) throws
        -> CertificateAuthority
    {
        let (certificatePath, keyPath) = ("\(folder)/authority.pem", "\(folder)/authority-key.pem")
        if let certificate = try SecretFile.read(certificatePath) {
            guard let key = try SecretFile.read(keyPath) else {
                throw ControllerError(
                    .keys,
                    "\(certificatePath) is there but \(keyPath) is not",
                    remedy: "Restore the key from a backup; without it no agent can renew its certificate"
                )
            }
            return try CertificateAuthority(certificatePEM: certificate, privateKeyPEM: key)
        }
        let authority = try CertificateAuthority.create(
            commonName: "wavetrain \(cluster)",
            validity: .starting(now_unix_s: now.unix_ms / 1_000, lifetime_s: authorityLifetime.ms / 1_000)
        )
        // The key first: a certificate without its key would be taken for a lost key at the next start.
        try SecretFile.write(try authority.secretPEM(), to: keyPath)
        try SecretFile.write(authority.certificate.pem, to: certificatePath)
        return authority
    }

    private static func loadOrderKey(_ folder: String) throws -> PrivateKey {
        let path = "\(folder)/order-key.pem"
        let key: PrivateKey
        if let pem = try SecretFile.read(path) {
            key = try PrivateKey(pem: pem)
        } else {
            key = try PrivateKey.generate(.ed25519)
            try SecretFile.write(try key.secretPEM(), to: path)
        }
        // For whoever verifies an exported log elsewhere.
        try SecretFile.write(key.publicKey.pem, to: "\(folder)/order-key.pub.pem")
        return key
    }
}

/// Small files that only their owner may read.
enum SecretFile {
    /// Nil if there is no such file.
    static func read(_ path: String) throws -> String? {
        guard access(path, F_OK) == 0 else { return nil }
        var status = stat()
        guard stat(path, &status) == 0, status.st_mode & 0o077 == 0 else {
            throw ControllerError(.keys, "others may read \(path)", remedy: "chmod 600 \(path)")
        }
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ControllerError(
                .keys,
                "cannot read \(path): \(error.localizedDescription)",
                remedy: "Give the controller's user permission to read it"
            )
        }
    }

    /// Durable and complete under its name, or not there at all.
    static func write(_ text: String, to path: String) throws {
        let temporary = "\(path).new"
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure(temporary) }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0,
            rename(temporary, path) == 0
        else { throw failure(path) }
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        let folderDescriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folderDescriptor >= 0 else { throw failure(folder) }
        defer { close(folderDescriptor) }
        guard fsync(folderDescriptor) == 0 else { throw failure(folder) }
    }

    private static func failure(_ path: String) -> ControllerError {
        ControllerError(
            .keys,
            "cannot write \(path): \(String(cString: strerror(errno)))",
            remedy: "Make room or give the controller's user permission there, then start again"
        )
    }
}
