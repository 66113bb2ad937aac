import Cryptography
import Foundation
import Testing
import Zlib

@testable import Bundles

@Suite struct ChunkCutterTests {
    /// The lengths of the chunks of a stream that arrives in pieces of so many bytes.
    private func lengths(_ bytes: [UInt8], inPiecesOf piece_bytes: Int = .max) -> [Int] {
        var cutter = ChunkCutter()
        var lengths: [Int] = []
        var length = 0
        var start = 0
        while start < bytes.count {
            let piece = bytes[start..<(start + min(piece_bytes, bytes.count - start))]
            let (count, isEnd) = piece.withUnsafeBytes { cutter.take($0) }
            length += count
            start += count
            if isEnd {
                lengths.append(length)
                length = 0
            }
        }
        return length > 0 ? lengths + [length] : lengths
    }

    private func chunks(_ bytes: [UInt8]) -> Set<[UInt8]> {
        var start = 0
        return Set(
            lengths(bytes).map { length in
                defer { start += length }
                return Array(bytes[start..<(start + length)])
            }
        )
    }

    @Test func `chunks keep within their bounds, make up the whole, and do not depend on how it arrives`() {
        let bytes = noise(1, count: 1 << 20)
        let whole = lengths(bytes)
        #expect(whole.reduce(0, +) == bytes.count)
        #expect(whole.dropLast().allSatisfy(ChunkCutter.lengths_bytes.contains))
        #expect(lengths(bytes, inPiecesOf: 1_000) == whole)
        #expect(lengths(bytes, inPiecesOf: 65_537) == whole)
        // The same bytes are cut in the same places by every later version, or nothing is found again.
        #expect(whole.prefix(4) == [72_046, 61_629, 80_570, 119_658])
    }

    @Test func `a run of one byte is cut at the upper bound`() {
        #expect(lengths([UInt8](repeating: 0, count: 600 << 10)) == [256 << 10, 256 << 10, 88 << 10])
    }

    @Test func `bytes inserted in the middle change few chunks`() {
        let before = noise(2, count: 2 << 20)
        let after = before[..<1_000_000] + noise(3, count: 100) + before[1_000_000...]
        let known = chunks(before)
        let found = chunks(Array(after))
        #expect(found.subtracting(known).count <= 3)
        #expect(found.count > 20)
    }
}

func noise(_ seed: UInt64, count: Int) -> [UInt8] {
    var chance = Chance(state: seed)
    return (0..<(count + 7) / 8).flatMap { _ in
        withUnsafeBytes(of: chance.next().littleEndian) { Array($0) }
    }.prefix(count).map { $0 }
}

/// Bundles made of members, one for each chunk.
@Suite struct ChunkIndexTests {
    /// A folder whose bundle has several chunks.
    private func makeTree(_ folder: TemporaryFolder, _ name: String, seed: UInt64 = 1) throws {
        try folder.write("\(name)/wavetrain.yaml", "wavetrain: 1\nservice: billing\n")
        try folder.write("\(name)/a", noise(seed, count: 400_000))
        try folder.write("\(name)/b", noise(9, count: 300_000))
        for number in 0..<20 { try folder.write("\(name)/small/\(number)", noise(UInt64(number), count: 100)) }
    }

    @Test func `an index names each byte of a bundle once, with the digest of its chunk`() throws {
        let folder = try TemporaryFolder()
        try makeTree(folder, "tree")
        let packed = try folder.pack()
        let bytes = try folder.read("bundle")
        let index = try #require(try ChunkIndex.read(bundle: folder.path("bundle")))
        #expect(index.chunks.count > 6)
        #expect(index.length_bytes == UInt64(packed.length_bytes))
        var end: UInt64 = 0
        var unpacked: [UInt8] = []
        for chunk in index.chunks {
            #expect(chunk.offset_bytes == end)
            end = chunk.end_bytes
            let member = Array(bytes[Int(chunk.offset_bytes)..<Int(end)])
            #expect(SHA256.digest(of: member) == chunk.digest)
            // Each is a whole gzip stream by itself.
            unpacked += try Inflate.expand(
                member,
                format: .gzip,
                limits: ExpansionLimits(bytes_max: 1 << 20, ratio_max: 250)
            )
        }
        #expect(try ChunkIndex.unpacked_bytes(bundle: folder.path("bundle")) == unpacked.count)
        #expect(unpacked.count.isMultiple(of: 512))
        #expect(ChunkIndex(bytes: index.bytes, bundle_bytes: index.length_bytes) == index)
    }

    @Test func `a change in one file leaves the chunks of the others as they were`() throws {
        let folder = try TemporaryFolder()
        try makeTree(folder, "old")
        try makeTree(folder, "new", seed: 2)
        try folder.write("new/a0", "a new file before the others")
        _ = try folder.pack("old", to: "old bundle")
        _ = try folder.pack("new", to: "new bundle")
        let old = try #require(try ChunkIndex.read(bundle: folder.path("old bundle")))
        let new = try #require(try ChunkIndex.read(bundle: folder.path("new bundle")))
        let known = Set(old.chunks.map(\.digest))
        let shared = new.chunks.filter { known.contains($0.digest) }
        // The file `b` and its like.
        #expect(shared.map(\.length_bytes).reduce(0, +) > 290_000)
        #expect(shared.count < new.chunks.count)
    }

    @Test func `a bundle of another maker has no index`() throws {
        let folder = try TemporaryFolder()
        try makeTree(folder, "tree")
        _ = try run("tar", "--format=ustar", "-czf", folder.path("theirs"), "-C", folder.path("tree"), ".")
        #expect(try ChunkIndex.read(bundle: folder.path("theirs")) == nil)
        try folder.write("noise", noise(1, count: 10_000))
        #expect(try ChunkIndex.read(bundle: folder.path("noise")) == nil)
        _ = try folder.pack()
        let bytes = try folder.read("bundle")
        for cut in [1, 20, 1_000, bytes.count - 1] {
            try folder.write("cut", Array(bytes.prefix(cut)))
            #expect(try ChunkIndex.read(bundle: folder.path("cut")) == nil)
        }
    }

    @Test func `members that say a wrong length or too short a one give no index`() throws {
        let folder = try TemporaryFolder()
        var tiny: [UInt8] = [0x1f, 0x8b, 8, 4, 0, 0, 0, 0, 0, 255, 8, 0] + Array("WT".utf8) + [4, 0, 30, 0, 0, 0]
        tiny += [UInt8](repeating: 0, count: 10)
        // One is well-formed; thousands of them would make an index that is longer than what it could save.
        try folder.write("one", tiny)
        #expect(try ChunkIndex.read(bundle: folder.path("one"))?.chunks.count == 1)
        try folder.write("many", Array(repeatElement(tiny, count: 1_000).joined()))
        #expect(try ChunkIndex.read(bundle: folder.path("many")) == nil)
        for length: UInt8 in [0, 1, 29, 31, 255] {
            tiny[16] = length
            try folder.write("wrong", tiny)
            #expect(try ChunkIndex.read(bundle: folder.path("wrong")) == nil, "\(length)")
        }
    }

    @Test func `an index that is not what it says is not read`() throws {
        let folder = try TemporaryFolder()
        try makeTree(folder, "tree")
        _ = try folder.pack()
        let index = try #require(try ChunkIndex.read(bundle: folder.path("bundle")))
        let length = index.length_bytes
        let bytes = index.bytes
        #expect(ChunkIndex(bytes: bytes, bundle_bytes: length + 1) == nil)
        #expect(ChunkIndex(bytes: [], bundle_bytes: length) == nil)
        #expect(ChunkIndex(bytes: bytes + [0], bundle_bytes: length) == nil)
        for count in stride(from: 0, to: bytes.count, by: 7) {
            #expect(ChunkIndex(bytes: Array(bytes.prefix(count)), bundle_bytes: length) == nil)
        }
        // Counts and lengths that would be large are refused before anything is made for them.
        for place in [4, 5, 6, 8, 9] {
            var changed = bytes
            changed[place] ^= 0x80
            #expect(ChunkIndex(bytes: changed, bundle_bytes: length) == nil)
        }
    }
}
