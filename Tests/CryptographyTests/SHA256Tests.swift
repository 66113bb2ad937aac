import Cryptography
import Testing

@Suite struct SHA256Tests {
    // FIPS 180-4 examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `published digests come out`(text: String, hex: String) {
        #expect("\(SHA256.digest(of: text.utf8))" == hex)
    }

    @Test func `a stream in pieces has the digest of the whole`() {
        var hasher = SHA256.Hasher()
        for _ in 0..<1000 { hasher.update([UInt8](repeating: UInt8(ascii: "a"), count: 1000)) }
        #expect("\(hasher.finalize())" == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test func `a digest taken in mid-stream does not end the stream`() {
        var hasher = SHA256.Hasher()
        #expect(hasher.finalize() == SHA256.digest(of: []))
        hasher.update("ab".utf8)
        #expect(hasher.finalize() == SHA256.digest(of: "ab".utf8))
        hasher.update(Array("xcx".utf8)[1...1])
        #expect(hasher.finalize() == SHA256.digest(of: "abc".utf8))
    }
}
