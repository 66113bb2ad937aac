import Cryptography
import Glibc
import HostDecisions
import TestSupport
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

@Suite struct JournalTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/journal" }

    init() throws { folder = try TemporaryFolder() }

    private func records(_ number: Int) -> [JournalRecord] {
        (0..<3).map { .epochRaised(UInt64(number * 10 + $0)) }
    }

    /// A journal's first record.
    private let start = JournalRecord.snapshot(HostMemory())

    private func open() throws -> (records: [JournalRecord], torn_bytes: Int) {
        var found: [JournalRecord] = []
        let journal = try Journal(path: path) { found = $0 }
        return (found, journal.torn_bytes)
    }

    private func writeThree() throws -> [UInt8] {
        var journal = try Journal(path: path) { _ in }
        for number in 1...3 { try journal.append(records(number)) }
        return try #require(try Files.read(path))
    }

    @Test func `what was appended is there when the journal is opened again`() throws {
        _ = try writeThree()
        let (found, torn) = try open()
        #expect(found == [start] + records(1) + records(2) + records(3))
        #expect(torn == 0)
    }

    @Test func `a record that no start could read again is not written`() throws {
        var journal = try Journal(path: path) { _ in }
        let service = try #require(ServiceName("cache"))
        let sentence = String(repeating: "s", count: JournalFrame.payload_bytes_max)
        let result = MoveResult(.failed(code: "long", sentence: sentence))
        let record = JournalRecord.moveEnded(service: service, move: .startNew, result: result, at: .distantFuture)
        #expect(throws: AgentError.self) { try journal.append([record]) }
        // What would follow could not be understood without it.
        #expect(throws: AgentError.self) { try journal.append(records(1)) }
        #expect(try open().records == [start])
    }

    @Test func `records that may be lost wait for one that may not, and come before it`() throws {
        let service = try #require(ServiceName("cache"))
        let own = JournalRecord.moveBegan(service: service, move: .fetch, at: .distantFuture)
        var journal = try Journal(path: path) { _ in }
        try journal.append([own])
        #expect(try Journal.read(path: path) == [start])
        try journal.append(records(1))
        #expect(try Journal.read(path: path) == [start, own] + records(1))
        for _ in 0..<Journal.waiting_max { try journal.append([own]) }
        #expect(try Journal.read(path: path).count == 5)
        try journal.append([own])
        #expect(try Journal.read(path: path).count == 5 + Journal.waiting_max + 1)
        try journal.append([own])
        try journal.replace(with: start)
        try journal.append(records(2))
        #expect(try Journal.read(path: path) == [start] + records(2))
    }

    @Test func `cut at any byte, the journal holds exactly the frames before, and goes on from there`() throws {
        let whole = try writeThree()
        let ends = Self.frameEnds(in: whole)
        for length in 0...whole.count {
            try Files.replace(path, with: Array(whole[..<length]))
            let frames = ends.count { $0 <= length }
            guard frames > 0 else {
                // The first frame came by rename: no crash can cut it.
                #expect(throws: AgentError.self) { try open() }
                continue
            }
            let kept = [start] + (1...3).prefix(frames - 1).flatMap(records)
            var found: [JournalRecord] = []
            var journal = try Journal(path: path) { found = $0 }
            #expect(found == kept, "cut at \(length)")
            #expect(journal.torn_bytes == length - ends[frames - 1])
            try journal.append(records(9))
            #expect(try Journal.read(path: path) == kept + records(9))
        }
    }

    /// Where each frame ends.
    private static func frameEnds(in bytes: [UInt8]) -> [Int] {
        var ends: [Int] = []
        while let frame = JournalFrame.read(bytes, at: ends.last ?? 0) {
            ends.append((ends.last ?? 0) + frame.bytes.count)
        }
        return ends
    }

    @Test func `a changed byte with whole frames behind it is damage, and at the very end a torn write`() throws {
        let whole = try writeThree()
        let last = Self.frameEnds(in: whole)[2]
        for position in whole.indices {
            var damaged = whole
            damaged[position] ^= 0x10
            try Files.replace(path, with: damaged)
            if position < last {
                let error = #expect(throws: AgentError.self) { try open() }
                #expect(error?.code == .damagedJournal, "byte \(position)")
                #expect(try Files.read(path) == damaged, "a damaged journal is left as it is")
            } else {
                #expect(try open().records == [start] + records(1) + records(2), "byte \(position)")
            }
        }
    }

    @Test func `a journal garbled at random is read up to where it is whole, or refused and left as it is`() throws {
        let whole = try writeThree()
        let ends = Self.frameEnds(in: whole)
        let written = [[start]] + (1...3).map(records)
        // By how many of its frames are read.
        let prefixes = (0...written.count).map { Array(written.prefix($0).joined()) }
        let count = LongRun.size(300, long: 20_000)
        var chance = SeededGenerator(seed: 4)
        var lost = 0
        for number in 0..<count {
            let garbled = Self.garble(whole, &chance)
            try Files.replace(path, with: garbled)
            do {
                let found = try open().records
                // What was whole once and has something whole behind it is never left out in silence.
                let frames = prefixes.firstIndex(of: found) ?? 0
                let isTruthful = frames > 0 && garbled.starts(with: whole[..<ends[frames - 1]])
                #expect(isTruthful, "\(number)")
                if !isTruthful { lost += 1 }
            } catch let error as AgentError {
                let isLeft = try error.code == .damagedJournal && Files.read(path) == garbled
                #expect(isLeft, "\(number)")
                if !isLeft { lost += 1 }
            }
        }
        LongRun.tell("journals garbled at random", count, "journals", lost: lost)
    }

    /// Bits flipped, a piece zeroed, left out, doubled or moved, and the end cut off or rubbish.
    private static func garble(_ whole: [UInt8], _ chance: inout SeededGenerator) -> [UInt8] {
        var bytes = whole
        for _ in 0..<Int.random(in: 1...3, using: &chance) where !bytes.isEmpty {
            let from = Int.random(in: 0..<bytes.count, using: &chance)
            let piece = from..<Int.random(in: from...bytes.count, using: &chance)
            switch Int.random(in: 0..<6, using: &chance) {
            case 0: bytes[from] ^= 1 << UInt8.random(in: 0..<8, using: &chance)
            case 1: bytes.replaceSubrange(piece, with: repeatElement(0, count: piece.count))
            case 2: bytes.removeSubrange(piece)
            case 3: bytes.insert(contentsOf: Array(bytes[piece]), at: Int.random(in: 0...bytes.count, using: &chance))
            case 4: bytes.removeSubrange(from...)
            default: bytes += (0..<from).map { _ in UInt8.random(in: 0...255, using: &chance) }
            }
        }
        return bytes
    }

    @Test func `a power cut that keeps a later frame and loses one before it costs only what was not flushed`() throws {
        let order = try #require(OrderID("weekly-1/westus3/cache/g1/b1/a1"))
        var journal = try Journal(path: path) { _ in }
        try journal.append(records(1))
        let flushed = try #require(try Files.read(path)).count
        for _ in 0..<2 { try journal.append([.receiptStored(order)]) }
        var bytes = try #require(try Files.read(path))
        let middle = flushed + (bytes.count - flushed) / 2
        bytes.replaceSubrange(flushed..<middle, with: repeatElement(0, count: middle - flushed))
        try Files.replace(path, with: bytes)
        #expect(try open().records == [start] + records(1))
        #expect(try open().torn_bytes == 0)
    }

    @Test func `frames left out, doubled or in another order are damage`() throws {
        let whole = try writeThree()
        let ends = Self.frameEnds(in: whole)
        let frames = zip([0] + ends, ends).map { Array(whole[$0..<$1]) }
        for order in [[0, 2], [1, 2], [0, 0, 1], [0, 2, 1], []] {
            try Files.replace(path, with: order.flatMap { frames[$0] })
            #expect(throws: AgentError.self) { try open() }
        }
    }

    @Test func `compaction leaves one snapshot, and later records follow it`() throws {
        _ = try writeThree()
        var journal = try Journal(path: path) { _ in }
        try journal.replace(with: .snapshot(HostMemory()))
        try journal.append(records(4))
        #expect(try open().records == [.snapshot(HostMemory())] + records(4))
    }

    @Test func `a compaction that a crash cut off changes nothing`() throws {
        let whole = try writeThree()
        try Files.replace(path + ".half", with: Array(whole.prefix(50)))
        try Files.rename(path + ".half", to: path + ".new")
        #expect(try open().records.count == 10)
        #expect(try !Files.exists(path + ".new"))
    }

    @Test func `a frame of another version of the agent is named, not guessed at`() throws {
        let frame = JournalFrame(sequence: 1, flushed: 0, payload: Array(#"[{"fromTheFuture":{}}]"#.utf8))
        try Files.replace(path, with: frame.bytes)
        let error = #expect(throws: AgentError.self) { try open() }
        #expect(error?.description.contains("another version") == true)
    }

    @Test func `a full disk is a clear error`() throws {
        let file = try OpenFile("/dev/full", O_WRONLY)
        let error = #expect(throws: AgentError.self) { try Self.write(file) }
        #expect(error?.code == .diskFull)
        #expect(error?.exitCode == 74)
    }

    private static func write(_ file: borrowing OpenFile) throws { try file.write([1]) }

    @Test func `after a failed write nothing is written any more`() throws {
        var journal = try Journal(path: path) { _ in }
        try journal.append(records(1))
        try Files.makeFolder(path + ".new/in-the-way")
        #expect(throws: AgentError.self) { try journal.replace(with: .snapshot(HostMemory())) }
        #expect(throws: AgentError.self) { try journal.append(records(2)) }
        try Files.remove(path + ".new")
        #expect(try open().records == [start] + records(1))
    }
}
