import Bundles
import Cryptography
import NIOCore
import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import AgentLink

/// Bundles of which a host has a part already, over real sockets.
@Suite(.timeLimit(.minutes(3)))
struct BundleChunkTests {
    let host = Sample.host(1)

    /// A member as a packer heads it, with noise inside: to the link it is bytes.
    private static func member(_ seed: UInt64) -> [UInt8] {
        var chance = SeededGenerator(seed: seed)
        let content = (0..<Int.random(in: 500...60_000, using: &chance)).map { _ in
            UInt8.random(in: 0...255, using: &chance)
        }
        let length_bytes = 20 + content.count + 8
        let begin: [UInt8] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0, UInt8(ascii: "W"), UInt8(ascii: "T"), 4, 0]
        let length = (0..<4).map { UInt8(truncatingIfNeeded: length_bytes >> ($0 * 8)) }
        return begin + length + content + [UInt8](repeating: 0, count: 8)
    }

    private static func bundle(_ seeds: some Sequence<UInt64>) -> [UInt8] { seeds.flatMap(member) }

    /// In the new one every third chunk is new, and two that are side by side.
    private static let old = bundle(1...20)
    private static let new = bundle([1, 2, 103, 4, 5, 106, 7, 8, 109, 110, 111, 10, 11, 112, 13, 14, 115, 16, 17, 118])
    private static let new_bytes = UInt64(new.count)
    private static let digest = SHA256.digest(of: new)

    /// A controller with the new bundle, a host with the old one, and a folder.
    private func withBundles(
        index: (ChunkIndex) -> [UInt8]? = { $0.bytes },
        _ body: (TestController, BundleFetcher, Folder, _ seed: String) async throws -> Void
    ) async throws {
        try await Folder.with { folder in
            try await TestController.run { controller in
                let path = folder.file("source", Self.new)
                let bytes = index(try #require(try ChunkIndex.read(bundle: path)))
                let file = bytes.map { (bytes) -> BundleFile in
                    BundleFile(path: folder.file("index", bytes), length_bytes: UInt64(bytes.count))
                }
                controller.service.behaviour.withLock {
                    $0.bundles[Self.digest] = BundleFile(path: path, length_bytes: Self.new_bytes)
                    $0.indexes[Self.digest] = file
                }
                try await body(controller, try controller.agent(host).bundles, folder, folder.file("old", Self.old))
            }
        }
    }

    @Test func `only the chunks that a host lacks travel, in one request`() async throws {
        try await withBundles { controller, fetcher, folder, seed in
            let path = folder.path + "/target"
            let tally = try await fetcher.fetch(
                Self.digest,
                length_bytes: Self.new_bytes,
                into: path,
                seeds: [folder.path + "/missing", seed]
            )
            #expect(Folder.read(path) == Self.new)
            let known = Set(try #require(try ChunkIndex.read(bundle: seed)).chunks.map(\.digest))
            let index = try #require(try ChunkIndex.read(bundle: path))
            let lacked = index.chunks.filter { !known.contains($0.digest) }.map(\.length_bytes).reduce(0, +)
            #expect(tally.controller_bytes == UInt64(lacked))
            #expect(tally.own_bytes == Self.new_bytes - UInt64(lacked))
            #expect(tally.index_bytes == UInt64(index.bytes.count))
            #expect(controller.service.happenings.rest == [.indexAsked(host), .bundleAsked(host)])
        }
    }

    @Test func `a fetch goes on at any byte, whether it was copied or fetched`() async throws {
        try await withBundles { _, fetcher, folder, seed in
            let index = try #require(try ChunkIndex.read(bundle: folder.path + "/source"))
            var chance = SeededGenerator(seed: 5)
            let borders = index.chunks.map { Int($0.offset_bytes) }
            var offsets = borders + borders.map { $0 + 1 }
            offsets += borders.dropFirst().map { $0 - 1 }
            offsets += (0..<20).map { _ in Int.random(in: 0...Self.new.count, using: &chance) }
            for offset in offsets {
                let path = folder.file("target", Self.new.prefix(offset))
                let tally = try await fetcher.fetch(
                    Self.digest,
                    length_bytes: Self.new_bytes,
                    into: path,
                    seeds: [seed]
                )
                #expect(Folder.read(path) == Self.new, "cut at \(offset)")
                #expect(tally.controller_bytes + tally.own_bytes == Self.new_bytes - UInt64(offset))
            }
        }
    }

    @Test func `a bundle of which a host has every chunk needs nothing but its index`() async throws {
        try await withBundles { controller, fetcher, folder, _ in
            let path = folder.path + "/target"
            let seeds = [folder.path + "/source"]
            let tally = try await fetcher.fetch(Self.digest, length_bytes: Self.new_bytes, into: path, seeds: seeds)
            #expect(Folder.read(path) == Self.new)
            #expect(tally.own_bytes == Self.new_bytes)
            #expect(controller.service.happenings.rest == [.indexAsked(host)])
        }
    }

    /// The index with the second chunk's digest for the first.
    private static func lie(_ index: ChunkIndex) -> [UInt8] {
        var bytes = index.bytes
        bytes.replaceSubrange(12..<44, with: bytes[48..<80])
        return bytes
    }

    @Test func `without an index, or with one that cannot be right, the bundle comes all the same`() async throws {
        let indexes: [(ChunkIndex) -> [UInt8]?] = [
            { _ in nil }, { _ in Array("WTC1".utf8) }, { $0.bytes.dropLast() }, { _ in Self.bundle([1]) }, Self.lie,
        ]
        for index in indexes {
            try await withBundles(index: index) { _, fetcher, folder, seed in
                let path = folder.path + "/target"
                try await fetcher.fetch(Self.digest, length_bytes: Self.new_bytes, into: path, seeds: [seed])
                #expect(Folder.read(path) == Self.new)
            }
        }
    }

    @Test func `an index that leads to wrong bytes costs one whole fetch and nothing else`() async throws {
        // All chunks but the first are called by digests that the host knows, and are as long as those.
        let other = Self.bundle([1] + Array(repeating: 2, count: 3))
        let liar = Self.bundle([1] + Array(repeating: 2, count: 2)) + Self.member(2).map { $0 ^ 1 }
        try await Folder.with { folder in
            try await TestController.run { controller in
                let index = try #require(try ChunkIndex.read(bundle: folder.file("other", other))).bytes
                let indexFile = BundleFile(path: folder.file("index", index), length_bytes: UInt64(index.count))
                let file = BundleFile(path: folder.file("source", liar), length_bytes: UInt64(liar.count))
                let digest = SHA256.digest(of: liar)
                controller.service.behaviour.withLock {
                    $0.bundles[digest] = file
                    $0.indexes[digest] = indexFile
                }
                let path = folder.path + "/target"
                let tally = try await controller.agent(host).bundles.fetch(
                    digest,
                    length_bytes: UInt64(liar.count),
                    into: path,
                    seeds: [folder.path + "/other"]
                )
                #expect(Folder.read(path) == liar)
                #expect(tally.controller_bytes == UInt64(liar.count))
            }
        }
    }

    @Test func `a kept bundle that has changed on the disk is no source of chunks`() async throws {
        try await withBundles { _, fetcher, folder, _ in
            let path = folder.path + "/target"
            var damaged = Self.old
            for place in stride(from: 40, to: damaged.count, by: 3_000) { damaged[place] ^= 1 }
            let seeds = [folder.file("damaged", damaged), folder.file("short", Self.old.prefix(50_000))]
            try await fetcher.fetch(Self.digest, length_bytes: Self.new_bytes, into: path, seeds: seeds)
            #expect(Folder.read(path) == Self.new)
        }
    }

    @Test func `ranges out of order, touching, empty, too many or beyond all bounds are refused`() throws {
        func read(_ ranges: [Range<UInt64>]) throws -> BundleRequest {
            var frame = try BundleRequest(digest: Self.digest, part: .ranges(ranges)).frame()
            frame.moveReaderIndex(forwardBy: FrameReader.header_bytes)
            return try BundleRequest(frame: Array(frame.readableBytesView))
        }
        #expect(try read([0..<1, 2..<3]).part == .ranges([0..<1, 2..<3]))
        #expect(throws: LinkError.self) { try read([2..<3, 0..<1]) }
        #expect(throws: LinkError.self) { try read([0..<1, 1..<2]) }
        #expect(throws: LinkError.self) { try read([5..<5]) }
        #expect(throws: LinkError.self) { try read((0..<513).map { UInt64($0 * 2)..<UInt64($0 * 2 + 1) }) }
        #expect(throws: LinkError.self) { try read([1..<UInt64.max, 3..<4]) }
    }

    @Test func `ranges beyond the end are refused by the controller`() async throws {
        try await withBundles { controller, _, _, _ in
            let identity = try controller.cluster.agent(host)
            try await RawPeer.connect(to: controller, identity: identity, .bundle) { inbound, outbound in
                let end = Self.new_bytes
                let request = BundleRequest(digest: Self.digest, part: .ranges([0..<1, (end - 1)..<(end + 1)]))
                try await outbound.write(request.frame())
                var incoming = inbound.makeAsyncIterator()
                var reader = FrameReader(limit: .bundleAnswer)
                let frame = try #require(try await RawPeer.frame(&reader, &incoming))
                guard case .refused(let farewell) = try BundleAnswer(frame: frame) else {
                    Issue.record("it was not refused")
                    return
                }
                #expect(farewell.code == "beyond-end")
            }
        }
    }

    @Test func `a host says that it has a bundle`() async throws {
        try await withBundles { controller, fetcher, _, _ in
            try await fetcher.tellHeld(Self.digest)
            try await fetcher.tellHeld(Self.digest)
            #expect(controller.service.happenings.rest == [.held(host), .held(host)])
        }
    }
}
