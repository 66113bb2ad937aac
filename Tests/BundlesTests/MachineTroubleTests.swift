import Bundles
import Foundation
import Glibc
import Testing

@Suite struct MachineTroubleTests {
    @Test func `a folder that may not be written to is named and nothing is done`() throws {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        let packed = try folder.pack()
        try folder.makeFolder("parent")
        #expect(chmod(folder.path("parent"), 0o555) == 0)
        defer { chmod(folder.path("parent"), 0o755) }
        var failures: [BundleError] = []
        try withoutPrivilege {
            do { try folder.unpack(packed) } catch let error as BundleError { failures.append(error) }
            do { _ = try folder.pack(to: "parent/bundle") } catch let error as BundleError { failures.append(error) }
        }
        #expect(failures.map(\.code) == [.noPermission, .noPermission])
        #expect(failures.allSatisfy { $0.leftover == nil && $0.entry?.contains("/parent/") == true })
        #expect(try folder.names(in: "parent").isEmpty)
    }

    @Test func `a file that may not be read is named and no bundle appears`() throws {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        #expect(chmod(folder.path("tree/bin/odd mode"), 0o755) == 0)
        #expect(chmod(folder.path("tree/data/block"), 0) == 0)
        #expect(chmod(folder.path, 0o777) == 0)
        var failure: BundleError?
        try withoutPrivilege {
            do { _ = try folder.pack() } catch let error as BundleError { failure = error }
        }
        #expect(failure?.code == .noPermission)
        #expect(failure?.entry?.hasSuffix("data/block") == true)
        #expect(try folder.names() == ["tree"])
    }

    @Test(.enabled(if: TinyDisk.isPossible, "mounting takes root"))
    func `a full disk leaves nothing behind`() throws {
        let folder = try TemporaryFolder()
        try folder.makeSampleTree()
        let packed = try folder.pack()
        try folder.makeFolder("parent")
        try folder.makeFolder("other")
        let disk = try TinyDisk(at: folder.path("parent"))
        var failures: [BundleError] = []
        do { try folder.unpack(packed) } catch let error as BundleError { failures.append(error) }
        do { _ = try folder.pack(to: "parent/bundle") } catch let error as BundleError { failures.append(error) }
        #expect(failures.map(\.code) == [.noSpace, .noSpace])
        #expect(failures.allSatisfy { $0.leftover == nil })
        #expect(try folder.names(in: "parent").isEmpty)
        withExtendedLifetime(disk) {}
    }

    /// Runs `body` as a user who owns nothing, on this thread only; as who we are, unless that is root.
    private func withoutPrivilege(_ body: () throws -> Void) throws {
        guard geteuid() == 0 else { return try body() }
        // The one call of this family that the kernel and the C library both keep to the calling thread.
        typealias SetFileSystemUser = @convention(c) (uid_t) -> Int32
        let function = try #require(dlsym(nil, "setfsuid"))
        let setFileSystemUser = unsafeBitCast(function, to: SetFileSystemUser.self)
        _ = setFileSystemUser(65_534)
        defer { _ = setFileSystemUser(0) }
        try body()
    }
}

/// A file system of 64 KiB in memory.
private final class TinyDisk {
    private let path: String

    static let isPossible: Bool = {
        guard let folder = try? TemporaryFolder() else { return false }
        return (try? TinyDisk(at: folder.path)) != nil
    }()

    init(at path: String) throws {
        guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else { throw CocoaError(.fileWriteUnknown) }
        self.path = path
    }

    deinit {
        umount2(path, Int32(MNT_DETACH))
    }
}
