import Cryptography
import NIOCore
import NIOPosix
import Synchronization
import TLSChannel
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

/// Bundles over real sockets, whole, cut, and from controllers that lie.
@Suite(.timeLimit(.minutes(3)))
struct BundleTests {
    let host = Sample.host(1)
    /// Three chunks and a bit.
    static let bytes: [UInt8] = {
        var chance = SeededGenerator(seed: 7)
        return (0..<(3 * BundleChunk.bytes_max + 1_234)).map { _ in UInt8.random(in: 0...255, using: &chance) }
    }()
    static let digest = SHA256.digest(of: bytes)
    static var length_bytes: UInt64 { UInt64(bytes.count) }

    /// A controller that has the bundle, an agent's fetcher, and a place to fetch to.
    private func withBundle(_ body: (TestController, BundleFetcher, Folder) async throws -> Void) async throws {
        try await Folder.with { folder in
            try await TestController.run { controller in
                let path = folder.file("source", Self.bytes)
                controller.service.behaviour.withLock {
                    $0.bundles[Self.digest] = BundleFile(path: path, length_bytes: Self.length_bytes)
                }
                var fetcher = try controller.agent(host).bundles
                fetcher.patience_s = 60
                try await body(controller, fetcher, folder)
            }
        }
    }

    @Test func `a bundle arrives whole, with its progress told`() async throws {
        try await withBundle { controller, fetcher, folder in
            let progress = Mailbox<UInt64>()
            let path = folder.path + "/target"
            try await fetcher.fetch(Self.digest, length_bytes: Self.length_bytes, into: path) {
                progress.post($0.present_bytes)
            }
            #expect(Folder.read(path) == Self.bytes)
            #expect(progress.rest.first == 0)
            #expect(progress.rest.last == Self.length_bytes)
            #expect(progress.rest == progress.rest.sorted())
        }
    }

    @Test func `the connection of one bundle serves the next, and a cut host loses it`() async throws {
        try await withBundle { controller, fetcher, folder in
            func fetch(_ name: String) async throws {
                try await fetcher.fetch(Self.digest, length_bytes: Self.length_bytes, into: "\(folder.path)/\(name)")
                #expect(Folder.read("\(folder.path)/\(name)") == Self.bytes)
            }
            try await fetch("first")
            // From here on every handshake is refused.
            controller.service.behaviour.withLock { $0.refusals[host] = .revoked }
            try await fetch("second")
            controller.listener.cut(host, because: .revoked)
            await #expect(throws: LinkError.self) { try await fetch("third") }
            #expect(Folder.read(folder.path + "/third").isEmpty)
        }
    }

    @Test func `two transfers at once do not share a connection`() async throws {
        try await withBundle { controller, fetcher, folder in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<4 {
                    group.addTask {
                        let path = "\(folder.path)/target-\(number)"
                        try await fetcher.fetch(Self.digest, length_bytes: Self.length_bytes, into: path)
                        #expect(Folder.read(path) == Self.bytes)
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func `a controller that has served a bundle takes another request on the same connection`() async throws {
        try await withBundle { controller, _, _ in
            let identity = try controller.cluster.agent(host)
            try await RawPeer.connect(to: controller, identity: identity, .bundle) { inbound, outbound in
                let request = try BundleRequest(digest: Self.digest, part: .rest(offset_bytes: 0)).frame()
                try await outbound.write(request)
                var incoming = inbound.makeAsyncIterator()
                var reader = FrameReader(limit: .bundleAnswer)
                var received_bytes: UInt64 = 0
                while received_bytes < Self.length_bytes {
                    guard let frame = try await RawPeer.frame(&reader, &incoming) else { break }
                    if case .chunk(let chunk) = try BundleAnswer(frame: frame) { received_bytes += UInt64(chunk.count) }
                }
                // Served to the end, it takes another one.
                try await outbound.write(
                    BundleRequest(digest: Self.digest, part: .rest(offset_bytes: Self.length_bytes)).frame()
                )
                let frame = try #require(try await RawPeer.frame(&reader, &incoming))
                #expect(try BundleAnswer(frame: frame) == .header(length_bytes: Self.length_bytes, isIndex: false))
            }
        }
    }

    @Test func `a fetch goes on at any byte where an earlier one stopped`() async throws {
        try await withBundle { controller, fetcher, folder in
            var chance = SeededGenerator(seed: 3)
            let length = Self.bytes.count
            let offsets =
                [0, 1, length - 1, length, BundleChunk.bytes_max, BundleChunk.bytes_max - 1]
                + (0..<20).map { _ in Int.random(in: 0...length, using: &chance) }
            for offset in offsets {
                let path = folder.file("target", Self.bytes.prefix(offset))
                try await fetcher.fetch(Self.digest, length_bytes: Self.length_bytes, into: path)
                #expect(Folder.read(path) == Self.bytes)
            }
            // One that was complete needed no connection.
            let asked = controller.service.happenings.rest.count
            #expect(asked == offsets.count { $0 != length })
        }
    }

    @Test func `a partial file that is wrong or too long is fetched again from its beginning, once`() async throws {
        try await withBundle { _, fetcher, folder in
            let wrongs: [[UInt8]] = [[1, 2, 3], Self.bytes.dropLast() + [0], Self.bytes + [1], Self.bytes.reversed()]
            for wrong in wrongs {
                let path = folder.file("target", wrong)
                try await fetcher.fetch(Self.digest, length_bytes: Self.length_bytes, into: path)
                #expect(Folder.read(path) == Self.bytes)
            }
        }
    }

    @Test func `a bundle whose bytes are not the signed ones is an error after one more try`() async throws {
        try await withBundle { controller, fetcher, folder in
            let wrong = SHA256.digest(of: [1])
            controller.service.behaviour.withLock { $0.bundles[wrong] = $0.bundles[Self.digest] }
            let error = await #expect(throws: LinkError.self) {
                try await fetcher.fetch(wrong, length_bytes: Self.length_bytes, into: folder.path + "/target")
            }
            #expect(error?.code == .wrongDigest)
            #expect(controller.service.happenings.rest.count == 2)
        }
    }

    @Test func `a length other than the signed one is refused before a byte is written`() async throws {
        try await withBundle { _, fetcher, folder in
            for length_bytes in [Self.length_bytes - 1, Self.length_bytes + 1] {
                let path = folder.path + "/target-\(length_bytes)"
                let error = await #expect(throws: LinkError.self) {
                    try await fetcher.fetch(Self.digest, length_bytes: length_bytes, into: path)
                }
                #expect(error?.code == .wrongLength)
                #expect(Folder.read(path).isEmpty)
            }
        }
    }

    @Test func `a bundle that the host may not have is refused in words`() async throws {
        try await withBundle { _, fetcher, folder in
            let error = await #expect(throws: LinkError.self) {
                try await fetcher.fetch(Sample.digest, length_bytes: 10, into: folder.path + "/target")
            }
            #expect(error?.code == .refused)
            #expect(error?.place == "controller: no-bundle")
        }
    }

    @Test func `a file that is not as long as its artifact is not served`() async throws {
        try await withBundle { controller, fetcher, folder in
            let path = folder.file("short", Self.bytes.dropLast())
            controller.service.behaviour.withLock {
                $0.bundles[Self.digest] = BundleFile(path: path, length_bytes: Self.length_bytes)
            }
            let error = await #expect(throws: LinkError.self) {
                try await fetcher.fetch(Self.digest, length_bytes: Self.length_bytes, into: folder.path + "/target")
            }
            #expect(error?.code == .refused)
        }
    }

    @Test func `a path that cannot be written is an error of the file`() async throws {
        try await withBundle { _, fetcher, folder in
            let error = await #expect(throws: LinkError.self) {
                try await fetcher.fetch(Self.digest, length_bytes: 10, into: folder.path + "/none/target")
            }
            #expect(error?.code == .fileFailed)
        }
    }

    /// Fetches from a server that answers as the test says.
    private func fetch(
        into path: String,
        patience_s: Int64 = 60,
        from serve:
            @escaping @Sendable (
                BundleRequest, NIOAsyncChannelOutboundWriter<ByteBuffer>, _ number: Int
            ) async throws -> Void
    ) async throws {
        let cluster = try TestCluster()
        try await RawPeer.listen(
            identity: cluster.controller(),
            authorityPEM: cluster.authorityPEM,
            .bundle,
            serve: { inbound, outbound, number in
                var incoming = inbound.makeAsyncIterator()
                var reader = FrameReader(limit: .introduction)
                guard let frame = try await RawPeer.frame(&reader, &incoming) else { return }
                try await serve(BundleRequest(frame: frame), outbound, number)
            }
        ) { address in
            var fetcher = BundleFetcher(
                controller: address,
                credentials: try AgentCredentials(
                    cluster: cluster.name,
                    identity: cluster.agent(host),
                    authorityPEM: cluster.authorityPEM
                ),
                group: MultiThreadedEventLoopGroup.singleton,
                logger: .silent
            )
            fetcher.patience_s = patience_s
            try await fetcher.fetch(Self.digest, length_bytes: Self.length_bytes, into: path)
        }
    }

    private static func chunk(_ bytes: some Collection<UInt8>) -> ByteBuffer {
        var frame = ByteBuffer()
        BundleChunk.writeHead(into: &frame, chunk_bytes: bytes.count)
        frame.writeBytes(bytes)
        return frame
    }

    @Test func `a transfer cut anywhere goes on where it was cut, until all is there`() async throws {
        try await Folder.with { folder in
            let path = folder.path + "/target"
            let offsets = Mailbox<UInt64>()
            try await fetch(into: path) { request, outbound, number in
                offsets.post(request.offset_bytes)
                var chance = SeededGenerator(seed: UInt64(number))
                try await outbound.write(BundleAnswer.headerFrame(length_bytes: Self.length_bytes))
                let rest = Self.bytes.dropFirst(Int(request.offset_bytes)).prefix(BundleChunk.bytes_max)
                let frame = Self.chunk(rest.prefix(.random(in: 1...rest.count, using: &chance)))
                try await outbound.write(frame)
                // In the middle of another frame, and without waiting for the agent.
                try await outbound.write(ByteBuffer(bytes: [0, 0, 1]))
            }
            #expect(Folder.read(path) == Self.bytes)
            #expect(offsets.rest.count > 3)
            #expect(offsets.rest == offsets.rest.sorted())
        }
    }

    @Test func `not one byte beyond the signed length is written`() async throws {
        try await Folder.with { folder in
            let path = folder.path + "/target"
            let error = await #expect(throws: LinkError.self) {
                try await fetch(into: path) { request, outbound, _ in
                    try await outbound.write(BundleAnswer.headerFrame(length_bytes: Self.length_bytes))
                    var offset = Int(request.offset_bytes)
                    // The last chunk is longer than what is missing.
                    while offset < Self.bytes.count {
                        let count = min(BundleChunk.bytes_max, Self.bytes.count - offset + 10)
                        let bytes = Self.bytes.dropFirst(offset).prefix(count)
                        try await outbound.write(
                            Self.chunk(Array(bytes) + repeatElement(0, count: count - bytes.count))
                        )
                        offset += count
                    }
                }
            }
            #expect(error?.code == .wrongLength)
            #expect(Folder.read(path).count <= Self.bytes.count)
        }
    }

    @Test func `a chunk without a header, two headers, and an empty chunk are refused`() async throws {
        try await Folder.with { folder in
            let header = try BundleAnswer.headerFrame(length_bytes: Self.length_bytes)
            for frames in [[Self.chunk([1])], [header, header], [header, Self.chunk([])]] {
                let error = await #expect(throws: LinkError.self) {
                    try await fetch(into: folder.path + "/target") { _, outbound, _ in
                        for frame in frames { try await outbound.write(frame) }
                    }
                }
                #expect([.outOfTurn, .missingField].contains(error?.code))
            }
        }
    }

    @Test func `a server that breaks off for ever exhausts the patience and leaves the file as it was`() async throws {
        try await Folder.with { folder in
            let path = folder.file("target", Self.bytes.prefix(10))
            let error = await #expect(throws: LinkError.self) {
                try await fetch(into: path, patience_s: 1) { _, _, _ in }
            }
            #expect([.closed, .unreachable].contains(error?.code))
            #expect(Folder.read(path) == Array(Self.bytes.prefix(10)))
        }
    }

    @Test func `a fetch waits for its time, says why, and keeps to its pace`() async throws {
        try await withBundle { _, fetcher, folder in
            let pace = NightPace(closed_count: 3)
            let waits = Mutex<[String]>([])
            let path = folder.path + "/target"
            try await fetcher.fetch(Self.digest, length_bytes: Self.length_bytes, into: path, pace: pace) { progress in
                if let reason = progress.waitsFor { waits.withLock { $0.append(reason) } }
            }
            #expect(Folder.read(path) == Self.bytes)
            #expect(waits.withLock { $0 } == ["night", "night", "night"])
            #expect(pace.told_bytes == Self.bytes.count)
        }
    }

    @Test func `a host with too many transfers waits for one to end`() async throws {
        try await withBundle { controller, fetcher, folder in
            let endless = folder.sparse("endless", length_bytes: 1 << 26)
            controller.service.behaviour.withLock {
                $0.bundles[Sample.digest] = BundleFile(path: endless, length_bytes: 1 << 26)
            }
            try await withStalledTransfers(4, controller) {
                let identity = try controller.cluster.agent(host)
                try await RawPeer.connect(to: controller, identity: identity, .bundle) { inbound, _ in
                    var incoming = inbound.makeAsyncIterator()
                    var reader = FrameReader(limit: .bundleAnswer)
                    let frame = try await RawPeer.frame(&reader, &incoming)
                    #expect(try frame.map { try BundleAnswer(frame: $0) } == .refused(.busy))
                }
            }
            try await fetcher.fetch(Self.digest, length_bytes: Self.length_bytes, into: folder.path + "/target")
        }
    }

    /// So many transfers, begun and never read from, while `body` runs.
    private func withStalledTransfers(
        _ count: Int,
        _ controller: TestController,
        _ body: () async throws -> Void
    ) async throws {
        guard count > 0 else { return try await body() }
        let identity = try controller.cluster.agent(host)
        try await RawPeer.connect(to: controller, identity: identity, .bundle, receiveBuffer_bytes: 4_096) {
            _,
            outbound in
            try await outbound.write(BundleRequest(digest: Sample.digest, part: .rest(offset_bytes: 0)).frame())
            try await controller.service.happenings.first { $0 == .bundleAsked(host) }
            try await withStalledTransfers(count - 1, controller, body)
        }
    }
}

/// Closed the first times that it is asked, then slow; counts what it is told.
private final class NightPace: BundlePace {
    private let state: Mutex<(closed_count: Int, told_bytes: Int)>

    init(closed_count: Int) { state = Mutex((closed_count, 0)) }

    var told_bytes: Int { state.withLock { $0.told_bytes } }

    func took(_ bytes: Int) -> BundlePaceAnswer {
        state.withLock { state in
            state.told_bytes += bytes
            guard state.closed_count > 0 else { return bytes > 0 ? .wait(.milliseconds(1)) : .goOn }
            state.closed_count -= 1
            return .closed(.milliseconds(1), because: "night")
        }
    }
}
