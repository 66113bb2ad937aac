import COpenSSL

/// The two kinds of keys that Wavetrain knows. Everything else is refused before libcrypto looks at it.
public enum KeyAlgorithm: String, Hashable, Sendable, CaseIterable {
    /// Ed25519 (RFC 8032): orders, receipts, heads.
    case ed25519
    /// ECDSA over P-256 with SHA-256, signatures in DER: certificates.
    case p256

    /// The start of each SubjectPublicKeyInfo of this kind (RFC 8410, RFC 5480); the key itself fills the rest.
    ///
    /// Only named curves and uncompressed points begin like this, so a key has one encoding and so one id.
    var spkiPrefix: [UInt8] {
        switch self {
        case .ed25519:
            [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]
        case .p256:
            [
                0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
                0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
            ]
        }
    }

    /// Bytes of the key behind the prefix: y with a sign bit, or x and y.
    var keyByteCount: Int {
        switch self {
        case .ed25519: 32
        case .p256: 64
        }
    }

    /// The digest to give to libcrypto; none for Ed25519, which hashes by itself.
    var digest: OpaquePointer? {
        switch self {
        case .ed25519: nil
        case .p256: SHA256.algorithm
        }
    }

    /// libcrypto's number of the one signature algorithm that certificates and requests may carry for this key.
    var signatureNID: Int32 {
        switch self {
        case .ed25519: NID_ED25519
        case .p256: NID_ecdsa_with_SHA256
        }
    }

    /// Nil for every SubjectPublicKeyInfo that is not one of ours to the byte.
    init?(spki: [UInt8]) {
        let match = Self.allCases.first { algorithm in
            spki.count == algorithm.spkiPrefix.count + algorithm.keyByteCount
                && spki.starts(with: algorithm.spkiPrefix)
        }
        guard let match else { return nil }
        self = match
    }
}

extension KeyAlgorithm: CustomStringConvertible {
    public var description: String { rawValue }
}
