import ControllerService
import Cryptography
import EventStore
import Foundation
import Logging
import NIOCore
import PlanLanguage
import ReleaseDecisions
import Synchronization
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@Suite(.timeLimit(.minutes(10))) struct ControllerTests {
    @Test func `a command is answered only when what it decided is durable`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            rig.store.holdCommits()
            let answered = Mutex(false)
            let command = Task {
                let answer = try await rig.push("web", "1")
                answered.withLock { $0 = true }
                return answer
            }
            try await until { try rig.enqueuedEvents() >= 2 }
            #expect(answered.withLock { $0 } == false)
            rig.store.releaseCommits()
            #expect(try await command.value == .success(.done))
        }
    }

    @Test func `what a controller decided is there after it starts again, under a higher epoch`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            _ = try await rig.push("web", "1")
            let versions = try await controller.artifacts().map(\.artifact.version.text)
            #expect(versions == ["1"])
        }
        let again = try await Rig(after: rig)
        try await again.running { controller async throws in
            let versions = try await controller.artifacts().map(\.artifact.version.text)
            #expect(versions == ["1"])
        }
        let kinds = try await rig.store.records(after: 0, limit: 100).map(\.kind)
        #expect(kinds == ["epoch_began", "artifact_pushed", "epoch_began"])
    }

    @Test func `a broken plan starts nothing and all its mistakes are named`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            await #expect(throws: (any Error).self) {
                try await controller.startRelease(Rig.wish("wavetrain: 1\nplan: shop\nstagess: {}\n"), by: rig.ana)
            }
            let releases = try await controller.releases()
            #expect(releases.isEmpty)
        }
    }

    @Test func `a version that the plan's pattern does not match is refused`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            _ = try await rig.push("shop", "latest")
            let answer = try await controller.startRelease(Rig.wish(Rig.plan, version: "latest"), by: rig.ana)
            guard case .failure(let refusal) = answer else { return #expect(Bool(false), "no refusal") }
            #expect(refusal.code == .invalid)
        }
    }

    @Test func `a bundle that is not what was announced is refused and leaves nothing`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            await #expect(throws: ControllerError.self) {
                _ = try await rig.push("web", "1", announcing: SHA256.digest(of: "other".utf8))
            }
            let left = try FileManager.default.contentsOfDirectory(atPath: rig.folder.bundles)
            #expect(left.isEmpty)
            let artifacts = try await controller.artifacts()
            #expect(artifacts.isEmpty)
        }
    }

    @Test func `a join token is given out once and only its digest is kept`() async throws {
        let rig = try await Rig()
        try await rig.running { controller async throws in
            let region = try #require(RegionName("canary"))
            let answer = try await controller.makeJoinToken(region: region, lifetime: .hours(1), by: rig.ana)
            let text = try answer.get()
            for record in try await rig.store.records(after: 0, limit: 100) {
                #expect(!String(decoding: record.body, as: UTF8.self).contains(text))
            }
        }
    }
}

/// A folder that is gone with the last who uses it.
private final class TemporaryPlace: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("wavetrain-\(UUID())").path

    deinit {
        do { try FileManager.default.removeItem(atPath: path) } catch { Issue.record("\(path) stays: \(error)") }
    }
}

/// A controller in a folder of its own.
struct Rig {
    static let plan = """
        wavetrain: 1
        plan: shop
        artifact: { name: shop, version: '\\d+' }
        services: [web]
        stages:
          production:
            regions: [canary]
        """

    let store: InMemoryEventStore
    let folder: DataFolder
    let controller: Controller
    let ana: Actor

    private let place: TemporaryPlace

    /// - Parameter earlier: whose log and folder this one goes on with.
    init(
        after earlier: Rig? = nil,
        rule: BundleRule = BundleRule(keep: 1_000),
        bundles: (_ folder: String) -> BundleStore = { BundleStore(folder: $0) }
    )
        async throws
    {
        let cluster = try #require(ClusterName("test"))
        place = earlier?.place ?? TemporaryPlace()
        folder = try DataFolder(path: place.path)
        store = earlier?.store ?? InMemoryEventStore(cluster: cluster)
        ana = Actor(name: try #require(PersonName("ana")), groups: [])
        controller = try await Controller(
            store: store,
            bundles: bundles(folder.bundles),
            keys: ControllerKeys(
                folder: folder.keys,
                cluster: cluster,
                dnsNames: ["localhost"],
                addresses: ["127.0.0.1"],
                mayMake: true
            ),
            log: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            bundleRule: rule
        )
    }

    /// A release of a plan as it is written.
    static func wish(_ plan: String, version: String? = nil) -> ReleaseWish {
        var wish = ReleaseWish(.written(PlanSources(file: "plan.yaml", main: Array(plan.utf8))))
        wish.allVersions = version.flatMap { Version($0) }
        return wish
    }

    /// Runs the controller around `body`.
    func running(_ body: (Controller) async throws -> Void) async throws {
        let task = Task { try await controller.run() }
        let result: Result<Void, any Error>
        do { result = .success(try await body(controller)) } catch { result = .failure(error) }
        task.cancel()
        // Whatever follows in its folder has it alone.
        _ = await task.result
        try result.get()
    }

    func enqueuedEvents() throws -> UInt64 { try store.enqueue([]).head.sequence }

    func push(
        _ name: String,
        _ version: String,
        bytes: String? = nil,
        announcing: Digest? = nil
    ) async throws -> Result<Accepted, Refusal> {
        let bytes = ByteBuffer(string: bytes ?? "bytes of \(name) \(version)")
        return try await controller.pushBundle(
            name: #require(ArtifactName(name)),
            version: #require(Version(version)),
            expected: announcing ?? SHA256.digest(of: Array(bytes.readableBytesView)),
            length_bytes: UInt64(bytes.readableBytes),
            chunks: AsyncThrowingStream<ByteBuffer, any Error> { continuation in
                continuation.yield(bytes)
                continuation.finish()
            },
            by: ana
        )
    }
}
