import COpenSSL
import TrainModel

/// A parsed X.509 certificate: plain values and the bytes they came from. Parsing proves nothing about who made it.
public struct Certificate: Sendable {
    public let der: [UInt8]
    /// The SHA-256 of `der`.
    public let fingerprint: Digest
    /// Lower-case hexadecimal, an even number of digits, no sign.
    public let serial: String
    /// The subject's common name; nil without one, or with several.
    public let commonName: String?
    public let publicKey: PublicKey
    public let validity: Validity
    /// The URI names of the subject alternative name, in order.
    public let uriNames: [String]
    /// The DNS names of the subject alternative name, in order.
    public let dnsNames: [String]
    public let extendedUsages: ExtendedUsages
    /// Whether basic constraints call it an authority.
    public let isAuthority: Bool

    /// Reads DER.
    ///
    /// - Throws: `CryptographyError`: `malformed` also for names that are not printable ASCII, repeated or broken
    ///   extensions, and critical ones that libcrypto does not know; `unsupportedAlgorithm`, `weakKey`, `tooLarge`.
    public init(der bytes: some Collection<UInt8>) throws {
        let der = Array(bytes)
        let object = try Self.decode(der)
        self = try object.with { try Certificate(der: der, x509: $0) }
    }

    /// Reads a text that holds exactly one `CERTIFICATE` block.
    public init(pem: some StringProtocol) throws {
        self = try Self.certificate(PEM.block(in: pem, kind: Self.kind, bytes_max: Self.pemBytes_max))
    }

    /// Reads a chain, the peer's own certificate first: one to eight `CERTIFICATE` blocks, in the text's order.
    public static func chain(pem: some StringProtocol) throws -> [Certificate] {
        let blocks = try PEM.blocks(in: pem, kind: chainKind, bytes_max: chainCount_max * pemBytes_max)
        guard (1...chainCount_max).contains(blocks.count) else {
            throw CryptographyError.malformed(
                chainKind,
                "It holds \(blocks.count) certificates instead of 1 to \(chainCount_max)."
            )
        }
        return try blocks.map(certificate)
    }

    public var pem: String { PEM.encode(der, label: Self.label) }

    /// The peer that this certificate names, by its one URI name.
    ///
    /// - Throws: `CryptographyError` with code `invalidName` unless there is exactly one, and it is a `PeerName`.
    public func peerName() throws -> PeerName {
        guard let uri = uriNames.first, uriNames.count == 1 else {
            throw CryptographyError(
                .invalidName,
                in: Self.kind,
                "It has \(uriNames.count) URI names instead of one.",
                remedy: "Enrol the peer again, so that the controller's authority issues its certificate."
            )
        }
        return try PeerName(uri: uri)
    }

    /// Whether `issuer` is an authority, names and key identifiers match, and the signature is by its key with one of
    /// our two algorithms. Time, revocation and the rest of the chain are the caller's.
    public func isSigned(by issuer: Certificate) throws -> Bool {
        guard issuer.isAuthority else { return false }
        let subject = try Self.decode(der)
        let authority = try Self.decode(issuer.der)
        return subject.with { subject in
            authority.with { authority in
                // X509_V_OK is 0: names, key identifiers and the issuer's key usage fit.
                guard X509_check_issued(authority, subject) == X509_V_OK,
                    X509_get_signature_nid(subject) == issuer.publicKey.algorithm.signatureNID
                else { return false }
                return issuer.publicKey.object.with { key in LibCrypto.isTrue { X509_verify(subject, key) } }
            }
        }
    }

    static let label = "CERTIFICATE"
    static let kind = "certificate"
    static let bytes_max = 16 << 10
    static let pemBytes_max = 32 << 10
    private static let chainKind = "certificate chain"
    private static let chainCount_max = 8

    static func decode(_ der: [UInt8]) throws -> Owned<OpaquePointer> {
        try LibCrypto.decode(der, as: kind, bytes_max: bytes_max, release: X509_free) { d2i_X509(nil, $0, $1) }
    }

    private static func certificate(_ block: PEM.Block) throws -> Certificate {
        guard block.label == label else {
            throw CryptographyError.malformed(kind, "The PEM block is a \(block.label), not a \(label).")
        }
        return try Certificate(der: block.der)
    }
}

extension Certificate: Hashable {
    public static func == (left: Certificate, right: Certificate) -> Bool { left.der == right.der }
    public func hash(into hasher: inout Hasher) { hasher.combine(der) }
}
