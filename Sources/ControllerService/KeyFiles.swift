import Cryptography
import Glibc
import TimeAndChance
import TrainModel

/// The controller's keys on its disk: `authority.pem`, `authority-key.pem`, `order-key.pem`, `order-key.pub.pem`. A key
/// that is there is never replaced.
struct KeyFiles {
    let folder: String
    /// Whether this controller is new, so that keys that are missing have never been.
    let mayMake: Bool

    func authority(of cluster: ClusterName, _ now: Instant) throws -> CertificateAuthority {
        let (certificatePath, keyPath) = ("\(folder)/authority.pem", "\(folder)/authority-key.pem")
        switch (try SecretFile.read(certificatePath), try SecretFile.read(keyPath)) {
        case (let certificate?, let key?):
            return try using("\(certificatePath) or \(keyPath)") {
                try CertificateAuthority(certificatePEM: certificate, privateKeyPEM: key)
            }
        case (_?, nil): throw lost(keyPath, beside: certificatePath)
        case (nil, _?): throw lost(certificatePath, beside: keyPath)
        case (nil, nil):
            guard mayMake else { throw lost(keyPath, beside: "the database") }
            return try makeAuthority(of: cluster, now)
        }
    }

    func orderKey() throws -> PrivateKey {
        let path = "\(folder)/order-key.pem"
        let key: PrivateKey
        if let pem = try SecretFile.read(path) {
            key = try using(path) { try PrivateKey(pem: pem) }
        } else {
            guard mayMake else { throw lost(path, beside: "the database") }
            key = try PrivateKey.generate(.ed25519)
            try SecretFile.write(try key.secretPEM(), to: "order-key.pem", in: folder)
        }
        try keepPublic(key.publicKey, of: path)
        return key
    }

    /// For whoever verifies an exported log elsewhere; and hosts obey this key and no other.
    private func keepPublic(_ key: PublicKey, of path: String) throws {
        let name = "order-key.pub.pem"
        switch try SecretFile.read("\(folder)/\(name)", isSecret: false) {
        case key.pem: return
        case nil: try SecretFile.write(key.pem, to: name, in: folder)
        case _?:
            throw ControllerError(
                .keys,
                "\(folder)/\(name) is not of the key in \(path)",
                remedy: "Restore both from the same backup; hosts obey only the key that they enrolled with"
            )
        }
    }

    private func using<Value>(_ place: String, _ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let error as CryptographyError {
            throw ControllerError(
                .keys,
                "\(place) cannot be used (\(error.sentence))",
                remedy: "Restore the keys from the backup; nothing was changed"
            )
        }
    }

    private func makeAuthority(of cluster: ClusterName, _ now: Instant) throws -> CertificateAuthority {
        let lifetime_s = ControllerKeys.authorityLifetime.ms / 1_000
        let authority = try CertificateAuthority.create(
            commonName: "wavetrain \(cluster)",
            validity: .starting(now_unix_s: now.unix_ms / 1_000, lifetime_s: lifetime_s)
        )
        try SecretFile.write(try authority.secretPEM(), to: "authority-key.pem", in: folder)
        try SecretFile.write(authority.certificate.pem, to: "authority.pem", in: folder)
        return authority
    }

    private func lost(_ path: String, beside other: String) -> ControllerError {
        ControllerError(
            .keys,
            "\(path) is missing beside \(other)",
            remedy: mayMake
                ? "Nothing has been decided here yet: empty \(folder) and start again"
                : "Restore the keys from the backup; new ones would lock out every host, so none are made"
        )
    }
}

/// Small files that only their owner may read.
enum SecretFile {
    static let bytes_max = 1 << 20

    private static let permission = "Give the controller's user permission to read it"

    /// Nil if there is no such file.
    static func read(_ path: String, isSecret: Bool = true) throws -> String? {
        var status = stat()
        // 0; -1 with ENOENT: there is none; any other -1: nobody knows.
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return nil }
            throw unreadable(path, String(cString: strerror(errno)))
        }
        guard !isSecret || status.st_mode & 0o077 == 0 else {
            throw ControllerError(.keys, "others may read \(path)", remedy: "chmod 600 \(path)")
        }
        do {
            return String(decoding: try WholeFile.read(path, bytes_max: bytes_max), as: UTF8.self)
        } catch {
            throw ControllerError(.keys, "\(error)", remedy: permission)
        }
    }

    /// Durable and complete under its name, or not there at all.
    static func write(_ text: String, to name: String, in folder: String) throws {
        do {
            let file = try NewFile(in: folder)
            try Array(text.utf8).withUnsafeBytes { try file.write($0) }
            try file.publish(as: name)
        } catch let failure as DiskFailure {
            throw ControllerError(
                .keys,
                "\(failure)",
                remedy: "Make room or give the controller's user permission there, then start again"
            )
        }
    }

    private static func unreadable(_ path: String, _ reason: String) -> ControllerError {
        ControllerError(
            .keys,
            "cannot read \(path): \(reason)",
            remedy: permission
        )
    }
}
