import Bundles
import Cryptography
import Foundation
import Glibc
import Testing
import Zlib

@Suite struct RoundTripTests {
    @Test func `what was packed unpacks to the same files, links and folders with modes made plain`() throws {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        let packed = try folder.pack()
        let unpacked = try folder.unpack(packed)
        let plain = try folder.listing(of: "tree").map {
            $0.replacing("f700 ", with: "f755 ").replacing("f600 ", with: "f644 ")
        }
        #expect(try folder.listing(of: "parent/release") == plain)
        #expect(try folder.names(in: "parent") == ["release"])
        #expect(unpacked.entries_count == packed.entries_count)
        #expect(unpacked.manifest == packed.manifest)
        #expect(packed.length_bytes == (try folder.read("bundle").count))
        #expect(packed.digest == SHA256.digest(of: try folder.read("bundle")))
    }

    @Test func `the same files give the same bytes whatever their times, owners, modes and order of creation`() throws {
        let first = try TemporaryFolder()
        try first.makeSampleTree()
        let second = try TemporaryFolder()
        try second.makeFolder("tree/empty folder")
        try second.link("tree/dangling", to: "nowhere")
        try second.write("tree/data/ünïcode – 名", "text", mode: 0o444)
        try second.write("tree/bin/odd mode", "x", mode: 0o711)
        try second.makeSampleTree2()
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_000_000)],
            ofItemAtPath: second.path("tree/data/large")
        )
        // Only root may give files away; for others their own user is as good as any.
        if geteuid() == 0 { #expect(lchown(second.path("tree/data/large"), 4_711, 4_711) == 0) }
        let digests = try [first.pack().digest, first.pack(to: "again").digest, second.pack().digest]
        #expect(Set(digests).count == 1)
    }

    @Test func `the packed bytes are these and no others`() throws {
        let folder = try TemporaryFolder()
        try folder.write("tree/wavetrain.yaml", "wavetrain: 1\nservice: billing\n")
        try folder.write("tree/run", "#!/bin/sh\n", mode: 0o755)
        _ = try folder.pack()
        let limits = ExpansionLimits(bytes_max: 1 << 20, ratio_max: 1_000)
        let tar = try Inflate.expand(folder.read("bundle"), format: .gzip, limits: limits)
        var run = TarBytes.file("run", "#!/bin/sh\n")
        run.mode = Array("0000755".utf8)
        var manifest = TarBytes.manifest
        manifest.mode = Array("0000644".utf8)
        // Device numbers are the one field that the writer of these tests leaves empty.
        var expected: [UInt8] = []
        for entry in [run, manifest] {
            var bytes = entry.bytes
            for range in [329..<336, 337..<344] { bytes.replaceSubrange(range, with: Array("0000000".utf8)) }
            bytes.replaceSubrange(148..<156, with: TarBytes.checksum(of: bytes[..<512]))
            expected += bytes
        }
        #expect(tar == expected + TarBytes.end)
    }

    @Test func `a bundle with another digest or length is not even looked at`() throws {
        let folder = try TemporaryFolder()
        try folder.makeFolder("parent")
        let noise: [UInt8] = [1, 2, 3]
        try folder.write("bundle", noise)
        func unpack(_ bytes: [UInt8], length_bytes: Int) throws -> BundleError.Code? {
            try code {
                _ = try BundleUnpacker.unpack(
                    archive: folder.path("bundle"),
                    digest: SHA256.digest(of: bytes),
                    length_bytes: length_bytes,
                    into: folder.path("parent"),
                    name: "release"
                )
            }
        }
        #expect(try unpack([1, 2], length_bytes: 3) == .digestMismatch)
        #expect(try unpack(noise, length_bytes: 2) == .lengthMismatch)
        #expect(try unpack(noise, length_bytes: 4) == .lengthMismatch)
        #expect(try unpack(noise, length_bytes: 3) == .badCompression)
        #expect(try folder.names(in: "parent").isEmpty)
    }

    @Test func `what is there already is neither replaced nor changed`() throws {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        let packed = try folder.pack()
        #expect(try code { _ = try folder.pack() } == .alreadyThere)
        try folder.write("parent/release/mine", "mine")
        #expect(try code { try folder.unpack(packed) } == .alreadyThere)
        #expect(try folder.listing(of: "parent") == ["d755 release", "f644 release/mine bWluZQ=="])
    }

    @Test(arguments: ["", ".", "..", "a/b", "/", "a\nb"])
    func `a release's name is one plain part of a path`(name: String) throws {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        try folder.makeFolder("parent")
        let packed = try folder.pack()
        let refused = try code {
            _ = try BundleUnpacker.unpack(
                archive: folder.path("bundle"),
                digest: packed.digest,
                length_bytes: packed.length_bytes,
                into: folder.path("parent"),
                name: name
            )
        }
        #expect(refused != nil)
        #expect(try folder.names(in: "parent").isEmpty)
    }

    @Test func `what a crash left behind is removed, and nothing else`() throws {
        let folder = try TemporaryFolder()
        try folder.write("parent/.wavetrain-new-1/a/b", "half")
        try folder.link("parent/.wavetrain-new-1/out", to: folder.path("outside"))
        try folder.write("parent/.wavetrain-new-2", "half a bundle")
        try folder.write("parent/release/file", "whole")
        try folder.write("outside/file", "untouched")
        try BundleUnpacker.removeAbandoned(in: folder.path("parent"))
        #expect(try folder.names(in: "parent") == ["release"])
        #expect(try folder.names(in: "outside") == ["file"])
    }
}

extension TemporaryFolder {
    /// The sample tree over one that holds a part of it already.
    fileprivate func makeSampleTree2() throws {
        for name in ["empty folder", "dangling"] { try FileManager.default.removeItem(atPath: path("tree/\(name)")) }
        try makeSampleTree()
    }
}
