import COpenSSL
import TrainModel

/// An Ed25519 or P-256 public key, fit to verify with.
public struct PublicKey: Sendable {
    public let algorithm: KeyAlgorithm
    /// SubjectPublicKeyInfo in DER: 44 bytes (Ed25519) or 91 (P-256), the only encoding of this key.
    public let spki: [UInt8]
    /// The SHA-256 of `spki` in hexadecimal.
    public let keyID: String
    let object: KeyObject

    /// Reads SubjectPublicKeyInfo in DER.
    ///
    /// - Throws: `CryptographyError`: `unsupportedAlgorithm` for anything but our two encodings, `weakKey` for
    ///   Ed25519 points of small order or in a second spelling, `malformed` for P-256 points off the curve.
    public init(spki bytes: some Collection<UInt8>) throws {
        guard bytes.count <= Self.bytes_max, let algorithm = KeyAlgorithm(spki: Array(bytes)) else {
            throw CryptographyError.unsupportedKey(Self.kind)
        }
        let spki = Array(bytes)
        if algorithm == .ed25519, !Ed25519Point.isAcceptable(spki.suffix(algorithm.keyByteCount)) {
            throw CryptographyError(
                .weakKey,
                in: Self.kind,
                "This Ed25519 point has a small order or a second spelling; signatures under it prove nothing.",
                remedy: "Refuse the key's owner until the key's origin is clear; make a new key."
            )
        }
        self.algorithm = algorithm
        self.spki = spki
        keyID = SHA256.digest(of: spki).hex
        object = KeyObject(
            try LibCrypto.decode(spki, as: Self.kind, bytes_max: Self.bytes_max, release: EVP_PKEY_free) {
                d2i_PUBKEY(nil, $0, $1)
            }
        )
    }

    /// Reads one `PUBLIC KEY` block.
    public init(pem: some StringProtocol) throws {
        let block = try PEM.block(in: pem, kind: Self.kind, bytes_max: Self.pemBytes_max)
        guard block.label == Self.label else {
            throw CryptographyError.malformed(Self.kind, "The PEM block is a \(block.label), not a \(Self.label).")
        }
        try self.init(spki: block.der)
    }

    public var pem: String { PEM.encode(spki, label: Self.label) }

    /// Whether `signature` over `message` was made with this key. Ed25519: 64 bytes; P-256: DER, and only DER.
    public func verify(signature: some Collection<UInt8>, message: some Collection<UInt8>) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        return object.with { key in
            signature.withBytes { signature in
                message.withBytes { message in
                    // Init: 1 or failure. Verify: 1 valid, 0 not, negative: the signature is malformed.
                    LibCrypto.isTrue { EVP_DigestVerifyInit(context, nil, algorithm.digest, nil, key) }
                        && LibCrypto.isTrue {
                            EVP_DigestVerify(
                                context,
                                signature.baseAddress,
                                signature.count,
                                message.baseAddress,
                                message.count
                            )
                        }
                }
            }
        }
    }

    static let label = "PUBLIC KEY"
    private static let kind = "public key"
    private static let bytes_max = 91
    private static let pemBytes_max = 4096
}

extension PublicKey: Hashable {
    public static func == (left: PublicKey, right: PublicKey) -> Bool { left.spki == right.spki }
    public func hash(into hasher: inout Hasher) { hasher.combine(spki) }
}

extension PublicKey: CustomStringConvertible {
    public var description: String { "\(algorithm) \(keyID)" }
}

/// The owner of one EVP_PKEY.
///
/// Unchecked: libcrypto counts references atomically and only reads a key after it is made.
final class KeyObject: @unchecked Sendable {
    private let owned: Owned<OpaquePointer>

    init(_ owned: consuming Owned<OpaquePointer>) {
        self.owned = owned
    }

    func with<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try owned.with(body)
    }
}

extension CryptographyError {
    static func unsupportedKey(_ kind: String) -> CryptographyError {
        CryptographyError(
            .unsupportedAlgorithm,
            in: kind,
            "The key is neither Ed25519 nor P-256 (named curve, uncompressed point).",
            remedy: "Make one: openssl genpkey -algorithm ed25519, or -algorithm EC -pkeyopt ec_paramgen_curve:P-256."
        )
    }
}
