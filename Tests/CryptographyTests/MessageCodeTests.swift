import Cryptography
import Testing
import TrainModel

@Suite struct MessageCodeTests {
    @Test func `the codes are those of RFC 4231`() throws {
        let short = try MessageCode.code(of: "what do ya want for nothing?".utf8, key: "Jefe".utf8)
        #expect(short.hex == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        let long = try MessageCode.code(
            of: "Test Using Larger Than Block-Size Key - Hash Key First".utf8,
            key: [UInt8](repeating: 0xaa, count: 131)
        )
        #expect(long.hex == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54")
    }

    @Test func `nothing has a code too, and another key gives another`() throws {
        let one = try MessageCode.code(of: [], key: [1])
        #expect(try one != MessageCode.code(of: [], key: [2]))
    }
}
