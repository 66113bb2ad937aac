import ReleaseDecisions
import Simulation
import Testing
import TimeAndChance
import TrainModel

/// Wavetrain's own agents, upgraded wave by wave.
@Suite struct AgentUpgradeTests {
    private func scene(_ change: (inout World.Options) throws -> Void = { _ in }) throws -> Scene {
        try Scene("", ["agent-upgrade"], from: "2026-11-23T08:00", change)
    }

    @Test func `agents are replaced host by host, and each region of the second wave when somebody lets it`() throws {
        var scene = try scene()
        let id = try scene.start("agent-upgrade", "0.2.0", by: "ana")
        scene.world.run(for: .hours(2))
        #expect(try scene.versions(of: "wavetrain-agent", in: "canary") == ["0.2.0"])
        for region in ["westus3", "northeurope", "southeastasia"] {
            #expect(try scene.versions(of: "wavetrain-agent", in: region) != ["0.2.0"])
            #expect(scene.approve(id, region, as: "platform-1").isAccepted)
            scene.world.run(for: .hours(1))
            #expect(try scene.versions(of: "wavetrain-agent", in: region) == ["0.2.0"])
        }
        #expect(scene.state(id) == .completed)
        #expect(scene.world.sent.allSatisfy { $0.order.hosts.count == 1 }, "one host at a time")
    }

    @Test func `the author lets no region through`() throws {
        var scene = try scene()
        let id = try scene.start("agent-upgrade", "0.2.0", by: "platform-1")
        scene.world.run(for: .hours(2))
        #expect(!scene.approve(id, "westus3", as: "platform-1").isAccepted)
        #expect(scene.approve(id, "westus3", as: "platform-2").isAccepted)
    }
}
