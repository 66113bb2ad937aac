import Glibc
import Testing
import TrainModel

@testable import AgentService

@Suite(.timeLimit(.minutes(10))) struct ReleaseDirectoriesTests {
    private let folder: TemporaryFolder
    private let directories: ReleaseDirectories
    private let service: ServiceName

    init() throws {
        folder = try TemporaryFolder()
        directories = ReleaseDirectories(root: folder.path)
        service = try #require(ServiceName("cache"))
    }

    private func artifact(_ number: UInt8) throws -> Artifact {
        Artifact(
            name: try #require(ArtifactName("cache")),
            version: try #require(Version("\(number).0")),
            digest: try #require(Digest(bytes: [UInt8](repeating: number, count: 32))),
            length_bytes: 1
        )
    }

    private func install(_ number: UInt8) throws -> Artifact {
        let artifact = try artifact(number)
        try directories.prepare(artifact, service)
        try Files.makeFolder(directories.path(of: artifact, service))
        return artifact
    }

    @Test func `current is switched, switched back and removed`() throws {
        let first = try install(1)
        let second = try install(2)
        #expect(try directories.current(of: service) == nil)
        try directories.switch(service, to: first)
        #expect(try directories.current(of: service) == directories.name(of: first))
        try directories.switch(service, to: second)
        #expect(try directories.current(of: service) == directories.name(of: second))
        try directories.switch(service, to: nil)
        try directories.switch(service, to: nil)
        #expect(try directories.current(of: service) == nil)
    }

    @Test func `a reader sees the old release or the new one at every moment of a thousand switches`() async throws {
        let releases = [try install(1), try install(2)]
        try directories.switch(service, to: releases[0])
        let path = directories.folder(of: service) + "/current/."
        let names = Set(releases.map(directories.name))
        let misses = try await withThrowingTaskGroup(of: Int.self) { group in
            group.addTask { [directories, service] in
                for index in 1...1_000 { try directories.switch(service, to: releases[index % 2]) }
                return 0
            }
            group.addTask { [directories, service] in
                var misses = 0
                for _ in 0..<5_000 {
                    let current = try directories.current(of: service)
                    if access(path, F_OK) != 0 || !names.contains(current ?? "") { misses += 1 }
                }
                return misses
            }
            return try await group.reduce(0, +)
        }
        #expect(misses == 0)
    }

    @Test func `current never points at a release that is not there or is of another digest`() throws {
        #expect(throws: AgentError.self) { try directories.switch(service, to: try artifact(1)) }
        let first = try install(1)
        let other = Artifact(
            name: first.name,
            version: first.version,
            digest: try #require(Digest(bytes: first.digest.bytes.dropLast() + [99])),
            length_bytes: 1
        )
        #expect(try !directories.holds(other, service))
        #expect(throws: AgentError.self) { try directories.prepare(other, service) }
        #expect(try directories.holds(first, service))
    }

    @Test func `a leftover of a crashed switch is in nobody's way`() throws {
        let first = try install(1)
        #expect(symlink("nowhere", directories.folder(of: service) + "/.current.new") == 0)
        try directories.switch(service, to: first)
        #expect(try directories.current(of: service) == directories.name(of: first))
    }

    @Test func `the oldest releases are pruned, but neither the current one nor one to keep`() throws {
        let all = try (1...6).map { try install($0) }
        try directories.switch(service, to: all[0])
        try directories.prune(service, keep: [all[1].digest], count_max: 3)
        let left = try Files.names(in: directories.releases(of: service))
        #expect(left == [all[0], all[1], all[5]].map(directories.name))
        #expect(try Files.names(in: directories.folder(of: service) + "/digests") == left)
    }

    @Test func `tidying removes what crashes left and nothing else`() throws {
        let first = try install(1)
        let wanted = directories.archive(of: first)
        try folder.write("services/cache/releases/.removed-0.9-abc/file", "x")
        try folder.write("bundles/\(try artifact(2).digest.hex)", "x")
        try folder.write("bundles/\(first.digest.hex)", "x")
        try directories.tidy(waitingFor: [first])
        #expect(try Files.names(in: directories.releases(of: service)) == [directories.name(of: first)])
        #expect(try Files.names(in: folder.path + "/bundles").map { "\(folder.path)/bundles/\($0)" } == [wanted])
    }

    @Test func `of what fetches left behind the newest stays, for the order that is given again`() throws {
        let wanted = try artifact(1)
        let left = try (2...4).map { try artifact($0) }
        for artifact in [wanted] + left { try folder.write("bundles/\(artifact.digest.hex)", "x") }
        try directories.removeArchives(butOf: [wanted], spare_count: 1)
        let names = Set(try Files.names(in: folder.path + "/bundles"))
        #expect(names == [wanted.digest.hex, left[2].digest.hex])
    }

    @Test func `one agent works in a root, and the next one may when it is gone`() throws {
        let lock = try ProcessLock(root: folder.path)
        let error = #expect(throws: AgentError.self) { try ProcessLock(root: folder.path) }
        #expect(error?.code == .locked)
        lock.release()
        try ProcessLock(root: folder.path).release()
    }
}
