import Bundles
import Cryptography
import Foundation
import Testing
import Zlib

/// The parent folder and what stands around it, to see that nothing was left behind or written outside.
struct Surroundings {
    let folder: TemporaryFolder
    private let before: [String]
    private static let limits = BundleLimits(bytes_max: 1 << 30, entries_max: 1_000, ratio_max: 200)

    init() throws {
        folder = try TemporaryFolder()
        try folder.makeFolder("parent")
        try folder.write("outside/x", "untouched")
        before = try folder.listing(of: "")
    }

    func unpack(_ packed: [UInt8], limits: BundleLimits = limits) throws {
        let file = try TemporaryFolder()
        try file.write("bundle", packed)
        _ = try BundleUnpacker.unpack(
            archive: file.path("bundle"),
            digest: SHA256.digest(of: packed),
            length_bytes: packed.count,
            into: folder.path("parent"),
            name: "release",
            limits: limits
        )
    }

    func isUntouched() throws -> Bool { try folder.listing(of: "") == before }

    /// True if the only thing new is `parent/release`, made of files, folders and links that stay inside.
    func holdsOnlyARelease() throws -> Bool {
        let root = URL(fileURLWithPath: folder.path("parent/release")).resolvingSymlinksInPath().path
        let new = try folder.listing(of: "").filter { !before.contains($0) }
        return try new.allSatisfy { line in
            let isInside = line.contains(" parent/release")
            guard line.hasPrefix("l "), isInside else { return isInside && !line.hasPrefix("special") }
            let link = line.dropFirst(2).components(separatedBy: " -> ")[0]
            guard let end = realpath(folder.path(link), nil) else { return errno == ENOENT || errno == ELOOP }
            defer { free(end) }
            return try #require(String(validatingCString: end)).hasPrefix(root)
        }
    }
}

@Suite struct HostileArchiveTests {
    @Test(arguments: hostileNames + hostileLinks + hostileKinds)
    func `an entry that must not be is refused by its own rule`(archive: HostileArchive) throws {
        try refuse(archive)
    }

    @Test(arguments: hostileHeaders + hostileStreams + hostileManifests)
    func `an archive that is malformed is refused by its own rule`(archive: HostileArchive) throws {
        try refuse(archive)
    }

    @Test func `there are more than sixty hostile archives, each with its own name`() {
        let all = hostileNames + hostileLinks + hostileKinds + hostileHeaders + hostileStreams + hostileManifests
        #expect(all.count > 60)
        #expect(Set(all.map(\.name)).count == all.count)
    }

    private func refuse(_ archive: HostileArchive) throws {
        let surroundings = try Surroundings()
        var failure: BundleError?
        do { try surroundings.unpack(archive.packed) } catch let error as BundleError { failure = error }
        #expect(failure?.code == archive.code, "\(String(describing: failure))")
        #expect(failure?.leftover == nil)
        #expect(try surroundings.isUntouched())
    }

    @Test func `more entries than are allowed are refused, as many are not`() throws {
        let tar = TarBytes.manifest.bytes + (0..<9).flatMap { TarBytes.file("f\($0)").bytes } + TarBytes.end
        let packed = try Deflate.compress(tar, format: .gzip)
        try Surroundings().unpack(packed, limits: BundleLimits(entries_max: 10))
        let surroundings = try Surroundings()
        #expect(
            try code { try surroundings.unpack(packed, limits: BundleLimits(entries_max: 9)) } == .tooManyEntries
        )
        #expect(try surroundings.isUntouched())
    }

    @Test func `more bytes than are allowed are refused before they are written`() throws {
        let tar =
            TarBytes.manifest.bytes + TarBytes.file("f", String(repeating: "x", count: 5_000)).bytes + TarBytes.end
        let packed = try Deflate.compress(tar, format: .gzip)
        try Surroundings().unpack(packed, limits: BundleLimits(bytes_max: tar.count))
        for bytes_max in [0, 511, 512, 1_024, tar.count - 1] {
            let surroundings = try Surroundings()
            #expect(
                try code { try surroundings.unpack(packed, limits: BundleLimits(bytes_max: bytes_max)) }
                    == .tooManyBytes
            )
            #expect(try surroundings.isUntouched())
        }
    }

    @Test func `an archive cut at any block is refused`() throws {
        let tar =
            TarBytes.manifest.bytes + TarBytes.folder("a/").bytes + TarBytes.pax("path", "a/b").bytes
            + TarBytes.file("b").bytes + TarBytes.link("a/c", to: "b").bytes + TarBytes.end
        try Surroundings().unpack(Deflate.compress(tar, format: .gzip))
        for length in stride(from: 0, to: tar.count, by: 128) {
            let surroundings = try Surroundings()
            let packed = try Deflate.compress(Array(tar.prefix(length)), format: .gzip)
            #expect(try code { try surroundings.unpack(packed) } == .truncated)
            #expect(try surroundings.isUntouched())
        }
    }
}

/// Chance that is the same for the same seed.
struct Chance: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}
