import Glibc
import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import EventStore

@Suite(.timeLimit(.minutes(10))) struct AuditTests {
    private let store: InMemoryEventStore

    init() throws {
        store = InMemoryEventStore(cluster: try cluster())
    }

    private func exported(_ count: Int) async throws -> String {
        try await store.append((0..<count).map { try draft($0) })
        return try await export()
    }

    private func export() async throws -> String {
        let text = Mutex<[UInt8]>([])
        try await AuditFormat.export(store) { lines in text.withLock { $0 += lines } }
        return text.withLock { String(decoding: $0, as: UTF8.self) }
    }

    private func report(_ text: String, known: [ChainHead] = []) throws -> AuditReport {
        var reader = AuditReader(source: "audit.jsonl", known: known)
        _ = try reader.take(Array(text.utf8))
        return try reader.finish()
    }

    private func refusal(_ text: String) -> EventStoreError? {
        do {
            _ = try report(text)
            return nil
        } catch { return error as? EventStoreError }
    }

    /// A file of the repository, wherever its tests are reached from.
    private func repositoryFile(_ name: String, from testFile: String = #filePath) throws -> String {
        let here = try #require(realpath(testFile, nil))
        defer { free(here) }
        let root = String(cString: here).split(separator: "/").dropLast(3).joined(separator: "/")
        return String(decoding: try read("/\(root)/\(name)"), as: UTF8.self)
    }

    @Test func `an export is read back as the records it was made of`() async throws {
        let text = try await exported(1_200)
        var reader = AuditReader(source: "audit.jsonl", known: [try store.head])
        var records: [EventRecord] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            records += try reader.take(rest.prefix(777))
            rest = rest.dropFirst(777)
        }
        let report = try reader.finish()
        #expect(try await records == store.records(after: 0, limit: 3_000))
        #expect(report.isIntact)
        #expect(report.head == (try store.head))
        #expect(report.record_count == 1_200)
        #expect(report.cluster == store.cluster)
    }

    @Test func `an empty log has an export of one line`() async throws {
        let text = try await export()
        #expect(text.utf8.count { $0 == UInt8(ascii: "\n") } == 1)
        #expect(try report(text).isIntact)
    }

    @Test func `the recipe of the manual accepts an export with bash and sha256sum alone`() async throws {
        let manual = try repositoryFile("docs/audit.md")
        let recipe = try #require(manual.firstMatch(of: /```bash\n((?:.|\n)*?)```/)).output.1
        let folder = try TemporaryFolder()
        try write(Array(recipe.utf8), to: folder.path("check.sh"))

        func check(_ text: String) throws -> Outcome {
            try write(Array(text.utf8), to: folder.path("audit.jsonl"))
            return try run(["bash", folder.path("check.sh"), folder.path("audit.jsonl")])
        }
        let text = try await exported(5)
        let newest = try store.head.hash.hex
        let outcome = try check(text)
        #expect(outcome.output == "5 events, intact; newest \(newest)\n")
        #expect(outcome.status == 0)

        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let wrong: [(String, String)] = [
            (text.replacing("eu-2", with: "eu-3"), "event 3: was edited"),
            ((lines[..<3] + lines[4...]).joined(separator: "\n"), "event 3: its number is 4"),
            ((lines[..<5] + [""]).joined(separator: "\n"), "event 5: missing: the log should end at event 5"),
            (String(text.dropLast()), "event 5: the last line has no end"),
            (text.replacing("\"demo\"", with: "\"deno\""), "event 1: does not continue the event before it"),
        ]
        for (text, sentence) in wrong {
            let outcome = try check(text)
            #expect(outcome.output == sentence + "\n")
            #expect(outcome.status != 0)
        }
    }

    @Test func `a thousand edits of an export are all found`() async throws {
        let text = try await exported(16)
        let head = try store.head
        let lines = text.split(separator: "\n").map(String.init)
        var generator = SeededGenerator(seed: 46)
        for round in 0..<1_000 {
            var changed = lines
            let line = Int.random(in: 1..<lines.count, using: &generator)
            switch round % 4 {
            case 0:
                var bytes = Array(changed[line].utf8)
                let index = bytes.indices.randomElement(using: &generator) ?? 0
                bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                changed[line] = String(decoding: bytes, as: UTF8.self)
            case 1: changed.remove(at: line)
            case 2:
                let moved = changed.remove(at: line)
                let places = (1...changed.count).filter { $0 != line }
                changed.insert(moved, at: try #require(places.randomElement(using: &generator)))
            default: changed.removeLast(lines.count - line)
            }
            let edited = changed.joined(separator: "\n") + "\n"
            let found: Bool
            do {
                found = try !report(edited, known: [head]).isIntact
            } catch { found = (error as? EventStoreError)?.code == .malformedExport }
            #expect(found, "round \(round), line \(line)")
        }
    }

    @Test func `an export cut off at any byte is refused or found short`() async throws {
        let text = try await exported(3)
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count {
            let cut = String(decoding: bytes.prefix(count), as: UTF8.self)
            if let error = refusal(cut) {
                #expect(error.code == .malformedExport)
            } else {
                #expect(try !report(cut).isIntact)
            }
        }
    }

    @Test func `a longer log under an old first line is found`() async throws {
        let old = try await exported(3)
        let longer = try await exported(2)
        let lines = [old.split(separator: "\n")[0]] + longer.split(separator: "\n").dropFirst()
        #expect(try report(lines.joined(separator: "\n") + "\n").faults == [.extended(sequence: 4)])
    }

    @Test(arguments: [
        (#"{"sequence":1,"#, #"{"sequence":1,"sequence":1,"#, "a key twice"),
        (#"{"sequence":1,"#, #"{"sequence":"1","#, "another type"),
        (#"{"sequence":1,"#, #"{"sequence":1.0,"#, "a fraction"),
        (#"{"sequence":1,"#, #"{"sequence":01,"#, "a zero in front"),
        (#"{"sequence":1,"#, #"{"sequence":-1,"#, "a sign"),
        (#"{"sequence":1,"#, #"{"sequence":9223372036854775808,"#, "a number too large"),
        (#"{"sequence":1,"#, #"{"sequence": 1,"#, "a space"),
        (#"{"sequence":1,"#, #"{"#, "a missing key"),
        (#"{"sequence":1,"#, "\u{feff}" + #"{"sequence":1,"#, "a byte-order mark"),
        (#","kind""#, #","extra":null,"kind""#, "an unknown key"),
        (#""kind":"wave"#, #""kind":"Wave"#, "a kind outside its characters"),
        (#"{"region":"eu-0","#, #"{"region":"eu-0","region":"eu-0","#, "a key twice in the body"),
        (#"{"region":"eu-0","#, #"{"region":eu-0,"#, "a body that is no JSON"),
        (#"{"region""#, #"["region""#, "a body that is no object"),
    ])
    func `a record written in another way is refused with its line`(old: String, new: String, what: String) async throws
    {
        let text = try await exported(2)
        let changed = text.replacing(old, with: new, maxReplacements: 1)
        try #require(changed != text)
        let error = try #require(refusal(changed), "\(what)")
        #expect(error.code == .malformedExport)
        #expect(error.place == "audit.jsonl:2")
    }

    @Test(arguments: [
        "", "\n", "{}\n", #"{"format":"wavetrain-audit-2","cluster":"demo","sequence":0,"hash":""}"# + "\n",
        String(repeating: "x", count: AuditReader.line_bytes_max + 1),
    ])
    func `what is no export is refused at its first line`(text: String) throws {
        let error = try #require(refusal(text))
        #expect(error.code == .malformedExport)
        #expect(error.place == "audit.jsonl:1")
    }
}
