import EventStore
import Foundation
import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import EventStoreSQLite

/// Counts across tasks.
private final class Counter: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
}

@Suite(.timeLimit(.minutes(10))) struct CrashTests {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    /// Heads that a process noted after they were acknowledged: 8 bytes of number, 32 of hash each.
    private func notedHeads(_ path: String) throws -> [ChainHead] {
        let noted = try bytes(path)
        return try stride(from: 0, to: noted.count - noted.count % 40, by: 40).map { start in
            let sequence = noted[start..<start + 8].reduce(0) { $0 << 8 | UInt64($1) }
            return ChainHead(sequence: sequence, hash: try #require(Digest(bytes: noted[start + 8..<start + 40])))
        }
    }

    @Test func `a process that is killed while it commits loses nothing acknowledged`() async throws {
        let notes = folder.path + "/acknowledged"
        for round in 1...6 {
            await #expect(processExitsWith: .signal(SIGKILL)) {
                [path = folder.database as String, notes = notes as String, round = round as Int] in
                let file = open(notes, O_WRONLY | O_CREAT | O_APPEND, 0o600)
                let store = try SQLiteEventStore.open(
                    at: path,
                    cluster: cluster(),
                    ifMissing: round == 1 ? .create : .refuse
                )
                let appends = Counter()
                try await withThrowingTaskGroup { group in
                    for task in 0..<8 {
                        group.addTask {
                            while true {
                                let head = try await store.append([draft(task, body_bytes: 500), draft(task)])
                                let note = withUnsafeBytes(of: head.sequence.bigEndian) { Array($0) } + head.hash.bytes
                                guard write(file, note, note.count) == note.count else { exit(1) }
                                // The other tasks are anywhere in a commit when this one ends them all.
                                if appends.next() == 37 * round { kill(getpid(), SIGKILL) }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let store = try folder.open(ifMissing: .refuse)
            let heads = try notedHeads(notes)
            #expect(heads.count >= 37 * round)
            #expect(try await store.checkEverything(known: heads).sequence >= heads.map(\.sequence).max() ?? .max)
            try await store.close()
        }
    }

    @Test func `a journal that ends anywhere holds everything acknowledged before that byte`() async throws {
        let store = try folder.open()
        let journal = folder.database + "-wal"
        var acknowledged: [(journal_bytes: Int, head: ChainHead)] = [(0, try store.head)]
        for number in 0..<30 {
            let head = try await store.append([draft(number, body_bytes: number * 300)])
            acknowledged.append((try bytes(journal).count, head))
        }
        let image = try bytes(folder.database)
        let whole = try bytes(journal)
        try await store.close()

        var generator = SeededGenerator(seed: 28)
        let boundaries = acknowledged.flatMap { [$0.journal_bytes, $0.journal_bytes - 1] }.filter { $0 >= 0 }
        let cuts = boundaries + (0..<30).map { _ in Int.random(in: 0..<whole.count, using: &generator) }
        for cut in cuts {
            let crashed = try TemporaryFolder()
            try write(image, to: crashed.database)
            try write(whole.prefix(cut), to: crashed.database + "-wal")
            let promised = try #require(acknowledged.last { $0.journal_bytes <= cut }).head
            let recovered = try crashed.open(ifMissing: .refuse)
            #expect(try recovered.head == promised, "cut at byte \(cut)")
            #expect(try await recovered.append([draft(99)]).sequence == promised.sequence + 1)
            try await recovered.close()
        }
    }

    @Test func `a journal damaged after a crash is found by a head known from elsewhere`() async throws {
        let store = try folder.open()
        for number in 0..<10 { try await store.append([draft(number)]) }
        let head = try store.head
        let crashed = try TemporaryFolder()
        try write(bytes(folder.database), to: crashed.database)
        var journal = try bytes(folder.database + "-wal")
        journal[journal.count / 2] ^= 1
        try write(journal, to: crashed.database + "-wal")
        try await store.close()

        let recovered = try crashed.open()
        #expect(try recovered.head.sequence < head.sequence)
        await #expect { try await recovered.checkEverything(known: [head]) } throws: {
            ($0 as? EventStoreError)?.code == .damaged
        }
        try await recovered.close()
    }
}

@Suite(.timeLimit(.minutes(10))) struct DamageTests {
    /// Everything that a store gives back.
    private struct Contents: Equatable {
        var records: [EventRecord]
        var document: [UInt8]?
    }

    private static let document = Array("plan: weekly\n".utf8) + Array(repeating: UInt8(ascii: "#"), count: 9_000)

    /// Nil when the damage was found.
    private func contents(_ path: String) async throws -> Contents? {
        do {
            let store = try SQLiteEventStore.open(at: path, cluster: cluster(), ifMissing: .refuse)
            do {
                let digest = try #require(Digest(hex: Self.documentDigest))
                let contents = Contents(
                    records: try await store.allRecords(),
                    document: try await store.document(digest)
                )
                // A snapshot is the one that was saved, the one before, or none.
                let snapshot = try await store.snapshot()
                #expect([[40], [20], nil].contains(snapshot?.bytes))
                try await store.close()
                return contents
            } catch let error as EventStoreError {
                try await store.close()
                throw error
            }
        } catch let error as EventStoreError {
            #expect(
                [.damaged, .notADatabase, .foreign, .newer, .unsafe, .wrongCluster].contains(error.code),
                "\(error)"
            )
            return nil
        }
    }

    private static let documentDigest = "4585fb7b79c229988b564a0f90262eeb1eec18f0855466b2e1582969f3aab7c4"

    @Test func `flipped bits, wiped pages and cut ends of the database are found or do no harm`() async throws {
        let folder = try TemporaryFolder()
        let store = try folder.open()
        for number in 0..<60 { try await store.append([draft(number, body_bytes: number * number)]) }
        try await store.saveSnapshot([20], at: 20)
        try await store.saveSnapshot([40], at: 40)
        #expect(try await store.putDocument(Self.document).hex == Self.documentDigest)
        try await store.close()
        let image = try bytes(folder.database)
        let original = try #require(try await contents(folder.database))

        var generator = SeededGenerator(seed: 36)
        var found_count = 0
        for round in 0..<240 {
            var damaged = image
            let place = Int.random(in: 0..<image.count, using: &generator)
            let page = place / 4_096 * 4_096
            switch round % 8 {
            case 0: damaged.removeLast(image.count - place)
            case 1: damaged.removeLast(image.count - page)
            case 2: damaged.replaceSubrange(page..<page + 4_096, with: repeatElement(0, count: 4_096))
            case 3: damaged[page + place % 16] ^= 1 << UInt8(place % 8)
            default: damaged[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            }
            try write(damaged, to: folder.database)
            if let contents = try await contents(folder.database) {
                #expect(contents == original, "round \(round), byte \(place)")
            } else {
                found_count += 1
            }
            for suffix in ["-wal", "-shm"] { unlink(folder.database + suffix) }
        }
        #expect(found_count > 120)
    }
}
