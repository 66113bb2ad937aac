import COpenSSL

/// A PKCS#10 request: a public key, and proof that its sender has the private one.
///
/// Requests also carry names, usages and constraints. None is exposed, so none can be honoured: what a certificate says
/// is decided by who issues it.
public struct CertificateRequest: Hashable, Sendable {
    public let publicKey: PublicKey
    public let der: [UInt8]

    /// Makes a request for `key`'s public half, with an empty subject.
    public init(for key: PrivateKey) throws {
        let purpose = "Making a certificate request"
        let request = try Owned(purpose, release: X509_REQ_free) { X509_REQ_new() }
        der = try request.with { request in
            // 0 is the number of version 1, the only one.
            try LibCrypto.perform(purpose) { X509_REQ_set_version(request, 0) }
            try key.object.with { secret in
                try LibCrypto.perform(purpose) { X509_REQ_set_pubkey(request, secret) }
                // The signature's length, or 0.
                try LibCrypto.perform(purpose) { X509_REQ_sign(request, secret, key.algorithm.digest) }
            }
            return try LibCrypto.encode(purpose) { i2d_X509_REQ(request, $0) }
        }
        publicKey = key.publicKey
    }

    /// Reads DER and checks the proof of possession.
    ///
    /// - Throws: `CryptographyError`: `malformed`, `tooLarge`, `unsupportedAlgorithm`, `weakKey`,
    ///   `noProofOfPossession`.
    public init(der bytes: some Collection<UInt8>) throws {
        let der = Array(bytes)
        let request = try LibCrypto.decode(der, as: Self.kind, bytes_max: Self.bytes_max, release: X509_REQ_free) {
            d2i_X509_REQ(nil, $0, $1)
        }
        publicKey = try request.with { request in
            // The key first: an RSA key of 16,384 bits is refused before anybody computes with it.
            let publicKey = try PublicKey(
                spki: LibCrypto.encode("Reading a request's key") {
                    i2d_X509_PUBKEY(X509_REQ_get_X509_PUBKEY(request), $0)
                }
            )
            let isProven =
                X509_REQ_get_signature_nid(request) == publicKey.algorithm.signatureNID
                && publicKey.object.with { key in LibCrypto.isTrue { X509_REQ_verify(request, key) } }
            guard isProven else {
                throw CryptographyError(
                    .noProofOfPossession,
                    in: Self.kind,
                    "Its signature is not by the key that it carries (Ed25519, or ECDSA with SHA-256).",
                    remedy: "Make a new request on the host that holds the key."
                )
            }
            return publicKey
        }
        self.der = der
    }

    /// Reads one `CERTIFICATE REQUEST` block.
    public init(pem: some StringProtocol) throws {
        let block = try PEM.block(in: pem, kind: Self.kind, bytes_max: Self.pemBytes_max)
        guard block.label == Self.label else {
            throw CryptographyError.malformed(Self.kind, "The PEM block is a \(block.label), not a \(Self.label).")
        }
        try self.init(der: block.der)
    }

    public var pem: String { PEM.encode(der, label: Self.label) }

    private static let label = "CERTIFICATE REQUEST"
    private static let kind = "certificate request"
    private static let bytes_max = 16 << 10
    private static let pemBytes_max = 32 << 10
}
