import Cryptography
import Testing

@Suite struct CertificateRequestTests {
    @Test(arguments: KeyAlgorithm.allCases)
    func `openssl reads and verifies our request`(algorithm: KeyAlgorithm) throws {
        let openssl = try OpenSSLCommand()
        let key = try PrivateKey.generate(algorithm)
        let request = try CertificateRequest(for: key)
        try openssl.write(request.pem, to: "request.pem")
        try openssl.run("req", "-in", "request.pem", "-verify", "-noout")
        #expect(try openssl.run("req", "-in", "request.pem", "-pubkey", "-noout") == key.publicKey.pem)
        #expect(try CertificateRequest(pem: request.pem).publicKey == key.publicKey)
    }

    /// Each asks for more than an agent may have.
    @Test(arguments: [
        "subjectAltName=URI:wavetrain://prod/controller",
        "subjectAltName=URI:wavetrain://prod/westus3/host-2",
        "subjectAltName=URI:wavetrain://prod/westus3/host-1,URI:wavetrain://prod/westus3/host-2",
        "subjectAltName=DNS:controller.example.com",
        "subjectAltName=IP:127.0.0.1",
        "subjectAltName=email:ana@example.com",
        "basicConstraints=critical,CA:TRUE",
        "basicConstraints=CA:TRUE,pathlen:9",
        "keyUsage=critical,keyCertSign,cRLSign",
        "extendedKeyUsage=serverAuth",
        "extendedKeyUsage=anyExtendedKeyUsage",
        "extendedKeyUsage=codeSigning,OCSPSigning",
        "nameConstraints=permitted;DNS:example.com",
        "certificatePolicies=1.2.3.4",
        "tlsfeature=status_request",
        "1.2.3.4=critical,ASN1:UTF8String:x",
    ])
    func `nothing of a request is honoured but its public key`(extension: String) throws {
        let openssl = try OpenSSLCommand()
        try openssl.run(
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "key.pem",
            "-subj",
            "/O=Example/CN=controller/CN=admin",
            "-addext",
            `extension`,
            "-out",
            "request.pem"
        )
        let request = try CertificateRequest(pem: openssl.text(of: "request.pem"))
        let authority = try makeAuthority()
        let asked = try authority.issue(for: request.publicKey, under: agentTerms())
        let plain = try authority.issue(
            for: CertificateRequest(for: PrivateKey(pem: openssl.text(of: "key.pem"))).publicKey,
            under: agentTerms()
        )
        try openssl.write(asked.pem, to: "asked.pem")
        try openssl.write(plain.pem, to: "plain.pem")
        #expect(asked.publicKey == plain.publicKey)
        // The whole certificate, serial and signature apart, is the one that an honest request gets.
        #expect(
            try openssl.run("x509", "-in", "asked.pem", "-noout", "-text", "-certopt", "no_serial,no_sigdump")
                == openssl.run("x509", "-in", "plain.pem", "-noout", "-text", "-certopt", "no_serial,no_sigdump")
        )
    }

    @Test(arguments: [["rsa:2048"], ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"], ["ed448"]])
    func `a request with another kind of key is refused`(key: [String]) throws {
        let openssl = try OpenSSLCommand()
        try openssl.run(
            ["req", "-new", "-nodes", "-keyout", "key.pem", "-subj", "/CN=x", "-out", "r.pem", "-newkey"] + key
        )
        expectRefusal(.unsupportedAlgorithm) { try CertificateRequest(pem: openssl.text(of: "r.pem")) }
    }

    @Test func `a request with an RSA key of 16,384 bits is refused before its signature is computed`() throws {
        let body = DER.sequence(DER.integer([0]), DER.sequence(), DER.rsa16384, DER.value(0xa0, []))
        let request = DER.sequence(body, DER.rsa(11), DER.bitString([UInt8](repeating: 0x55, count: 2048)))
        expectRefusal(.unsupportedAlgorithm) { try CertificateRequest(der: request) }
    }

    @Test func `a request with a key of small order is refused`() throws {
        let identity: [UInt8] = [1] + [UInt8](repeating: 0, count: 31)
        let body = DER.sequence(
            DER.integer([0]),
            DER.sequence(),
            ed25519PublicPrefix + identity,
            DER.value(0xa0, [])
        )
        let ed25519 = DER.sequence([0x06, 0x03, 0x2b, 0x65, 0x70])
        let request = DER.sequence(body, ed25519, DER.bitString(identity + [UInt8](repeating: 0, count: 32)))
        expectRefusal(.weakKey) { try CertificateRequest(der: request) }
    }

    @Test func `a request for somebody else's key is refused`() throws {
        let ours = try CertificateRequest(for: PrivateKey.generate(.ed25519)).der
        let theirs = try PrivateKey.generate(.ed25519).publicKey.spki
        let start = try #require(ours.indices.first { ours[$0...].starts(with: ed25519PublicPrefix) })
        var stolen = ours
        stolen.replaceSubrange(start..<(start + theirs.count), with: theirs)
        expectRefusal(.noProofOfPossession) { try CertificateRequest(der: stolen) }
    }

    @Test func `a signature with another digest proves nothing`() throws {
        let openssl = try OpenSSLCommand()
        try openssl.run(
            "req",
            "-new",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            "key.pem",
            "-sha1",
            "-subj",
            "/CN=x",
            "-out",
            "request.pem"
        )
        expectRefusal(.noProofOfPossession) { try CertificateRequest(pem: openssl.text(of: "request.pem")) }
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func `no bit of a request may change`(algorithm: KeyAlgorithm) throws {
        let request = try CertificateRequest(for: PrivateKey.generate(algorithm))
        flippingEachBit(of: request.der) { altered, bit in
            #expect(throws: CryptographyError.self, "bit \(bit)") { try CertificateRequest(der: altered) }
        }
        for count in 0..<request.der.count {
            expectRefusal(.malformed) { try CertificateRequest(der: request.der.prefix(count)) }
        }
        expectRefusal(.malformed) { try CertificateRequest(der: request.der + [0]) }
        expectRefusal(.tooLarge) { try CertificateRequest(der: [UInt8](repeating: 0, count: 20_000)) }
    }
}
