import Bundles
import Foundation
import Glibc
import Testing

@Suite struct PackingRefusalTests {
    /// Packs the sample tree after a change; nothing may be left behind but the tree.
    private func refusal(limits: BundleLimits = .standard, _ change: (TemporaryFolder) throws -> some Any) throws
        -> BundleError?
    {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        _ = try change(folder)
        let before = try folder.names()
        var failure: BundleError?
        do { _ = try folder.pack(limits: limits) } catch let error as BundleError { failure = error }
        #expect(try folder.names() == before)
        return failure
    }

    @Test func `special files are refused by name`() throws {
        let pipe = try refusal { mkfifo($0.path("tree/data/pipe"), 0o600) }
        #expect(pipe?.code == .fifo)
        #expect(pipe?.entry == "data/pipe")
        let socket = try refusal { try makeSocket($0.path("tree")) }
        #expect(socket?.code == .socket)
        #expect(socket?.entry == "s")
    }

    @Test func `files that set their user or group are refused`() throws {
        for mode in [0o4755, 0o2755] as [mode_t] {
            let error = try refusal { chmod($0.path("tree/bin/start"), mode) }
            #expect(error?.code == .setID)
            #expect(error?.entry == "bin/start")
        }
    }

    @Test(arguments: [
        ("/etc", "absolute-link"), ("../x", "escaping-link"), ("data/../..", "escaping-link"),
        ("a\nb", "bad-link-target"),
    ])
    func `links that lead out are refused`(target: String, code: String) throws {
        let error = try refusal { try $0.link("tree/away", to: target) }
        #expect(error?.code.rawValue == code)
        #expect(error?.entry == "away")
    }

    @Test func `names that a bundle may not hold are refused`() throws {
        #expect(try refusal { try $0.write("tree/a\nb", "") }?.code == .controlCharacter)
        #expect(try refusal { try $0.write("tree/a\\b", "") }?.code == .backslash)
        #expect(try refusal { try $0.write("tree/BIN", "") }?.code == .twin)
        #expect(
            try refusal {
                try $0.write("tree/e\u{301}", ""); try $0.write("tree/\u{e9}", "")
            }?.code == .twin
        )
        let deep = Array(repeating: "d", count: 70).joined(separator: "/")
        #expect(try refusal { try $0.makeFolder("tree/\(deep)") }?.code == .tooDeep)
        let long = Array(repeating: String(repeating: "l", count: 250), count: 5).joined(separator: "/")
        #expect(try refusal { try $0.makeFolder("tree/\(long)") }?.code == .pathTooLong)
        let notUTF8 = try refusal { folder in
            let name = Array(folder.path("tree/").utf8CString.dropLast()) + [CChar(bitPattern: 0xff), 0]
            let file = open(name, O_CREAT | O_WRONLY, 0o600)
            #expect(file >= 0)
            close(file)
        }
        #expect(notUTF8?.code == .notUTF8)
    }

    @Test func `what would not unpack within the limits is not packed`() throws {
        #expect(try refusal(limits: BundleLimits(entries_max: 5)) { _ in }?.code == .tooManyEntries)
        #expect(try refusal(limits: BundleLimits(bytes_max: 100_000)) { _ in }?.code == .tooManyBytes)
        // A file with a hole of a hundred gigabytes: nobody reads it to the limit.
        let huge = try refusal { folder in
            try folder.write("tree/huge", [])
            return truncate(folder.path("tree/huge"), 100 << 30)
        }
        #expect(huge?.code == .tooManyBytes)
        let zeros = [UInt8](repeating: 0, count: 16 << 20)
        #expect(
            try refusal(limits: BundleLimits(ratio_max: 20)) { try $0.write("tree/zeros", zeros) }?.code
                == .ratioTooHigh
        )
    }

    @Test func `a folder without a usable manifest is refused with the place in it`() throws {
        #expect(try refusal { unlink($0.path("tree/wavetrain.yaml")) }?.code == .manifestMissing)
        let error = try refusal { try $0.write("tree/wavetrain.yaml", "wavetrain: 1\nservise: billing\n") }
        #expect(error?.code == .manifestInvalid)
        #expect(
            error?.description.contains("wavetrain.yaml:2:1: unknown key \"servise\"; did you mean \"service\"?")
                == true
        )
    }

    @Test func `a bundle is not packed into itself`() throws {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        #expect(try code { _ = try folder.pack(to: "tree/bundle") } == .outputInside)
        #expect(try !folder.names(in: "tree").contains { $0.contains("bundle") || $0.hasPrefix(".") })
    }

    @Test func `a folder that is not there is named`() throws {
        let folder = try TemporaryFolder()
        var failure: BundleError?
        do { _ = try folder.pack("nowhere") } catch let error as BundleError { failure = error }
        #expect(failure?.code == .notFound)
        #expect(failure?.entry == folder.path("nowhere"))
    }

    private func makeSocket(_ folder: String) throws {
        let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(number) }
        // The address has room for 107 bytes.
        let path = "\(folder)/s"
        try #require(path.utf8.count < 108)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(result == 0)
    }
}
