import HTTPCalls
import Testing

@Suite struct LoopbackTests {
    @Test(arguments: ["localhost", "::1", "[::1]", "127.0.0.1", "127.255.0.9"])
    func `a machine reaches itself by these`(host: String) {
        #expect(Loopback.contains(host))
    }

    @Test(arguments: [
        "127.example.com", "127.0.0.1.example.com", "127.1", "127.0.0.256", "localhost.example.com", "::2", "",
    ])
    func `what only looks like it is somebody else`(host: String) {
        #expect(!Loopback.contains(host))
    }
}
