import Cryptography
import Testing

/// PKCS#8 and SubjectPublicKeyInfo around the raw halves of an Ed25519 key (RFC 8410).
let ed25519SecretPrefix: [UInt8] = [
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
]
let ed25519PublicPrefix: [UInt8] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]

@Suite(.timeLimit(.minutes(10))) struct KeyTests {
    // RFC 8032, section 7.1: tests 1, 2 and 3.
    @Test(arguments: [
        [
            "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
            "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            "",
            "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
                + "d25bf5f0595bbe24655141438e7a100b",
        ],
        [
            "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c"
                + "387b2eaeb4302aeeb00d291612bb0c00",
        ],
        [
            "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
            "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
            "af82",
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc659"
                + "4a7c15e9716ed28dc027beceea1ec40a",
        ],
    ])
    func `RFC 8032 keys make RFC 8032 signatures`(vector: [String]) throws {
        let bytes = try vector.map { try #require(Hexadecimal.decode($0)) }
        let key = try PrivateKey(pkcs8: ed25519SecretPrefix + bytes[0])
        #expect(key.publicKey.spki == ed25519PublicPrefix + bytes[1])
        #expect(try key.sign(bytes[2]) == bytes[3])
        #expect(key.publicKey.verify(signature: bytes[3], message: bytes[2]))
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func `a key survives PEM and verifies what it signs`(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let copy = try PrivateKey(pem: key.secretPEM())
        let publicCopy = try PublicKey(pem: key.publicKey.pem)
        #expect(copy.algorithm == algorithm)
        #expect(copy.publicKey == key.publicKey)
        #expect(publicCopy == key.publicKey)
        #expect(publicCopy.keyID == "\(SHA256.digest(of: key.publicKey.spki))")
        let signature = try copy.sign("order".utf8)
        #expect(publicCopy.verify(signature: signature, message: "order".utf8))
        #expect(!publicCopy.verify(signature: signature, message: "Order".utf8))
        #expect(try !PrivateKey.generate(algorithm).publicKey.verify(signature: signature, message: "order".utf8))
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func `no bit of a signature may change`(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let signature = try key.sign("order".utf8)
        flippingEachBit(of: signature) { altered, bit in
            #expect(!key.publicKey.verify(signature: altered, message: "order".utf8), "bit \(bit)")
        }
        #expect(!key.publicKey.verify(signature: signature + [0], message: "order".utf8))
        #expect(!key.publicKey.verify(signature: [], message: "order".utf8))
    }

    @Test(arguments: KeyAlgorithm.allCases)
    func `openssl and we verify each other`(algorithm: KeyAlgorithm) throws {
        let openssl = try OpenSSLCommand()
        let ours = try PrivateKey.generate(algorithm)
        try openssl.write("message", to: "message")
        try openssl.write(ours.publicKey.pem, to: "ours.pub")
        try openssl.write(ours.sign("message".utf8), to: "ours.sig")
        switch algorithm {
        case .ed25519:
            try openssl.run("genpkey", "-algorithm", "ed25519", "-out", "theirs.key")
            try openssl.run(
                "pkeyutl",
                "-sign",
                "-rawin",
                "-inkey",
                "theirs.key",
                "-in",
                "message",
                "-out",
                "theirs.sig"
            )
            try openssl.run(
                "pkeyutl",
                "-verify",
                "-rawin",
                "-pubin",
                "-inkey",
                "ours.pub",
                "-in",
                "message",
                "-sigfile",
                "ours.sig"
            )
        case .p256:
            try openssl.run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "theirs.key")
            try openssl.run("dgst", "-sha256", "-sign", "theirs.key", "-out", "theirs.sig", "message")
            try openssl.run("dgst", "-sha256", "-verify", "ours.pub", "-signature", "ours.sig", "message")
        }
        try openssl.run("pkey", "-in", "theirs.key", "-pubout", "-out", "theirs.pub")
        let theirs = try PublicKey(pem: openssl.text(of: "theirs.pub"))
        #expect(theirs.verify(signature: try openssl.bytes(of: "theirs.sig"), message: "message".utf8))
        #expect(try PrivateKey(pem: openssl.text(of: "theirs.key")).publicKey == theirs)

        try openssl.write(ours.secretPEM(), to: "ours.key")
        try openssl.run("pkey", "-in", "ours.key", "-pubout", "-out", "derived.pub")
        #expect(try openssl.text(of: "derived.pub") == ours.publicKey.pem)
    }

    @Test func `a key may be used by many threads at once`() async throws {
        let key = try PrivateKey.generate(.p256)
        let valid = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let message = [UInt8(number)]
                    return key.publicKey.verify(signature: try key.sign(message), message: message)
                }
            }
            return try await group.reduce(into: 0) { count, isValid in count += isValid ? 1 : 0 }
        }
        #expect(valid == 100)
    }

    @Test func `a private key is not in its description`() throws {
        let key = try PrivateKey.generate(.ed25519)
        #expect("\(key)" == "private key of ed25519 \(key.publicKey.keyID)")
    }
}
