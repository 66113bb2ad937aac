import COpenSSL

/// A certificate before it is signed.
struct CertificateDraft {
    let commonName: String
    let validity: Validity
    let publicKey: PublicKey
    /// libcrypto's number of each extension, and its value as openssl.cnf writes it.
    let extensions: [(nid: Int32, value: String)]

    /// - Parameter issuer: nil for a root, which issues itself.
    func signed(by key: PrivateKey, issuer: Certificate?) throws -> Certificate {
        let draft = try Owned(Self.purpose, release: X509_free) { X509_new() }
        let der = try draft.with { draft in
            try fill(draft)
            if let issuer {
                try Certificate.decode(issuer.der).with { try complete(draft, issuer: $0) }
            } else {
                try complete(draft, issuer: draft)
            }
            // The signature's length, or 0.
            try key.object.with { secret in
                try LibCrypto.perform(Self.purpose) { X509_sign(draft, secret, key.algorithm.digest) }
            }
            return try LibCrypto.encode(Self.purpose) { i2d_X509(draft, $0) }
        }
        return try Certificate(der: der)
    }

    /// Everything that does not depend on the issuer.
    private func fill(_ draft: OpaquePointer) throws {
        // 2 is the number of version 3.
        try LibCrypto.perform(Self.purpose) { X509_set_version(draft, 2) }
        try setSerial(of: draft)
        try LibCrypto.perform(Self.purpose) {
            ASN1_TIME_set(X509_getm_notBefore(draft), Int(validity.notBefore_unix_s)) == nil ? 0 : 1
        }
        try LibCrypto.perform(Self.purpose) {
            ASN1_TIME_set(X509_getm_notAfter(draft), Int(validity.notAfter_unix_s)) == nil ? 0 : 1
        }
        try publicKey.object.with { key in try LibCrypto.perform(Self.purpose) { X509_set_pubkey(draft, key) } }
        let name = Array(commonName.utf8)
        try LibCrypto.perform(Self.purpose) {
            X509_NAME_add_entry_by_NID(
                X509_get_subject_name(draft),
                NID_commonName,
                MBSTRING_UTF8,
                name,
                Int32(name.count),
                -1,
                0
            )
        }
    }

    /// The issuer's name, and the extensions: some of them copy key identifiers from both sides.
    private func complete(_ draft: OpaquePointer, issuer: OpaquePointer) throws {
        try LibCrypto.perform(Self.purpose) { X509_set_issuer_name(draft, X509_get_subject_name(issuer)) }
        var context = X509V3_CTX()
        X509V3_set_ctx(&context, issuer, draft, nil, nil, 0)
        for (nid, value) in extensions {
            let made = try Owned(Self.purpose, release: X509_EXTENSION_free) {
                X509V3_EXT_conf_nid(nil, &context, nid, value)
            }
            // -1 appends; the certificate keeps a copy.
            try made.with { made in try LibCrypto.perform(Self.purpose) { X509_add_ext(draft, made, -1) } }
        }
    }

    private func setSerial(of draft: OpaquePointer) throws {
        var bytes = try SecureRandom.bytes(16)
        // The first bit is set, so that a serial is never zero and always 16 bytes long; 127 bits are chance.
        bytes[0] |= 0x80
        let number = try Owned(Self.purpose, release: BN_free) { BN_bin2bn(bytes, Int32(bytes.count), nil) }
        try number.with { number in
            try LibCrypto.perform(Self.purpose) {
                BN_to_ASN1_INTEGER(number, X509_get_serialNumber(draft)) == nil ? 0 : 1
            }
        }
    }

    private static let purpose = "Making a certificate"
}
