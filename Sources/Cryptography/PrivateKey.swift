import COpenSSL

/// An Ed25519 or P-256 private key. It never appears in descriptions or errors.
public struct PrivateKey: Sendable {
    public let publicKey: PublicKey
    let object: KeyObject

    public var algorithm: KeyAlgorithm { publicKey.algorithm }

    /// Makes a new key.
    ///
    /// - Throws: `CryptographyError` with code `libraryFailure` when there is no entropy.
    public static func generate(_ algorithm: KeyAlgorithm) throws -> PrivateKey {
        let name =
            switch algorithm {
            case .ed25519: "ED25519"
            case .p256: "EC"
            }
        let purpose = "Making a key"
        let context = try Owned(purpose, release: EVP_PKEY_CTX_free) { EVP_PKEY_CTX_new_from_name(nil, name, nil) }
        return try context.with { context in
            try LibCrypto.perform(purpose) { EVP_PKEY_keygen_init(context) }
            if algorithm == .p256 {
                try LibCrypto.perform(purpose) { EVP_PKEY_CTX_set_group_name(context, "P-256") }
            }
            let key = try Owned(purpose, release: EVP_PKEY_free) {
                var key: OpaquePointer?
                return EVP_PKEY_generate(context, &key) == 1 ? key : nil
            }
            return try PrivateKey(key)
        }
    }

    /// Reads PKCS#8 in DER, without a passphrase.
    ///
    /// - Throws: `CryptographyError`: `unsupportedAlgorithm`, `keyMismatch` when the public half inside is another
    ///   key's, `malformed`, `tooLarge`.
    public init(pkcs8 bytes: some Collection<UInt8>) throws {
        let pkcs8 = try LibCrypto.decode(
            Array(bytes),
            as: Self.kind,
            bytes_max: Self.bytes_max,
            release: PKCS8_PRIV_KEY_INFO_free
        ) { d2i_PKCS8_PRIV_KEY_INFO(nil, $0, $1) }
        let key = try pkcs8.with { pkcs8 in
            ERR_clear_error()
            guard let key = EVP_PKCS82PKEY(pkcs8) else {
                throw CryptographyError.malformed(
                    Self.kind,
                    "It does not hold a usable key.",
                    reasons: LibCrypto.drainErrors()
                )
            }
            return Owned<OpaquePointer>(owning: key, release: EVP_PKEY_free)
        }
        try self.init(key)
    }

    /// Reads one `PRIVATE KEY` block. A key behind a passphrase is refused (`encryptedKey`); nobody is asked for one.
    public init(pem: some StringProtocol) throws {
        let block = try PEM.block(in: pem, kind: Self.kind, bytes_max: Self.pemBytes_max)
        switch block.label {
        case Self.label:
            try self.init(pkcs8: block.der)
        case "ENCRYPTED PRIVATE KEY":
            throw CryptographyError(
                .encryptedKey,
                in: Self.kind,
                "The key is behind a passphrase, which services have nobody to ask for.",
                remedy: "Store it without one, readable by its user only: openssl pkey -in KEY -out NEW."
            )
        default:
            throw CryptographyError(
                .malformed,
                in: Self.kind,
                "The PEM block is a \(block.label), not a PKCS#8 \(Self.label).",
                remedy: "Convert it: openssl pkcs8 -topk8 -nocrypt -in KEY -out NEW."
            )
        }
    }

    /// The key itself as a PKCS#8 PEM block: a secret. Keep it out of logs, arguments and files that others may read.
    public func secretPEM() throws -> String {
        let purpose = "Writing a private key"
        return try object.with { key in
            let pkcs8 = try Owned(purpose, release: PKCS8_PRIV_KEY_INFO_free) { EVP_PKEY2PKCS8(key) }
            let der = try pkcs8.with { pkcs8 in
                try LibCrypto.encode(purpose) { i2d_PKCS8_PRIV_KEY_INFO(pkcs8, $0) }
            }
            return PEM.encode(der, label: Self.label)
        }
    }

    /// Signs `message`. Ed25519: 64 bytes, the same each time; P-256: at most 72 bytes of DER, different each time.
    public func sign(_ message: some Collection<UInt8>) throws -> [UInt8] {
        let purpose = "Signing"
        let context = try Owned(purpose, release: EVP_MD_CTX_free) { EVP_MD_CTX_new() }
        var signature = [UInt8](repeating: 0, count: Self.signatureBytes_max)
        var count = signature.count
        try context.with { context in
            try object.with { key in
                try LibCrypto.perform(purpose) { EVP_DigestSignInit(context, nil, algorithm.digest, nil, key) }
                try message.withBytes { message in
                    try LibCrypto.perform(purpose) {
                        EVP_DigestSign(context, &signature, &count, message.baseAddress, message.count)
                    }
                }
            }
        }
        return Array(signature.prefix(count))
    }

    /// Takes over a key of unknown kind, and refuses it unless it is one of ours and whole.
    private init(_ key: consuming Owned<OpaquePointer>) throws {
        let object = KeyObject(key)
        publicKey = try object.with { key in
            let publicKey = try PublicKey(spki: LibCrypto.encode("Deriving a public key") { i2d_PUBKEY(key, $0) })
            // Only now: the check costs what the key's kind costs, and the kind is ours.
            try Self.requirePair(key)
            return publicKey
        }
        self.object = object
    }

    /// PKCS#8 may carry a public half beside the secret, and libcrypto believes it.
    private static func requirePair(_ key: OpaquePointer) throws {
        let context = try Owned("Checking a key", release: EVP_PKEY_CTX_free) {
            EVP_PKEY_CTX_new_from_pkey(nil, key, nil)
        }
        guard context.with({ context in LibCrypto.isTrue { EVP_PKEY_pairwise_check(context) } }) else {
            throw CryptographyError(
                .keyMismatch,
                in: kind,
                "Its secret and its public half do not belong together.",
                remedy: "Restore the key from where it was made, or make a new one."
            )
        }
    }

    private static let label = "PRIVATE KEY"
    private static let kind = "private key"
    private static let bytes_max = 4096
    private static let pemBytes_max = 8192
    private static let signatureBytes_max = 72
}

extension PrivateKey: CustomStringConvertible {
    public var description: String { "private key of \(publicKey)" }
}
