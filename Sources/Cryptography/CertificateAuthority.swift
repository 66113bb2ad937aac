import COpenSSL

/// A root that issues the certificates of one cluster.
public struct CertificateAuthority: Sendable {
    public let certificate: Certificate
    private let key: PrivateKey

    /// Makes a self-signed P-256 root that may sign end certificates only (path length 0).
    ///
    /// - Parameter commonName: 1 to 64 characters, such as `Wavetrain prod`.
    public static func create(commonName: String, validity: Validity) throws -> CertificateAuthority {
        guard (1...64).contains(commonName.unicodeScalars.count) else {
            throw CryptographyError(
                .invalidName,
                in: "certificate authority",
                "A common name has 1 to 64 characters.",
                remedy: "Name the authority after its cluster."
            )
        }
        let key = try PrivateKey.generate(.p256)
        let draft = CertificateDraft(
            commonName: commonName,
            validity: validity,
            publicKey: key.publicKey,
            extensions: [
                (NID_basic_constraints, "critical,CA:TRUE,pathlen:0"),
                (NID_key_usage, "critical,keyCertSign,cRLSign"),
                (NID_subject_key_identifier, "hash"),
                (NID_authority_key_identifier, "keyid:always"),
            ]
        )
        return CertificateAuthority(certificate: try draft.signed(by: key, issuer: nil), key: key)
    }

    /// Loads a root from its certificate and its private key.
    ///
    /// - Throws: `CryptographyError`: `notAnAuthority`, `keyMismatch`, and what the readers of both throw.
    public init(certificatePEM: some StringProtocol, privateKeyPEM: some StringProtocol) throws {
        let certificate = try Certificate(pem: certificatePEM)
        let key = try PrivateKey(pem: privateKeyPEM)
        guard try certificate.isSigned(by: certificate) else {
            throw CryptographyError(
                .notAnAuthority,
                in: "certificate authority",
                "The certificate is not a self-signed root.",
                remedy: "Give the cluster's root certificate, not a certificate that it issued."
            )
        }
        guard certificate.publicKey == key.publicKey else {
            throw CryptographyError(
                .keyMismatch,
                in: "certificate authority",
                "The private key belongs to another certificate.",
                remedy: "Restore certificate and key from the same backup."
            )
        }
        self.init(certificate: certificate, key: key)
    }

    /// The root's private key as PEM: the cluster's most precious secret.
    public func secretPEM() throws -> String { try key.secretPEM() }

    /// Issues an end certificate with a random serial of 128 bits.
    ///
    /// - Throws: `CryptographyError` with code `invalidValidity` when it would outlive the root.
    public func issue(for publicKey: PublicKey, under terms: CertificateTerms) throws -> Certificate {
        guard terms.validity.notAfter_unix_s <= certificate.validity.notAfter_unix_s else {
            throw CryptographyError(
                .invalidValidity,
                in: "certificate",
                "It would be valid longer than its authority.",
                remedy: "Renew the cluster's authority, or configure a shorter lifetime."
            )
        }
        var extensions = [
            (NID_basic_constraints, "critical,CA:FALSE"),
            (NID_key_usage, "critical,digitalSignature"),
            (NID_subject_key_identifier, "hash"),
            (NID_authority_key_identifier, "keyid:always"),
            (NID_subject_alt_name, terms.alternativeNames),
        ]
        if !terms.usages.isEmpty {
            extensions.append((NID_ext_key_usage, terms.usages.names.joined(separator: ",")))
        }
        let draft = CertificateDraft(
            commonName: terms.commonName,
            validity: terms.validity,
            publicKey: publicKey,
            extensions: extensions
        )
        return try draft.signed(by: key, issuer: certificate)
    }

    private init(certificate: Certificate, key: PrivateKey) {
        self.certificate = certificate
        self.key = key
    }
}
