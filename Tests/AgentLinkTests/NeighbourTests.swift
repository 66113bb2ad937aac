import Cryptography
import NIOCore
import NIOPosix
import SignedEnvelopes
import Synchronization
import TLSChannel
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

/// Two hosts of a region and their controller, over real sockets.
@Suite(.timeLimit(.minutes(3)))
struct NeighbourTests {
    private static let bytes = (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
    private static let digest = SHA256.digest(of: bytes)
    private static let length_bytes = UInt64(bytes.count)
    private let giver = Sample.host(1)
    private let taker = Sample.host(2)
    private let orderKey: PrivateKey

    init() throws { orderKey = try PrivateKey.generate(.ed25519) }

    private func grant(to host: HostKey) -> BundleGrant {
        BundleGrant(
            cluster: Sample.name("prod"),
            host: host,
            digest: Self.digest,
            expires: WallClock.now() + .minutes(5)
        )
    }

    /// A controller that sends whoever takes neighbours to the giver, which has these bytes.
    private func withNeighbours(
        giverHas held: [UInt8]? = bytes,
        identity: (TestCluster) throws -> TLSIdentity,
        grant: [UInt8]? = nil,
        clock: @escaping @Sendable () -> Instant? = WallClock.now,
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
                        authorityPEM: controller.cluster.authorityPEM,
                        grants: Verifier([orderKey.publicKey]),
                        clock: clock
                    ),
                    shelf: { $0 == Self.digest ? shelf : nil },
                    group: MultiThreadedEventLoopGroup.singleton,
                    logger: .silent
                )
                let address = try #require(NetworkAddress(host: "127.0.0.1", port: listener.port))
                try introduce(at: [address], grant, controller, source)
                defer { listener.stop() }
                try await body(controller, folder)
            }
        }
    }

    /// - Parameter grant: nil: the right one for whoever asks.
    private func introduce(
        at addresses: [NetworkAddress],
        _ grant: [UInt8]? = nil,
        _ controller: TestController,
        _ source: BundleFile
    ) throws {
        let neighbours = addresses.map { BundleNeighbour(host: giver.host, address: $0) }
        let key = orderKey
        controller.service.behaviour.withLock {
            $0.bundles[Self.digest] = source
            $0.supply = { wish, host in
                guard wish.takesNeighbours else { return nil }
                do {
                    return .neighbours(neighbours, grant: try grant ?? self.grant(to: host).sealed(with: key))
                } catch {
                    return .nothing
                }
            }
        }
    }

    /// A neighbour with the right certificate that does as the test says; the bundle comes from the controller.
    private func withHostileNeighbour(
        serve:
            @escaping @Sendable (
                NIOAsyncChannelInboundStream<ByteBuffer>, NIOAsyncChannelOutboundWriter<ByteBuffer>
            ) async throws -> Void
    ) async throws -> BundleTally {
        var tally = BundleTally()
        try await Folder.with { folder in
            try await TestController.run { controller in
                let source = BundleFile(path: folder.file("source", Self.bytes), length_bytes: Self.length_bytes)
                try await RawPeer.listen(
                    identity: controller.cluster.agent(giver),
                    authorityPEM: controller.cluster.authorityPEM,
                    .bundle,
                    serve: { inbound, outbound, _ in try await serve(inbound, outbound) }
                ) { address in
                    try introduce(at: [address], nil, controller, source)
                    tally = try await fetch(controller, folder, as: taker)
                }
            }
        }
        return tally
    }

    private static func asked(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws {
        var reader = FrameReader(limit: .introduction)
        var incoming = inbound.makeAsyncIterator()
        _ = try await RawPeer.frame(&reader, &incoming)
    }

    private static func chunk(_ bytes: some Collection<UInt8>) -> ByteBuffer {
        var frame = ByteBuffer()
        BundleChunk.writeHead(into: &frame, chunk_bytes: bytes.count)
        frame.writeBytes(bytes)
        return frame
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

    @Test func `a neighbour that dies in the middle has given what it gave, and the controller gives the rest`()
        async throws
    {
        let half = 100_000
        let tally = try await withHostileNeighbour { inbound, outbound in
            try await Self.asked(inbound)
            try await outbound.write(BundleAnswer.headerFrame(length_bytes: Self.length_bytes))
            try await outbound.write(Self.chunk(Self.bytes.prefix(half)))
        }
        #expect(tally.neighbours_bytes == UInt64(half))
        #expect(tally.controller_bytes == Self.length_bytes - UInt64(half))
    }

    @Test func `a neighbour that takes a request and says nothing is left`() async throws {
        let tally = try await withHostileNeighbour { inbound, _ in for try await _ in inbound {} }
        #expect(tally.controller_bytes == Self.length_bytes)
    }

    @Test func `a neighbour that only ever asks for patience gets none`() async throws {
        let tally = try await withHostileNeighbour { inbound, outbound in
            try await Self.asked(inbound)
            while true { try await outbound.write(BundleAnswer.waitFrame("soon")) }
        }
        #expect(tally.controller_bytes == Self.length_bytes)
    }

    @Test(
        arguments: [
            "closes", "garbage", "wrong-length", "no-header", "two-headers", "too-much", "sends-elsewhere",
            "index",
        ]
    )
    func `a neighbour that does not keep to the protocol is left`(lie: String) async throws {
        let tally = try await withHostileNeighbour { inbound, outbound in
            try await Self.asked(inbound)
            let header = try BundleAnswer.headerFrame(length_bytes: Self.length_bytes)
            switch lie {
            case "garbage": try await outbound.write(ByteBuffer(bytes: [0, 0, 0, 3, 0xff, 0xff, 0xff]))
            case "wrong-length": try await outbound.write(BundleAnswer.headerFrame(length_bytes: 1))
            case "no-header": try await outbound.write(Self.chunk([1, 2, 3]))
            case "two-headers": for _ in 0..<2 { try await outbound.write(header) }
            case "too-much":
                try await outbound.write(header)
                for _ in 0..<4 { try await outbound.write(Self.chunk(Self.bytes.prefix(200_000))) }
            case "sends-elsewhere": try await outbound.write(BundleAnswer.neighboursFrame())
            case "index": try await outbound.write(BundleAnswer.headerFrame(length_bytes: 8, isIndex: true))
            default: break
            }
        }
        #expect(tally.controller_bytes >= Self.length_bytes - tally.neighbours_bytes)
    }

    @Test func `an address where nobody listens, and one where nobody speaks TLS, cost a try each`() async throws {
        try await Folder.with { folder in
            try await TestController.run { controller in
                let source = BundleFile(path: folder.file("source", Self.bytes), length_bytes: Self.length_bytes)
                let deaf = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                    .childChannelInitializer { channel in
                        channel.writeAndFlush(ByteBuffer(string: "220 mail.example.com\r\n"))
                    }
                    .bind(host: "127.0.0.1", port: 0).get()
                let closed = try #require(NetworkAddress("127.0.0.1:1"))
                let port = try #require(deaf.localAddress?.port)
                let mail = try #require(NetworkAddress(host: "127.0.0.1", port: port))
                try introduce(at: [closed, mail], nil, controller, source)
                let tally = try await fetch(controller, folder, as: taker)
                #expect(tally.controller_bytes == Self.length_bytes)
                try await deaf.close()
            }
        }
    }

    @Test func `without the controller's grant a neighbour gives nothing`() async throws {
        let other = try PrivateKey.generate(.ed25519)
        var grants = [[UInt8](), [1, 2, 3], try grant(to: taker).sealed(with: other)]
        let right = grant(to: taker)
        for wrong in [
            BundleGrant(cluster: Sample.name("other"), host: taker, digest: right.digest, expires: right.expires),
            BundleGrant(cluster: right.cluster, host: giver, digest: right.digest, expires: right.expires),
            BundleGrant(
                cluster: right.cluster,
                host: HostKey(region: Sample.name("elsewhere"), host: taker.host),
                digest: right.digest,
                expires: right.expires
            ),
            BundleGrant(cluster: right.cluster, host: taker, digest: SHA256.digest(of: [1]), expires: right.expires),
            BundleGrant(cluster: right.cluster, host: taker, digest: right.digest, expires: WallClock.now()),
        ] { grants.append(try wrong.sealed(with: orderKey)) }
        for grant in grants {
            try await withNeighbours(identity: { try $0.agent(giver) }, grant: grant) { controller, folder in
                let tally = try await fetch(controller, folder, as: taker)
                #expect(tally.neighbours_bytes == 0)
                #expect(tally.controller_bytes == Self.length_bytes)
            }
        }
    }

    @Test func `grants are judged by the host's own clock, and by none that is known to be off`() async throws {
        let clocks: [@Sendable () -> Instant?] = [{ nil }, { WallClock.now() + .hours(1) }]
        for clock in clocks {
            try await withNeighbours(identity: { try $0.agent(giver) }, clock: clock) { controller, folder in
                let tally = try await fetch(controller, folder, as: taker)
                #expect(tally.neighbours_bytes == 0)
            }
        }
        let right = BundleGrant(
            cluster: Sample.name("prod"),
            host: taker,
            digest: Self.digest,
            expires: WallClock.now()
        )
        try await withNeighbours(
            identity: { try $0.agent(giver) },
            grant: try right.sealed(with: orderKey),
            clock: { WallClock.now() - .hours(1) }
        ) { controller, folder in
            let tally = try await fetch(controller, folder, as: taker)
            #expect(tally.neighbours_bytes == Self.length_bytes)
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
