import Bundles
import Cryptography
import TestSupport
import Testing
import Zlib

/// Archives and indexes that somebody else made, by chance: taken or refused with a reason, and nothing is left behind.
@Suite struct GeneratedInputTests {
    // MARK: archives

    @Test func `changed archives never crash, escape or leave anything behind`() async {
        let losses = await Trials("changed archives", few: 400).run { seed in
            var chance = Chance(state: seed)
            let tar = TarBytes.changed(TarBytes.sample, &chance)
            return try Self.unpack(Deflate.compress(tar, format: .gzip))
        }
        #expect(losses.isEmpty, "\(losses.prefix(5))")
    }

    @Test func `archives of drawn entries never crash, escape or leave anything behind`() async {
        let losses = await Trials("drawn archives", few: 150).run { seed in
            var chance = Chance(state: seed)
            let entries = (0..<Int.random(in: 0...12, using: &chance)).map { _ in TarBytes.drawn(&chance) }
            let tar = TarBytes.manifest.bytes + entries.flatMap(\.bytes) + TarBytes.end
            return try Self.unpack(Deflate.compress(tar, format: .gzip))
        }
        #expect(losses.isEmpty, "\(losses.prefix(5))")
    }

    @Test func `bundles whose compressed bytes are changed never crash, escape or leave anything behind`() async throws
    {
        let bundle = try Self.sampleBundle()
        let losses = await Trials("changed bundles", few: 100).run { seed in
            var chance = Chance(state: seed)
            return try Self.unpack(Self.changed(bundle, &chance))
        }
        #expect(losses.isEmpty, "\(losses.prefix(5))")
    }

    /// What is wrong; nil: it was unpacked and holds what it may, or was refused and nothing is there.
    private static func unpack(_ packed: [UInt8]) throws -> String? {
        let surroundings = try Surroundings()
        do {
            try surroundings.unpack(packed)
            return try surroundings.holdsOnlyARelease() ? nil : "it holds something else than a release"
        } catch let error as BundleError {
            if let leftover = error.leftover { return "\(leftover) was left behind (\(error.code))" }
            return try surroundings.isUntouched() ? nil : "something was left behind (\(error.code))"
        }
    }

    // MARK: indexes

    @Test func `an index of any bytes is refused, or covers its bundle without gaps`() async throws {
        let folder = try TemporaryFolder()
        try folder.write("bundle", Self.sampleBundle())
        let index = try #require(try ChunkIndex.read(bundle: folder.path("bundle")))
        let losses = await Trials("changed indexes", few: 2_000).run { seed in
            var chance = Chance(state: seed)
            let bytes = Bool.random(using: &chance) ? Self.changed(index.bytes, &chance) : Self.drawn(&chance)
            let length = Bool.random(using: &chance) ? index.length_bytes : .random(in: 0...(1 << 40), using: &chance)
            guard let read = ChunkIndex(bytes: bytes, bundle_bytes: length) else { return nil }
            return Self.flaw(of: read, length)
        }
        #expect(losses.isEmpty, "\(losses.prefix(5))")
    }

    @Test func `a file of any bytes has no index, or one that covers it and says what its chunks are`() async throws {
        let folder = try TemporaryFolder()
        let bundle = try Self.sampleBundle()
        let losses = await Trials("indexed files", few: 300).run { seed in
            var chance = Chance(state: seed)
            let bytes = Bool.random(using: &chance) ? Self.changed(bundle, &chance) : Self.drawn(&chance)
            try folder.write("file", bytes)
            guard try ChunkIndex.unpacked_bytes(bundle: folder.path("file")) >= 0 else { return "a length below zero" }
            guard let index = try ChunkIndex.read(bundle: folder.path("file")) else { return nil }
            for chunk in index.chunks {
                let piece = bytes[Int(chunk.offset_bytes)..<Int(chunk.end_bytes)]
                if SHA256.digest(of: Array(piece)) != chunk.digest { return "a chunk is something else" }
            }
            return Self.flaw(of: index, UInt64(bytes.count))
        }
        #expect(losses.isEmpty, "\(losses.prefix(5))")
    }

    private static func flaw(of index: ChunkIndex, _ length_bytes: UInt64) -> String? {
        var end_bytes: UInt64 = 0
        for chunk in index.chunks {
            guard chunk.offset_bytes == end_bytes, (1...ChunkIndex.chunkLength_bytes_max).contains(chunk.length_bytes)
            else { return "there is a gap, or a chunk of \(chunk.length_bytes) bytes" }
            end_bytes = chunk.end_bytes
        }
        return end_bytes == length_bytes ? nil : "it ends at \(end_bytes) and not at \(length_bytes)"
    }

    // MARK: bytes

    private static func sampleBundle() throws -> [UInt8] {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        _ = try folder.pack()
        return try folder.read("bundle")
    }

    /// Some bytes others, some gone, some twice, an end cut off.
    private static func changed(_ bytes: [UInt8], _ chance: inout Chance) -> [UInt8] {
        var bytes = bytes
        for _ in 0..<Int.random(in: 1...3, using: &chance) where !bytes.isEmpty {
            let place = Int.random(in: 0..<bytes.count, using: &chance)
            let end = min(bytes.count, place + Int.random(in: 1...400, using: &chance))
            switch Int.random(in: 0..<5, using: &chance) {
            case 0: bytes[place] = .random(in: 0...255, using: &chance)
            case 1: bytes[min(place, 40)] ^= 1 << UInt8.random(in: 0..<8, using: &chance)
            case 2: bytes.removeSubrange(place..<end)
            case 3: bytes.insert(contentsOf: bytes[place..<end], at: place)
            default: bytes.removeLast(bytes.count - place)
            }
        }
        return bytes
    }

    private static func drawn(_ chance: inout Chance) -> [UInt8] {
        let magic = Bool.random(using: &chance) ? Array("WTC1".utf8) : [0x1f, 0x8b, 8, 4]
        return magic + (0..<Int.random(in: 0...200, using: &chance)).map { _ in .random(in: 0...255, using: &chance) }
    }
}

extension TarBytes {
    fileprivate static let sample: [UInt8] =
        [
            manifest, folder("a/"), file("a/b", "content"), link("a/l", to: "../wavetrain.yaml"), folder("a/c/"),
            pax("path", "a/c/long"), file("long"), link("up", to: "a/c"), file("end"),
        ].flatMap(\.bytes) + end

    /// Changes a few bytes where they mean something, and mostly mends the checksum so that deeper rules are reached.
    fileprivate static func changed(_ bytes: [UInt8], _ generator: inout Chance) -> [UInt8] {
        var bytes = bytes
        let telling = Array("../\\\u{0}12345679xgLKS/a\n ".utf8) + [0xff, 0x80]
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let block = Int.random(in: 0..<(bytes.count / 512), using: &generator) * 512
            let fields = [0..<20, 100..<108, 124..<136, 156..<157, 157..<180, 257..<265, 345..<360, 0..<512]
            let field = fields[Int.random(in: 0..<fields.count, using: &generator)]
            let index = block + Int.random(in: field, using: &generator)
            bytes[index] = telling[Int.random(in: 0..<telling.count, using: &generator)]
            if bytes[(block + 257)..<(block + 262)].elementsEqual("ustar".utf8),
                UInt.random(in: 0..<8, using: &generator) > 0
            {
                bytes.replaceSubrange(
                    (block + 148)..<(block + 156),
                    with: checksum(of: bytes[block..<(block + 512)])
                )
            }
        }
        return bytes
    }

    /// An entry of any kind whose names are made of what names go wrong with.
    fileprivate static func drawn(_ chance: inout Chance) -> TarBytes {
        let parts = ["a", "A", "b", "..", ".", "", "/", "a/", "wavetrain.yaml", "é", "e\u{301}", "x\ny", "\\", "up"]
        let name = (0..<Int.random(in: 1...4, using: &chance)).map { _ in
            parts[Int.random(in: 0..<parts.count, using: &chance)]
        }.joined(separator: "/")
        var entry = file(name, String(repeating: "x", count: .random(in: 0...700, using: &chance)))
        let types = Array("00000522221346xgLKSVD7\u{0}".utf8)
        entry.type = types[Int.random(in: 0..<types.count, using: &chance)]
        entry.link = Array(parts[Int.random(in: 0..<parts.count, using: &chance)].utf8)
        if entry.type == UInt8(ascii: "5") || entry.type == UInt8(ascii: "2"), Int.random(in: 0..<8, using: &chance) > 0
        {
            entry.content = []
        }
        if entry.type == UInt8(ascii: "x") { entry.content = record("path", Array(name.utf8)) }
        if Int.random(in: 0..<10, using: &chance) == 0 { entry.mode = Array("0004755\u{0}".utf8) }
        if Int.random(in: 0..<20, using: &chance) == 0 { entry.size = Array("77777777777\u{0}".utf8) }
        return entry
    }
}
