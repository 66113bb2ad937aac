import Cryptography
import Testing

@Suite struct RefusedKeyTests {
    /// The y of all points whose order divides 8, little-endian; 0 and 1 also as p and p + 1.
    private static let smallOrder = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    ]

    @Test(arguments: smallOrder, [UInt8(0), 0x80])
    func `an Ed25519 key of small order is refused`(y: String, sign: UInt8) throws {
        var point = try #require(Hexadecimal.decode(y))
        point[31] |= sign
        expectRefusal(.weakKey) { try PublicKey(spki: ed25519PublicPrefix + point) }
    }

    @Test func `an Ed25519 key in a second spelling is refused`() throws {
        for low in UInt8(0xed)...0xff {
            for high in [UInt8(0x7f), 0xff] {
                let point = [low] + [UInt8](repeating: 0xff, count: 30) + [high]
                expectRefusal(.weakKey) { try PublicKey(spki: ed25519PublicPrefix + point) }
            }
        }
    }

    @Test func `openssl takes a forgery under the identity that we refuse as a key`() throws {
        let openssl = try OpenSSLCommand()
        let identity: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
        try openssl.write(ed25519PublicPrefix + identity, to: "identity.der")
        try openssl.run("pkey", "-pubin", "-inform", "DER", "-in", "identity.der", "-out", "identity.pub")
        try openssl.write("any message", to: "message")
        try openssl.write(identity + [UInt8](repeating: 0, count: 32), to: "forged.sig")
        try openssl.run(
            "pkeyutl",
            "-verify",
            "-rawin",
            "-pubin",
            "-inkey",
            "identity.pub",
            "-in",
            "message",
            "-sigfile",
            "forged.sig"
        )
        expectRefusal(.weakKey) { try PublicKey(pem: openssl.text(of: "identity.pub")) }
    }

    @Test func `a P-256 point off the curve is refused`() throws {
        var spki = try PrivateKey.generate(.p256).publicKey.spki
        spki[spki.count - 1] ^= 1
        expectRefusal(.malformed) { try PublicKey(spki: spki) }
        let origin = spki.dropLast(64) + [UInt8](repeating: 0, count: 64)
        expectRefusal(.malformed) { try PublicKey(spki: origin) }
    }

    @Test(arguments: [
        ["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
        ["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"],
        ["-algorithm", "X25519"],
        ["-algorithm", "ed448"],
    ])
    func `other kinds of keys are refused`(options: [String]) throws {
        let openssl = try OpenSSLCommand()
        try openssl.run(["genpkey", "-out", "key.pem"] + options)
        try openssl.run("pkey", "-in", "key.pem", "-pubout", "-out", "key.pub")
        expectRefusal(.unsupportedAlgorithm) { try PrivateKey(pem: openssl.text(of: "key.pem")) }
        expectRefusal(.unsupportedAlgorithm) { try PublicKey(pem: openssl.text(of: "key.pub")) }
    }

    @Test func `an RSA key of 16,384 bits is refused`() {
        expectRefusal(.unsupportedAlgorithm) { try PublicKey(spki: DER.rsa16384) }
    }

    @Test func `a compressed P-256 point is refused, so that a key has one id`() throws {
        let openssl = try OpenSSLCommand()
        try openssl.write(PrivateKey.generate(.p256).secretPEM(), to: "key.pem")
        try openssl.run("ec", "-in", "key.pem", "-pubout", "-conv_form", "compressed", "-out", "key.pub")
        expectRefusal(.unsupportedAlgorithm) { try PublicKey(pem: openssl.text(of: "key.pub")) }
    }

    @Test func `a private key with another key's public half is refused`() throws {
        let key = try pkcs8(PrivateKey.generate(.p256))
        let other = try pkcs8(PrivateKey.generate(.p256))
        #expect(throws: Never.self) { try PrivateKey(pkcs8: key) }
        expectRefusal(.keyMismatch) { try PrivateKey(pkcs8: key.dropLast(64) + other.suffix(64)) }
    }

    @Test func `a key behind a passphrase is refused without asking for it`() throws {
        let openssl = try OpenSSLCommand()
        try openssl.run("genpkey", "-algorithm", "ed25519", "-aes256", "-pass", "pass:secret", "-out", "modern.pem")
        expectRefusal(.encryptedKey) { try PrivateKey(pem: openssl.text(of: "modern.pem")) }
        try openssl.run("ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", "plain.pem")
        expectRefusal(.malformed) { try PrivateKey(pem: openssl.text(of: "plain.pem")) }
        try openssl.run("ec", "-in", "plain.pem", "-aes256", "-passout", "pass:secret", "-out", "old.pem")
        expectRefusal(.malformed) { try PrivateKey(pem: openssl.text(of: "old.pem")) }
    }

    @Test func `broken PEM is refused`() throws {
        let pem = try PrivateKey.generate(.ed25519).secretPEM()
        let lines = pem.split(separator: "\n").map(String.init)
        let broken = [
            "", "garbage", pem + pem, lines[0...1].joined(separator: "\n"), lines[1...2].joined(separator: "\n"),
            pem.replacing("END PRIVATE", with: "END PUBLIC"), pem.replacing(lines[1], with: ""),
            pem.replacing(lines[1], with: lines[1].dropLast()), lines[0] + "\n" + pem,
            pem.replacing(lines[1], with: "Proc-Type: 4,ENCRYPTED\n\n" + lines[1]),
            PrivateKeyText.withTrailingByte(lines),
        ]
        for text in broken {
            expectRefusal(.malformed, "\(text)") { try PrivateKey(pem: text) }
        }
        expectRefusal(.tooLarge) { try PrivateKey(pem: String(repeating: "x", count: 10_000)) }
        #expect(throws: Never.self) { try PrivateKey(pem: pem.replacing("\n", with: "\r\n")) }
        #expect(throws: Never.self) { try PrivateKey(pem: "a comment\n" + pem) }
    }

    @Test func `an error says where, what and what to do, and shows no secret`() throws {
        let pem = try PrivateKey.generate(.ed25519).secretPEM()
        let error = try #require(throws: CryptographyError.self) { try PublicKey(pem: pem) }
        let text = error.located(at: "/etc/wavetrain/order.pub").description
        #expect(text.hasPrefix("/etc/wavetrain/order.pub: The PEM block is a PRIVATE KEY"))
        #expect(text.contains("[malformed]"))
        #expect(!text.contains(pem.split(separator: "\n")[1]))
    }

    private func pkcs8(_ key: PrivateKey) throws -> [UInt8] {
        let body = try key.secretPEM().split(separator: "\n").dropFirst().dropLast().joined()
        return try #require(Base64.standard.decode(body))
    }
}

private enum PrivateKeyText {
    static func withTrailingByte(_ lines: [String]) -> String {
        let der = (Base64.standard.decode(lines[1]) ?? []) + [0]
        return [lines[0], Base64.standard.encode(der), lines[2]].joined(separator: "\n")
    }
}
