import COpenSSL

/// What any server's certificate says of itself, whatever its key and extensions: only for telling people. Nothing is
/// verified, and nothing may be concluded but what was shown.
public struct ShownCertificate: Hashable, Sendable {
    /// The subject's common name; nil without one, or with several.
    public let commonName: String?
    public let validity: Validity

    /// Reads a text that holds exactly one `CERTIFICATE` block.
    ///
    /// - Throws: `CryptographyError`: `malformed`, `tooLarge`, or `invalidValidity`.
    public init(pem: some StringProtocol) throws {
        let block = try PEM.block(in: pem, kind: Certificate.kind, bytes_max: Self.pemBytes_max)
        let object = try LibCrypto.decode(
            block.der,
            as: Certificate.kind,
            bytes_max: Self.bytes_max,
            release: X509_free
        ) { d2i_X509(nil, $0, $1) }
        self = try object.with { x509 in
            ShownCertificate(
                commonName: Certificate.commonName(X509_get_subject_name(x509)),
                validity: try Certificate.validity(x509)
            )
        }
    }

    private init(commonName: String?, validity: Validity) {
        self.commonName = commonName
        self.validity = validity
    }

    /// Servers show larger ones than our own authority makes.
    private static let bytes_max = 64 << 10
    private static let pemBytes_max = 128 << 10
}
