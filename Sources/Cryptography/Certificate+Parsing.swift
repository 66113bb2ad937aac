import COpenSSL
import Glibc
import TrainModel

extension Certificate {
    /// Copies what Wavetrain reads of a certificate out of libcrypto's object.
    init(der: [UInt8], x509: OpaquePointer) throws {
        let canonical = try LibCrypto.encode("Writing a certificate") { i2d_X509(x509, $0) }
        guard canonical == der else { throw CryptographyError.malformed(Self.kind, "It is BER, not DER.") }
        let flags = X509_get_extension_flags(x509)
        // Broken or repeated extensions; and critical ones that nobody here would honour.
        guard flags & UInt32(EXFLAG_INVALID | EXFLAG_CRITICAL) == 0 else {
            throw CryptographyError.malformed(
                Self.kind,
                "It has broken extensions, or critical ones that are unknown.",
                reasons: LibCrypto.drainErrors()
            )
        }
        let names = try Self.alternativeNames(x509)
        self.init(
            der: der,
            fingerprint: SHA256.digest(of: der),
            serial: try Self.serial(x509),
            commonName: Self.commonName(X509_get_subject_name(x509)),
            publicKey: try PublicKey(
                spki: LibCrypto.encode("Reading a certificate's key") {
                    i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), $0)
                }
            ),
            validity: try Self.validity(x509),
            uriNames: names.uri,
            dnsNames: names.dns,
            extendedUsages: ExtendedUsages(libraryFlags: X509_get_extended_key_usage(x509)),
            isAuthority: flags & UInt32(EXFLAG_CA) != 0
        )
    }

    private static func serial(_ x509: OpaquePointer) throws -> String {
        let purpose = "Reading a serial number"
        let number = try Owned(purpose, release: BN_free) { ASN1_INTEGER_to_BN(X509_get0_serialNumber(x509), nil) }
        return try number.with { number in
            // RFC 5280: positive, at most 20 octets.
            let count = (Int(BN_num_bits(number)) + 7) / 8
            guard BN_is_negative(number) == 0, (1...20).contains(count) else {
                throw CryptographyError.malformed(kind, "Its serial number is not a positive number of 20 bytes.")
            }
            var bytes = [UInt8](repeating: 0, count: count)
            try LibCrypto.perform(purpose) { BN_bn2bin(number, &bytes) }
            return Hexadecimal.encode(bytes)
        }
    }

    static func validity(_ x509: OpaquePointer) throws -> Validity {
        try Validity(
            notBefore_unix_s: unixSeconds(X509_get0_notBefore(x509)),
            notAfter_unix_s: unixSeconds(X509_get0_notAfter(x509))
        )
    }

    private static func unixSeconds(_ time: UnsafePointer<ASN1_TIME>?) throws -> Int64 {
        var parts = tm()
        try LibCrypto.perform("Reading a certificate's time") { ASN1_TIME_to_tm(time, &parts) }
        return Int64(timegm(&parts))
    }

    static func commonName(_ name: OpaquePointer?) -> String? {
        let index = X509_NAME_get_index_by_NID(name, NID_commonName, -1)
        guard index >= 0, X509_NAME_get_index_by_NID(name, NID_commonName, index) < 0 else { return nil }
        var utf8: UnsafeMutablePointer<UInt8>?
        let count = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)))
        guard count >= 0, let utf8 else { return nil }
        defer { CRYPTO_free(utf8, #file, #line) }
        return String(validating: UnsafeBufferPointer(start: utf8, count: Int(count)), as: UTF8.self)
    }

    private static func alternativeNames(_ x509: OpaquePointer) throws -> (uri: [String], dns: [String]) {
        // -1: no such extension; -2: several, which X509_get_extension_flags has refused.
        var presence: Int32 = 0
        guard let found = X509_get_ext_d2i(x509, NID_subject_alt_name, &presence, nil) else {
            guard presence == -1 else {
                throw CryptographyError.malformed(
                    kind,
                    "Its alternative names are broken.",
                    reasons: LibCrypto.drainErrors()
                )
            }
            return ([], [])
        }
        let names = Owned(owning: OpaquePointer(found), release: GENERAL_NAMES_free)
        return try names.with { names in
            var uri: [String] = []
            var dns: [String] = []
            for index in 0..<OPENSSL_sk_num(names) {
                guard let value = OPENSSL_sk_value(names, index) else { continue }
                let name = value.assumingMemoryBound(to: GENERAL_NAME.self).pointee
                switch name.type {
                case GEN_URI: uri.append(try printable(name.d.uniformResourceIdentifier))
                case GEN_DNS: dns.append(try printable(name.d.dNSName))
                default: continue
                }
            }
            return (uri, dns)
        }
    }

    /// A name with a NUL or a control character reads differently in C, in a log and here: it is refused.
    private static func printable(_ string: UnsafePointer<ASN1_STRING>?) throws -> String {
        let bytes = UnsafeBufferPointer(start: ASN1_STRING_get0_data(string), count: Int(ASN1_STRING_length(string)))
        guard !bytes.isEmpty, bytes.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw CryptographyError.malformed(kind, "A name in it is empty or not printable ASCII.")
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private init(
        der: [UInt8],
        fingerprint: Digest,
        serial: String,
        commonName: String?,
        publicKey: PublicKey,
        validity: Validity,
        uriNames: [String],
        dnsNames: [String],
        extendedUsages: ExtendedUsages,
        isAuthority: Bool
    ) {
        self.der = der
        self.fingerprint = fingerprint
        self.serial = serial
        self.commonName = commonName
        self.publicKey = publicKey
        self.validity = validity
        self.uriNames = uriNames
        self.dnsNames = dnsNames
        self.extendedUsages = extendedUsages
        self.isAuthority = isAuthority
    }
}
