import Cryptography
import EventStore
import Testing
import TimeAndChance
import TrainModel

@Suite(.timeLimit(.minutes(10))) struct InMemoryEventStoreTests {
    let store: InMemoryEventStore

    init() throws {
        store = InMemoryEventStore(cluster: try cluster())
    }

    @Test func `what was appended is read back in order and as a sound chain`() async throws {
        for number in 0..<10 { try await store.append([draft(number), draft(number)]) }
        let records = try await store.records(after: 0, limit: 100)
        var verifier = ChainVerifier(after: .genesis(cluster: store.cluster), known: [try store.head])
        for record in records { verifier.take(record) }
        #expect(verifier.finish().isEmpty)
        #expect(records.map(\.sequence) == Array(1...20))
        #expect(try await store.records(after: 5, limit: 2).map(\.sequence) == [6, 7])
        #expect(try await store.records(after: 20, limit: 2).isEmpty)
        #expect(try await store.records(after: .max, limit: 2).isEmpty)
        #expect(try await store.records(after: 0, limit: -1).isEmpty)
    }

    @Test func `appends of many tasks are all there, once`() async throws {
        try await withThrowingTaskGroup(of: UInt64.self) { group in
            for number in 0..<1_000 { group.addTask { try await store.append([draft(number)]).sequence } }
            var sequences: Set<UInt64> = []
            for try await sequence in group { sequences.insert(sequence) }
            #expect(sequences == Set(1...1_000))
        }
        #expect(try store.head.sequence == 1_000)
    }

    @Test func `a ticket is given at once and durable only after the commit`() async throws {
        store.holdCommits()
        let ticket = try store.enqueue([draft(1)])
        #expect(ticket.head.sequence == 1)
        #expect(try store.head.sequence == 0)
        #expect(try await store.records(after: 0, limit: 10).isEmpty)
        async let durable = ticket.durable()
        store.releaseCommits()
        #expect(try await durable == ticket.head)
        #expect(try store.head == ticket.head)
    }

    @Test func `a failed store fails every waiter and every later call with the same error`() async throws {
        store.holdCommits()
        let ticket = try store.enqueue([draft(1)])
        let error = EventStoreError(.diskFull, "the disk is full", place: "memory", remedy: "Make room")
        let waiting = Task { try await ticket.durable() }
        store.fail(error)
        await #expect(throws: error) { try await waiting.value }
        store.releaseCommits()
        #expect(throws: error) { try store.enqueue([]) }
        #expect(throws: error) { try store.head }
        await #expect(throws: error) { try await store.durable(through: 0) }
        await #expect(throws: error) { try await store.records(after: 0, limit: 1) }
        await #expect(throws: error) { try await store.snapshot() }
        await #expect(throws: error) { try await store.saveSnapshot([], at: 1) }
        await #expect(throws: error) { try await store.putDocument([]) }
        await #expect(throws: error) { try await store.document(SHA256.digest(of: [])) }
    }

    @Test func `after a crash everything durable is there and nothing else`() async throws {
        try await store.append([draft(1), draft(2)])
        try await store.saveSnapshot([1], at: 2)
        store.holdCommits()
        _ = try store.enqueue([draft(3)])
        let recovered = store.recovered()
        #expect(try recovered.head.sequence == 2)
        #expect(try await recovered.snapshot()?.bytes == [1])
        #expect(try await recovered.append([draft(4)]).sequence == 3)
    }

    @Test func `the newest two snapshots are kept, each with its place in the chain`() async throws {
        for number in 0..<5 { try await store.append([draft(number)]) }
        #expect(try await store.snapshot() == nil)
        try await store.saveSnapshot([2], at: 2)
        try await store.saveSnapshot([5], at: 5)
        try await store.saveSnapshot([4], at: 4)
        let record = try await store.records(after: 4, limit: 1)[0]
        #expect(try await store.snapshot() == Snapshot(head: record.head, bytes: [5]))
    }

    @Test func `a snapshot of nothing, or of what was never enqueued, is refused`() async throws {
        await #expect { try await store.saveSnapshot([], at: 0) } throws: {
            ($0 as? EventStoreError)?.code == .invalidSnapshot
        }
        await #expect { try await store.saveSnapshot([], at: 1) } throws: {
            ($0 as? EventStoreError)?.code == .notEnqueued
        }
    }

    @Test func `a document is found by its digest`() async throws {
        let digest = try await store.putDocument(Array("plan: weekly".utf8))
        #expect(digest == SHA256.digest(of: "plan: weekly".utf8))
        #expect(try await store.document(digest) == Array("plan: weekly".utf8))
        #expect(try await store.document(SHA256.digest(of: [])) == nil)
        await #expect { try await store.putDocument(Array(repeating: 0, count: (16 << 20) + 1)) } throws: {
            ($0 as? EventStoreError)?.code == .invalidDocument
        }
    }
}

@Suite(.timeLimit(.minutes(10))) struct EventDraftTests {
    @Test(arguments: ["", "Wave", "wave started", "wälle", "a/b", String(repeating: "a", count: 65)])
    func `a kind outside its characters or length is refused`(kind: String) {
        #expect { try EventDraft(time: .distantFuture, kind: kind, body: Array("{}".utf8)) } throws: {
            ($0 as? EventStoreError)?.code == .invalidDraft
        }
    }

    @Test(
        arguments: [
            [], Array("{".utf8), Array("[]".utf8), Array(" {}".utf8), Array("{}\n".utf8), Array("{\n}".utf8),
            Array("{\"a\":\"\u{0}\"}".utf8), [0x7b, 0xff, 0x7d], Array(repeating: 0x20, count: (4 << 20) + 1),
        ] as [[UInt8]]
    )
    func `a body that is no line of UTF-8 with one object is refused`(body: [UInt8]) {
        #expect { try EventDraft(time: .distantFuture, kind: "a", body: body) } throws: {
            ($0 as? EventStoreError)?.code == .invalidDraft
        }
    }
}
