import ControllerService
import ReleaseDecisions
import Testing
import TimeAndChance
import TrainModel

@Suite(.timeLimit(.minutes(10))) struct BoundTests {
    /// What one event or one frame cannot hold: text that does not deflate, in one wave or written out for many.
    @Test(arguments: [1, 14])
    func `a plan that could not be written down or sent starts nothing and stops nobody`(waves: Int) async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            _ = try await rig.push("shop", "1")
            let answer = try? await rig.start(Self.plan(waves: waves))
            #expect(answer == nil)
            let releases = try await controller.releases()
            #expect(releases.isEmpty)
            #expect(try await rig.push("shop", "2") == .success(.done))
        }
    }

    private static func plan(waves: Int) -> String {
        var chance = SeededGenerator(seed: 7)
        let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+-")
        let variables = (0..<100).map { index in
            let value = (0..<4_000).map { _ in letters[Int(chance.next() % 64)] }
            return "      V\(index): '\(String(value))'\n"
        }
        let regions = (0..<waves).map { "      wave-\($0): { regions: [region-\($0)] }\n" }
        return """
            wavetrain: 1
            plan: shop
            artifact: { name: shop, version: '\\d+' }
            services: [web]
            stages:
              production:
                variables:

            """ + variables.joined() + "    waves:\n" + regions.joined()
    }
}
