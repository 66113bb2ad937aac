import Cryptography
import Testing

@Suite struct TextEncodingTests {
    // RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `base64 agrees with RFC 4648`(text: String, encoded: String) {
        let unpadded = encoded.replacing("=", with: "")
        #expect(Base64.standard.encode(text.utf8) == encoded)
        #expect(Base64.standard.decode(encoded) == Array(text.utf8))
        #expect(Base64.urlSafe.encode(text.utf8) == unpadded)
        #expect(Base64.urlSafe.decode(unpadded) == Array(text.utf8))
    }

    @Test func `all bytes survive both alphabets`() {
        let bytes = Array(UInt8.min...UInt8.max)
        for alphabet in [Base64.standard, .urlSafe] {
            #expect(alphabet.decode(alphabet.encode(bytes)) == bytes)
        }
        #expect(Base64.standard.encode([0xfb, 0xff]) == "+/8=")
        #expect(Base64.urlSafe.encode([0xfb, 0xff]) == "-_8")
    }

    @Test(arguments: [
        "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z", "Zm 9v", "Zm9v\n", "=", "====", "Z===", "Zg==Zg==", "-_8=",
    ])
    func `a second spelling of base64 is refused`(text: String) {
        #expect(Base64.standard.decode(text) == nil)
    }

    @Test(arguments: ["Zg==", "Zh", "Zm9", "Z", "+/8", "Zm9v ", "Zm9vé"])
    func `a second spelling of URL-safe base64 is refused`(text: String) {
        #expect(Base64.urlSafe.decode(text) == nil)
    }

    @Test func `hexadecimal has one spelling`() {
        #expect(Hexadecimal.encode([0x00, 0xa5, 0xff]) == "00a5ff")
        #expect(Hexadecimal.decode("00a5ff") == [0x00, 0xa5, 0xff])
        for text in ["0", "0A", "0g", " 00", "0x00"] { #expect(Hexadecimal.decode(text) == nil) }
    }

    @Test func `comparison in constant time compares`() {
        #expect(ConstantTime.equal([1, 2, 3], [1, 2, 3]))
        #expect(ConstantTime.equal([], []))
        #expect(!ConstantTime.equal([1, 2, 3], [1, 2, 4]))
        #expect(!ConstantTime.equal([1, 2], [1, 2, 0]))
    }

    @Test func `random bytes do not repeat`() throws {
        #expect(try SecureRandom.bytes(0).isEmpty)
        #expect(try SecureRandom.bytes(32).count == 32)
        #expect(try SecureRandom.bytes(32) != SecureRandom.bytes(32))
    }
}
