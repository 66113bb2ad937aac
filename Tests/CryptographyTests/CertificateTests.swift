import Cryptography
import Testing

/// 2027-01-15 08:00:00 UTC.
let now_unix_s: Int64 = 1_800_000_000
let day_s: Int64 = 86_400

func makeAuthority(lifetime_s: Int64 = 3650 * day_s) throws -> CertificateAuthority {
    try .create(commonName: "Wavetrain prod", validity: .starting(now_unix_s: now_unix_s, lifetime_s: lifetime_s))
}

func agentTerms(lifetime_s: Int64 = day_s) throws -> CertificateTerms {
    try CertificateTerms(
        peer: PeerName(uri: "wavetrain://prod/westus3/host-1"),
        usages: .clientAuth,
        validity: .starting(now_unix_s: now_unix_s, lifetime_s: lifetime_s)
    )
}

@Suite struct CertificateTests {
    @Test func `a certificate says what its terms say`() throws {
        let authority = try makeAuthority()
        let key = try PrivateKey.generate(.p256)
        let certificate = try authority.issue(for: key.publicKey, under: agentTerms())
        #expect(certificate.publicKey == key.publicKey)
        #expect(try certificate.peerName().uri == "wavetrain://prod/westus3/host-1")
        #expect(certificate.uriNames == ["wavetrain://prod/westus3/host-1"])
        #expect(certificate.dnsNames.isEmpty)
        #expect(certificate.commonName == "host-1")
        #expect(certificate.extendedUsages == .clientAuth)
        #expect(!certificate.isAuthority)
        #expect(certificate.serial.utf8.count == 32)
        #expect(certificate.validity.notBefore_unix_s == now_unix_s - 300)
        #expect(certificate.validity.notAfter_unix_s == now_unix_s + day_s)
        #expect(try certificate.isSigned(by: authority.certificate))
        #expect(try Certificate(pem: certificate.pem) == certificate)
        #expect(try authority.issue(for: key.publicKey, under: agentTerms()).serial != certificate.serial)
    }

    @Test func `openssl agrees about an issued certificate`() throws {
        let openssl = try OpenSSLCommand()
        let authority = try makeAuthority()
        let terms = try CertificateTerms(
            peer: PeerName(uri: "wavetrain://prod/controller"),
            usages: [.serverAuth, .clientAuth],
            validity: .starting(now_unix_s: now_unix_s, lifetime_s: day_s),
            dnsNames: ["controller.example.com", "localhost"],
            ipAddresses: ["127.0.0.1", "::1"]
        )
        let certificate = try authority.issue(for: PrivateKey.generate(.ed25519).publicKey, under: terms)
        try openssl.write(authority.certificate.pem, to: "root.pem")
        try openssl.write(certificate.pem, to: "leaf.pem")
        for purpose in ["sslserver", "sslclient"] {
            try openssl.run(
                "verify",
                "-x509_strict",
                "-check_ss_sig",
                "-purpose",
                purpose,
                "-attime",
                "\(now_unix_s)",
                "-CAfile",
                "root.pem",
                "leaf.pem"
            )
        }
        try openssl.run("verify", "-attime", "\(now_unix_s)", "-verify_ip", "::1", "-CAfile", "root.pem", "leaf.pem")
        let text = try openssl.run("x509", "-in", "leaf.pem", "-noout", "-text", "-serial", "-fingerprint", "-sha256")
        for line in [
            "URI:wavetrain://prod/controller, DNS:controller.example.com, DNS:localhost, IP Address:127.0.0.1",
            "Not Before: Jan 15 07:55:00 2027 GMT", "Not After : Jan 16 08:00:00 2027 GMT", "CA:FALSE",
            "X509v3 Basic Constraints: critical", "X509v3 Key Usage: critical", "Digital Signature\n",
            "TLS Web Client Authentication, TLS Web Server Authentication", "X509v3 Authority Key Identifier",
            "X509v3 Subject Key Identifier", "serial=\(certificate.serial.uppercased())\n",
        ] {
            #expect(text.contains(line), "\(line)")
        }
        #expect(text.replacing(":", with: "").contains("\(certificate.fingerprint)".uppercased()))
        #expect(certificate.dnsNames == ["controller.example.com", "localhost"])
    }

    @Test func `a certificate for one purpose does not serve another`() throws {
        let openssl = try OpenSSLCommand()
        let authority = try makeAuthority()
        try openssl.write(authority.certificate.pem, to: "root.pem")
        try openssl.write(
            authority.issue(for: PrivateKey.generate(.p256).publicKey, under: agentTerms()).pem,
            to: "leaf.pem"
        )
        let common = ["verify", "-attime", "\(now_unix_s)", "-CAfile", "root.pem"]
        try openssl.run(common + ["-purpose", "sslclient", "leaf.pem"])
        #expect(throws: OpenSSLCommand.Failure.self) {
            try openssl.run(common + ["-purpose", "sslserver", "leaf.pem"])
        }
    }

    @Test func `only its own authority has signed a certificate`() throws {
        let authority = try makeAuthority()
        let impostor = try makeAuthority()
        let leaf = try authority.issue(for: PrivateKey.generate(.p256).publicKey, under: agentTerms())
        #expect(try !leaf.isSigned(by: impostor.certificate))
        #expect(try !leaf.isSigned(by: leaf))
        #expect(try authority.certificate.isSigned(by: authority.certificate))
        #expect(authority.certificate.isAuthority)
    }

    @Test func `an authority is loaded from its two files, and only from a pair`() throws {
        let authority = try makeAuthority()
        let other = try makeAuthority()
        let leafKey = try PrivateKey.generate(.p256)
        let leaf = try authority.issue(for: leafKey.publicKey, under: agentTerms())
        let copy = try CertificateAuthority(
            certificatePEM: authority.certificate.pem,
            privateKeyPEM: authority.secretPEM()
        )
        #expect(try copy.issue(for: leafKey.publicKey, under: agentTerms()).isSigned(by: authority.certificate))
        expectRefusal(.keyMismatch) {
            try CertificateAuthority(certificatePEM: authority.certificate.pem, privateKeyPEM: other.secretPEM())
        }
        expectRefusal(.notAnAuthority) {
            try CertificateAuthority(certificatePEM: leaf.pem, privateKeyPEM: leafKey.secretPEM())
        }
    }

    @Test func `a certificate never outlives its authority`() throws {
        let authority = try makeAuthority(lifetime_s: day_s)
        let key = try PrivateKey.generate(.p256).publicKey
        #expect(throws: Never.self) { try authority.issue(for: key, under: agentTerms(lifetime_s: day_s)) }
        expectRefusal(.invalidValidity) {
            try authority.issue(for: key, under: agentTerms(lifetime_s: day_s + 1))
        }
    }

    @Test(arguments: [(10, 10), (20, 10), (0, .max), (.min, 0)] as [(Int64, Int64)])
    func `validity that no certificate can write is refused`(notBefore_unix_s: Int64, notAfter_unix_s: Int64) {
        expectRefusal(.invalidValidity) {
            try Validity(notBefore_unix_s: notBefore_unix_s, notAfter_unix_s: notAfter_unix_s)
        }
        expectRefusal(.invalidValidity) { try Validity.starting(now_unix_s: .max, lifetime_s: .max) }
    }

    @Test(arguments: [
        "", "a,DNS:b", "a b", "-a", "a-", "a..b", "*.example.com", "@section", String(repeating: "a", count: 64),
    ])
    func `a host name that would add another name is refused`(name: String) throws {
        let peer = try PeerName(uri: "wavetrain://prod/controller")
        let validity = try Validity.starting(now_unix_s: now_unix_s, lifetime_s: day_s)
        expectRefusal(.invalidName) {
            try CertificateTerms(peer: peer, usages: .serverAuth, validity: validity, dnsNames: [name])
        }
        expectRefusal(.invalidName) {
            try CertificateTerms(peer: peer, usages: .serverAuth, validity: validity, ipAddresses: [name + ",DNS:x"])
        }
        for address in ["1.2.3", "1.2.3.256", "::1::", "localhost", "1.2.3.4\0"] {
            expectRefusal(.invalidName) {
                try CertificateTerms(peer: peer, usages: .serverAuth, validity: validity, ipAddresses: [address])
            }
        }
    }

    @Test func `a chain is read in order, with one to eight certificates`() throws {
        let authority = try makeAuthority()
        let leaf = try authority.issue(for: PrivateKey.generate(.p256).publicKey, under: agentTerms())
        #expect(
            try Certificate.chain(pem: "leaf:\n" + leaf.pem + "root:\n" + authority.certificate.pem)
                == [leaf, authority.certificate]
        )
        #expect(try Certificate.chain(pem: String(repeating: leaf.pem, count: 8)).count == 8)
        expectRefusal(.malformed) { try Certificate.chain(pem: String(repeating: leaf.pem, count: 9)) }
        expectRefusal(.malformed) { try Certificate.chain(pem: "") }
        expectRefusal(.malformed) { try Certificate.chain(pem: leaf.pem + authority.secretPEM()) }
        expectRefusal(.malformed) { try Certificate(pem: leaf.pem + authority.certificate.pem) }
    }

    @Test func `no bit of a certificate may change`() throws {
        let authority = try makeAuthority()
        let leaf = try authority.issue(for: PrivateKey.generate(.p256).publicKey, under: agentTerms())
        flippingEachBit(of: leaf.der) { altered, bit in
            let isAccepted = (try? Certificate(der: altered).isSigned(by: authority.certificate)) ?? false
            #expect(!isAccepted, "bit \(bit)")
        }
        expectRefusal(.malformed) { try Certificate(der: leaf.der + [0]) }
        expectRefusal(.tooLarge) { try Certificate(der: [UInt8](repeating: 0x30, count: 20_000)) }
        for count in 0..<leaf.der.count {
            expectRefusal(.malformed) { try Certificate(der: leaf.der.prefix(count)) }
        }
    }

    @Test(arguments: [
        "URI:wavetrain://prod/westus3/host-1,URI:wavetrain://prod/westus3/host-2",
        "DNS:host-1.example.com", "URI:https://example.com/",
    ])
    func `a certificate without exactly one peer name names nobody`(names: String) throws {
        let openssl = try OpenSSLCommand()
        try openssl.run(
            "req",
            "-x509",
            "-newkey",
            "ed25519",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
            "-subj",
            "/CN=x",
            "-addext",
            "subjectAltName=\(names)"
        )
        let certificate = try Certificate(pem: openssl.text(of: "cert.pem"))
        expectRefusal(.invalidName) { try certificate.peerName() }
        #expect(certificate.extendedUsages.isEmpty)
    }

    @Test(arguments: ["1.2.3.4=critical,ASN1:UTF8String:x", "subjectAltName=URI:wavetrain://prod/a b"])
    func `a certificate with what nobody understands is refused`(extension: String) throws {
        let openssl = try OpenSSLCommand()
        try openssl.run(
            "req",
            "-x509",
            "-newkey",
            "ed25519",
            "-nodes",
            "-keyout",
            "key.pem",
            "-out",
            "cert.pem",
            "-subj",
            "/CN=x",
            "-addext",
            `extension`
        )
        expectRefusal(.malformed) { try Certificate(pem: openssl.text(of: "cert.pem")) }
    }
}
