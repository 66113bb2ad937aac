import Cryptography
import NIOCore
import NIOPosix
import Synchronization
import TLSChannel
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

/// Two hosts of a region and their controller, over real sockets.
@Suite(.timeLimit(.minutes(1)))
struct NeighbourTests {
    private static let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
    private static let digest = SHA256.digest(of: bytes)
    private static let length_bytes = UInt64(bytes.count)
    private let giver = Sample.host(1)
    private let taker = Sample.host(2)

    /// A controller that sends whoever takes neighbours to the giver, which has these bytes.
    private func withNeighbours(
        giverHas held: [UInt8]? = bytes,
        identity: (TestCluster) throws -> TLSIdentity,
        named: HostName? = nil,
        _ body: (TestController, Folder) async throws -> Void
    ) async throws {
        try await Folder.with { folder in
            try await TestController.run { controller in
                let source = BundleFile(path: folder.file("source", Self.bytes), length_bytes: Self.length_bytes)
                let shelf = held.map { BundleFile(path: folder.file("held", $0), length_bytes: UInt64($0.count)) }
                let listener = try await NeighbourListener.start(
                    NeighbourListener.Configuration(
                        cluster: controller.cluster.name,
                        own: giver,
                        host: "127.0.0.1",
                        port: 0,
                        identity: identity(controller.cluster),
                        authorityPEM: controller.cluster.authorityPEM
                    ),
                    shelf: { $0 == Self.digest ? shelf : nil },
                    group: MultiThreadedEventLoopGroup.singleton,
                    logger: .silent
                )
                let address = try #require(NetworkAddress(host: "127.0.0.1", port: listener.port))
                let neighbour = BundleNeighbour(host: named ?? giver.host, address: address)
                controller.service.behaviour.withLock {
                    $0.bundles[Self.digest] = source
                    $0.supply = { wish, _ in wish.takesNeighbours ? .neighbours([neighbour]) : nil }
                }
                defer { listener.stop() }
                try await body(controller, folder)
            }
        }
    }

    private func fetch(_ controller: TestController, _ folder: Folder, as host: HostKey) async throws -> BundleTally {
        let path = folder.path + "/target"
        let tally = try await controller.agent(host).bundles.fetch(
            Self.digest,
            length_bytes: Self.length_bytes,
            into: path
        )
        #expect(Folder.read(path) == Self.bytes)
        return tally
    }

    @Test func `a bundle comes from the neighbour that the controller names`() async throws {
        try await withNeighbours(identity: { try $0.agent(giver) }) { controller, folder in
            let tally = try await fetch(controller, folder, as: taker)
            #expect(tally.neighbours_bytes == Self.length_bytes)
            #expect(tally.controller_bytes == 0)
        }
    }

    @Test func `a neighbour that has no such bundle sends nobody away empty`() async throws {
        try await withNeighbours(giverHas: nil, identity: { try $0.agent(giver) }) { controller, folder in
            let tally = try await fetch(controller, folder, as: taker)
            #expect(tally.controller_bytes == Self.length_bytes)
        }
    }

    @Test func `a neighbour with other bytes costs one more fetch, from the controller`() async throws {
        let wrong = Self.bytes.dropLast() + [1]
        try await withNeighbours(giverHas: Array(wrong), identity: { try $0.agent(giver) }) { controller, folder in
            let tally = try await fetch(controller, folder, as: taker)
            #expect(tally.neighbours_bytes == Self.length_bytes)
            #expect(tally.controller_bytes == Self.length_bytes)
        }
    }

    @Test func `a neighbour that is another host than the controller named gets nothing to say`() async throws {
        // Another host's certificate; one of another cluster; the controller's own.
        let identities: [(TestCluster) throws -> TLSIdentity] = [
            { try $0.agent(Sample.host(3)) },
            { _ in try TestCluster("other").agent(giver) },
            { try $0.controller() },
        ]
        for identity in identities {
            try await withNeighbours(identity: identity) { controller, folder in
                let tally = try await fetch(controller, folder, as: taker)
                #expect(tally.neighbours_bytes == 0)
                #expect(tally.controller_bytes == Self.length_bytes)
            }
        }
    }

    @Test func `hosts of other regions, of other clusters and controllers are given nothing`() async throws {
        try await withNeighbours(identity: { try $0.agent(giver) }) { controller, folder in
            let stranger = HostKey(region: Sample.name("elsewhere"), host: giver.host)
            let tally = try await fetch(controller, folder, as: stranger)
            #expect(tally.neighbours_bytes == 0)
        }
    }
}
