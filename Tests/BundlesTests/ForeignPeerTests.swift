import Bundles
import Cryptography
import Foundation
import Testing

/// GNU tar on the other side.
@Suite struct ForeignPeerTests {
    @Test func `tar lists and unpacks what we pack`() throws {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        _ = try folder.pack()
        let listed = try run("tar", "--quoting-style=literal", "-tzf", folder.path("bundle"))
        let names = listed.split(separator: "\n").map { $0.hasSuffix("/") ? $0.dropLast() : $0 }.map(String.init)
        #expect(try names.sorted() == FileManager.default.subpathsOfDirectory(atPath: folder.path("tree")).sorted())
        try folder.makeFolder("theirs")
        _ = try run("tar", "-xzf", folder.path("bundle"), "-C", folder.path("theirs"))
        let plain = try folder.listing(of: "tree").map {
            $0.replacing("f700 ", with: "f755 ").replacing("f600 ", with: "f644 ")
        }
        #expect(try folder.listing(of: "theirs") == plain)
    }

    @Test(arguments: ["--format=ustar", "--format=pax"])
    func `we unpack what tar packs`(format: String) throws {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        if format == "--format=ustar" {
            // ustar has no room for these.
            try FileManager.default.removeItem(atPath: folder.path("tree/data/\(String(repeating: "n", count: 200))"))
            try FileManager.default.removeItem(atPath: folder.path("tree/data/long"))
            let name = "tree/data/\(String(repeating: "p", count: 90))/\(String(repeating: "q", count: 60))"
            try folder.write(name, "with a prefix")
        }
        let options = format == "--format=pax" ? "--pax-option=delete=atime,delete=ctime,delete=mtime" : "--sort=none"
        _ = try run("tar", format, options, "-czf", folder.path("theirs"), "-C", folder.path("tree"), ".")
        let bytes = try folder.read("theirs")
        try folder.makeFolder("parent")
        let unpacked = try BundleUnpacker.unpack(
            archive: folder.path("theirs"),
            digest: SHA256.digest(of: bytes),
            length_bytes: bytes.count,
            into: folder.path("parent"),
            name: "release"
        )
        let plain = try folder.listing(of: "tree").map {
            $0.replacing("f700 ", with: "f755 ").replacing("f600 ", with: "f644 ")
        }
        #expect(try folder.listing(of: "parent/release") == plain)
        #expect("\(unpacked.manifest.service)" == "billing")
    }

    @Test func `what tar packs in its own format is refused with the option to use`() throws {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        try folder.makeFolder("parent")
        _ = try run("tar", "--format=gnu", "-czf", folder.path("theirs"), "-C", folder.path("tree"), ".")
        let bytes = try folder.read("theirs")
        var failure: BundleError?
        do {
            _ = try BundleUnpacker.unpack(
                archive: folder.path("theirs"),
                digest: SHA256.digest(of: bytes),
                length_bytes: bytes.count,
                into: folder.path("parent"),
                name: "release"
            )
        } catch { failure = error }
        #expect(failure?.code == .notUstar)
        #expect(failure?.description.contains("--format=ustar") == true)
    }
}
