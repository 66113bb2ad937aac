import AgentLink
import ControllerService
import Cryptography
import Foundation
import ReleaseDecisions
import Testing
import TrainModel

@Suite struct BundleTests {
    @Test func `a push under a version that is there with other bytes leaves none of them`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            #expect(try await rig.push("web", "1") == .success(.done))
            let kept = try rig.bundles()
            guard case .failure(let refusal) = try await rig.push("web", "1", bytes: "other") else {
                return #expect(Bool(false), "no refusal")
            }
            #expect(refusal.code == .conflict)
            #expect(try rig.bundles() == kept)
            #expect(try await rig.push("web", "1") == .success(.alreadyDone))
            #expect(try rig.bundles() == kept)
        }
    }

    @Test func `of two pushes of different bytes under one version the loser leaves nothing`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            async let one = rig.push("web", "1", bytes: "one")
            async let two = rig.push("web", "1", bytes: "two")
            let outcomes = try await [one, two]
            #expect(outcomes.count { $0 == .success(.done) } == 1)
            let artifacts = try await controller.artifacts()
            #expect(try rig.bundles() == artifacts.map(\.artifact.digest.hex))
        }
    }

    @Test func `bytes that another version is made of stay when a push of them is refused`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            #expect(try await rig.push("web", "1", bytes: "same") == .success(.done))
            #expect(try await rig.push("web", "2", bytes: "other") == .success(.done))
            let kept = try rig.bundles()
            guard case .failure = try await rig.push("web", "2", bytes: "same") else {
                return #expect(Bool(false), "no refusal")
            }
            #expect(try rig.bundles() == kept)
        }
    }

    @Test func `a host's word that it has a bundle counts without an order, and gets it no byte`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            #expect(try await rig.push("web", "1") == .success(.done))
            let digest = try #require(try await controller.artifacts().first).artifact.digest
            let host = HostKey(region: try #require(RegionName("canary")), host: try #require(HostName("h1")))
            func supply(_ part: BundleWish.Part, _ digest: Digest) async -> BundleSupply {
                await controller.supply(BundleWish(digest: digest, part: part, takesNeighbours: true), to: host)
            }
            guard case .noted = await supply(.held, digest) else { return #expect(Bool(false), "not noted") }
            let unknown = SHA256.digest(of: [1])
            for (part, digest) in [(BundleWish.Part.bytes, digest), (.index, digest), (.held, unknown)] {
                guard case .nothing = await supply(part, digest) else {
                    return #expect(Bool(false), "\(part) is given away")
                }
            }
        }
    }

    @Test func `what a killed push left behind is gone after the next start, and nothing else`() async throws {
        let rig = try await Rig()
        try await rig.running { _ async throws in _ = try await rig.push("web", "1") }
        let kept = try rig.bundles()
        try "half".write(toFile: "\(rig.folder.bundles)/incoming-a1B2c3", atomically: false, encoding: .utf8)
        let again = try await Rig(after: rig)
        #expect(try again.bundles() == kept)
    }
}

extension Rig {
    /// What stands in the folder of bundles, sorted.
    func bundles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.bundles).sorted()
    }
}
