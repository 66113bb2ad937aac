import Cryptography
import Testing

@Suite struct PeerNameTests {
    @Test func `agents and the controller are read and written the same`() throws {
        let agent = try PeerName(uri: "wavetrain://prod/westus3/host-1")
        #expect(agent.role == .agent)
        #expect("\(agent.cluster)" == "prod")
        #expect(agent.uri == "wavetrain://prod/westus3/host-1")
        let controller = try PeerName(uri: "wavetrain://prod/controller")
        #expect(controller.role == .controller)
        #expect(controller.uri == "wavetrain://prod/controller")
    }

    @Test func `a region called controller is a region`() throws {
        #expect(try PeerName(uri: "wavetrain://prod/controller/host-1").role == .agent)
        #expect(try PeerName(uri: "wavetrain://controller/controller").role == .controller)
    }

    @Test(arguments: [
        "", "wavetrain:", "wavetrain://", "wavetrain://prod", "wavetrain://prod/", "wavetrain://prod/host",
        "wavetrain://prod/westus3/", "wavetrain://prod//host-1", "wavetrain:///westus3/host-1",
        "wavetrain://prod/westus3/host-1/", "wavetrain://prod/westus3/host-1/x", "wavetrain://prod/controller/",
        "Wavetrain://prod/westus3/host-1", "https://prod/westus3/host-1", "wavetrain:/prod/westus3/host-1",
        "wavetrain:/x/prod/westus3/host-1", "wavetrain://prod/westus3/Host-1", "wavetrain://prod/westus3/host%2d1",
        "wavetrain://prod/westus3/..", "wavetrain://prod/westus3/host-1?", "wavetrain://prod/westus3/host-1#x",
        "wavetrain://a@prod/westus3/host-1", "wavetrain://prod:1/westus3/host-1", " wavetrain://prod/westus3/host-1",
        "wavetrain://prod/westus3/host-1\n", "wavetrain://prod/westus3/host-1\0", "wavetrain://prod/westus3/höst",
        "wavetrain://prod/westus3/host-1,URI:x", "wavetrain://prod/westus3/" + String(repeating: "h", count: 64),
    ])
    func `every other URI is refused`(uri: String) {
        expectRefusal(.invalidName) { try PeerName(uri: uri) }
    }
}
