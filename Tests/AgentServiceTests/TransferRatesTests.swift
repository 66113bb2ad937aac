import AgentLink
import Glibc
import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

@Suite struct TransferRatesTests {
    private let night = TransferRates.Window(from_minute: 22 * 60, to_minute: 6 * 60)

    @Test func `a window over midnight is open in the night and closed by day`() {
        #expect(night.contains(22 * 60) && night.contains(0) && night.contains(6 * 60 - 1))
        #expect(!night.contains(6 * 60) && !night.contains(22 * 60 - 1))
        #expect(night.minutesUntilOpen(at: 6 * 60) == 16 * 60)
        #expect(night.minutesUntilOpen(at: 21 * 60 + 59) == 1)
        #expect(night.minutesUntilOpen(at: 23 * 60) == 0)
        let day = TransferRates.Window(from_minute: 60, to_minute: 120)
        #expect(day.contains(60) && !day.contains(120) && day.minutesUntilOpen(at: 120) == 23 * 60)
    }

    @Test func `outside of the window its own rate counts, and nothing is fetched where that is none`() {
        let rates = TransferRates(rate: .bytes_s(5), window: night, rateOutside: .none)
        #expect(rates.rate(atMinute: 0) == .bytes_s(5))
        #expect(rates.wait(atMinute: 0) == nil)
        #expect(rates.wait(atMinute: 12 * 60)?.minutes == 600)
        #expect(rates.wait(atMinute: 12 * 60)?.reason.contains("22:00") == true)
        #expect(TransferRates().wait(atMinute: 0) == nil)
    }

    @Test func `a pace that is closed says for how long and opens by the clock`() {
        let minute = Mutex(12 * 60)
        let rates = TransferRates(rate: .bytes_s(1 << 20), window: night, rateOutside: .none)
        let pace = TransferPace(rates) { minute.withLock { $0 } }
        guard case .closed(.hours(10), _) = pace.took(0) else {
            Issue.record("it is not closed")
            return
        }
        minute.withLock { $0 = 22 * 60 }
        #expect(pace.took(0) == .goOn)
        guard case .wait = pace.took(3 << 20) else {
            Issue.record("three seconds' bytes came at once")
            return
        }
    }
}

@Suite struct DiskRoomTests {
    private let folder: TemporaryFolder
    private let room: DiskRoom

    init() throws {
        folder = try TemporaryFolder()
        room = DiskRoom(reserve_bytes: 1 << 20, root: folder.path)
    }

    /// Asks for more than there is.
    private func make(freeable_bytes: Int, _ free: () throws(AgentError) -> Bool) -> AgentError? {
        #expect(throws: AgentError.self) {
            try room.make(
                DiskRoom.free_bytes(folder.path) + (1 << 40),
                for: "fetching cache 2.0",
                freeable_bytes: { () throws(AgentError) in freeable_bytes },
                free: free
            )
        }
    }

    @Test func `what is missing is said with its figures, after all that may go has gone`() throws {
        try room.make(1, for: "this", freeable_bytes: { () throws(AgentError) in 0 }) { () throws(AgentError) in false }
        var left = 3
        let error = make(freeable_bytes: .max) { () throws(AgentError) in
            left -= 1
            return left >= 0
        }
        #expect(left == -1)
        #expect(error?.code == .diskFull)
        #expect(error?.sentence.contains("fetching cache 2.0 needs") == true)
        #expect(error?.sentence.contains("1024 KiB are to stay free") == true)
    }

    @Test func `nothing goes where all of it would not do`() throws {
        let error = make(freeable_bytes: 1 << 20) { () throws(AgentError) in
            Issue.record("something was removed in vain")
            return false
        }
        #expect(error?.code == .diskFull)
    }

    @Test(arguments: [(0, "0 KiB"), (1, "1 KiB"), (10 << 20, "10 MiB"), ((10 << 20) + 1, "11 MiB")])
    func `sizes are rounded up`(bytes: Int, text: String) { #expect(DiskRoom.text(bytes) == text) }

    @Test func `a size beyond all disks is refused and not computed to death`() {
        #expect(throws: AgentError.self) {
            try room.make(.max, for: "this", freeable_bytes: { () throws(AgentError) in .max }) {
                () throws(AgentError) in false
            }
        }
    }
}

@Suite struct ReleasePruningTests {
    private func release(_ name: String, _ bytes: Int, isNeeded: Bool = false) -> ReleasePruning.Release {
        ReleasePruning.Release(name: name, bytes: bytes, isNeeded: isNeeded)
    }

    @Test func `the oldest go first, by count and by space, and what is needed never goes`() {
        let releases = [
            release("a", 5, isNeeded: true), release("b", 5), release("c", 5), release("d", 5, isNeeded: true),
        ]
        func pruned(_ count_max: Int, _ space_bytes: Int? = nil) -> [String] {
            ReleasePruning.superfluous(releases, count_max: count_max, space_bytes: space_bytes)
        }
        #expect(pruned(4).isEmpty)
        #expect(pruned(3) == ["b"])
        #expect(pruned(0) == ["b", "c"])
        #expect(pruned(9, 10).isEmpty)
        #expect(pruned(9, 9) == ["b"])
        #expect(pruned(9, 0) == ["b", "c"])
    }
}

@Suite struct KeptBundlesTests {
    private let folder: TemporaryFolder
    private let kept: KeptBundles

    init() throws {
        folder = try TemporaryFolder()
        kept = KeptBundles(root: folder.path)
    }

    private func keep(_ text: String) throws -> Artifact {
        let bundle = try TestBundle(text, in: folder, hooks: ["drain": "echo \(text)"])
        try Files.makeFolder(folder.path + "/bundles")
        let archive = "\(folder.path)/bundles/\(bundle.artifact.digest.hex)"
        try Files.rename(bundle.archive, to: archive)
        try kept.keep(archive, of: bundle.artifact)
        return bundle.artifact
    }

    @Test func `a kept bundle is a seed, is given to neighbours, and goes when its release goes`() throws {
        let first = try keep("1.0")
        let second = try keep("2.0")
        #expect(try kept.seeds().count == 2)
        #expect(kept.file(first.digest)?.length_bytes == first.length_bytes)
        try kept.prune(keep: [second.digest])
        #expect(kept.file(first.digest) == nil)
        #expect(kept.file(second.digest) != nil)
        #expect(try kept.removeOldest())
        #expect(try !kept.removeOldest())
    }

    @Test func `a kept bundle that has changed is given to nobody`() throws {
        let artifact = try keep("1.0")
        let path = "\(folder.path)/kept/\(artifact.digest.hex)"
        var bytes = try Files.read(path) ?? []
        bytes[100] ^= 1
        try Files.replace(path, with: bytes)
        // A new process, which has verified nothing yet.
        #expect(KeptBundles(root: folder.path).file(artifact.digest) == nil)
        #expect(try !Files.exists(path))
    }
}
