import AgentLink
import Cryptography
import EventStore
import Foundation
import ReleaseDecisions
import TestSupport
import Testing
import TrainModel

@testable import ControllerService

@Suite(.timeLimit(.minutes(10))) struct BundleTests {
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

    @Test func `what nothing needs is removed with its index, and comes back when it is pushed again`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            for number in 1...4 { #expect(try await rig.push("web", "\(number)") == .success(.done)) }
            let artifacts = try await controller.artifacts().map(\.artifact)
            let old = try #require(artifacts.first).digest.hex
            try "".write(toFile: "\(rig.folder.bundles)/\(old).index", atomically: false, encoding: .utf8)
            try await controller.removeBundles(by: BundleRule(keep: 2))
            #expect(try rig.bundles() == artifacts.suffix(2).map(\.digest.hex).sorted())
            let fates = try await controller.bundleFates()
            #expect(artifacts.map { fates[$0.digest] } == [.removed, .removed, .kept, .kept])
            #expect(try await controller.stored_bytes(of: artifacts[0].digest) == 0)
            #expect(try await rig.push("web", "1") == .success(.done))
            #expect(try rig.bundles().contains(old))
        }
    }

    @Test
    func `a crash between the decision and the files leaves nothing for long, and a push under way is left alone`()
        async throws
    {
        let rig = try await Rig()
        try await rig.running { _ async throws in
            for number in 1...3 { #expect(try await rig.push("web", "\(number)") == .success(.done)) }
        }
        let pushed = "\(rig.folder.bundles)-pushed"
        try FileManager.default.copyItem(atPath: rig.folder.bundles, toPath: pushed)
        let deciding = try await Rig(after: rig)
        try await deciding.running { controller async throws in
            _ = try await controller.answer(to: .command(.pushArtifact(rig.reference(), ArtifactSource()), by: rig.ana))
            controller.submit(.bundlesLookedAt(BundleRule(keep: 1)))
            try await controller.look().ticket.durable()
        }
        // Decided, and then no more.
        try FileManager.default.removeItem(atPath: rig.folder.bundles)
        try FileManager.default.moveItem(atPath: pushed, toPath: rig.folder.bundles)
        #expect(try rig.bundles().count == 3)
        // Nobody names these: the controller was killed before it had decided about them.
        let orphan = SHA256.digest(of: [1, 2, 3])
        let path = "\(rig.folder.bundles)/\(orphan.hex)"
        try "orphan".write(toFile: path, atomically: false, encoding: .utf8)
        let again = try await Rig(after: deciding)
        try await again.running { controller async throws in
            let newest = try #require(try await controller.artifacts().last { $0.artifact.length_bytes > 0 }).artifact
            try await controller.removeBundles(by: BundleRule(keep: 1))
            // A newer log may name it, however old it is itself.
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSince1970: 0)],
                ofItemAtPath: path
            )
            try await controller.removeBundles(by: BundleRule(keep: 1))
            #expect(try again.bundles() == [newest.digest.hex, orphan.hex].sorted())
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -31 * 86_400)],
                ofItemAtPath: path + ".unknown"
            )
            let upload = try controller.bundles.uploads.begin(orphan, from: 0) { 6 }
            try await controller.removeBundles(by: BundleRule(keep: 1))
            #expect(try again.bundles() == [newest.digest.hex, orphan.hex].sorted())
            controller.bundles.uploads.end(upload) { _ in }
            try await controller.removeBundles(by: BundleRule(keep: 1))
            #expect(try again.bundles() == [newest.digest.hex])
        }
    }

    @Test func `a controller that runs removes old bundles by itself`() async throws {
        let rig = try await Rig(rule: BundleRule(keep: 1))
        try await rig.running { controller async throws in
            for number in 1...3 { #expect(try await rig.push("web", "\(number)") == .success(.done)) }
            // Each push makes it look; it ends when the last look has been, or never.
            try await until { try rig.bundles().count == 1 }
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
    /// Something that has no bytes here.
    fileprivate func reference() throws -> Artifact {
        Artifact(
            name: try #require(ArtifactName("image")),
            version: try #require(Version("1")),
            digest: SHA256.digest(of: [9]),
            length_bytes: 0
        )
    }

    /// What stands in the folder of bundles, sorted.
    func bundles() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.bundles).filter { !$0.hasSuffix(".unknown") }
            .sorted()
    }
}
