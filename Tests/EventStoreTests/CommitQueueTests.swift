import Testing

@testable import EventStore

@Suite struct CommitQueueTests {
    private var queue: CommitQueue<String>
    private let error = EventStoreError(.diskFull, "the disk is full", place: "here", remedy: "Make room")

    init() throws {
        queue = CommitQueue(head: .genesis(cluster: try cluster()))
    }

    private func given(_ answer: CommitQueue<String>.Enqueue) throws -> (sequence: UInt64, commitNow: Bool) {
        guard case .given(let head, let commitNow) = answer else { throw error }
        return (head.sequence, commitNow)
    }

    @Test mutating func `drafts get numbers from 1 in the order of enqueueing`() throws {
        #expect(try given(queue.enqueue([draft(1), draft(2)])).sequence == 2)
        #expect(try given(queue.enqueue([draft(3)])).sequence == 3)
        #expect(queue.takeBatch().map(\.sequence) == [1, 2, 3])
    }

    @Test mutating func `a commit is asked for once, and again only for what gathered meanwhile`() throws {
        #expect(try given(queue.enqueue([draft(1)])).commitNow)
        #expect(try !given(queue.enqueue([draft(2)])).commitNow)
        #expect(queue.takeBatch().count == 2)
        #expect(try !given(queue.enqueue([draft(3)])).commitNow)
        #expect(try !given(queue.enqueue([draft(4)])).commitNow)
        #expect(queue.batchCommitted().commitNow)
        #expect(queue.takeBatch().map(\.sequence) == [3, 4])
        #expect(!queue.batchCommitted().commitNow)
        #expect(try given(queue.enqueue([draft(5)])).commitNow)
    }

    @Test mutating func `enqueueing nothing commits nothing and names the newest record`() throws {
        let (sequence, commitNow) = try given(queue.enqueue([]))
        #expect(sequence == 0 && !commitNow)
        _ = queue.enqueue([try draft(1)])
        #expect(try given(queue.enqueue([])).sequence == 1)
    }

    @Test mutating func `a waiter is released by the commit that reaches its record and by no earlier one`() throws {
        _ = queue.enqueue([try draft(1)])
        _ = queue.takeBatch()
        _ = queue.enqueue([try draft(2)])
        guard case .parked = queue.wait(through: 2, "second"), case .parked = queue.wait(through: 1, "first") else {
            Issue.record("nothing is durable yet")
            return
        }
        #expect(queue.batchCommitted().released == ["first"])
        _ = queue.takeBatch()
        #expect(queue.batchCommitted().released == ["second"])
        guard case .proceed = queue.wait(through: 2, "late") else {
            Issue.record("everything is durable")
            return
        }
    }

    @Test mutating func `waiting for a record that was never enqueued is refused`() throws {
        guard case .refuse(let refusal) = queue.wait(through: 1, "early") else {
            Issue.record("this would wait for ever")
            return
        }
        #expect(refusal.code == .notEnqueued)
    }

    @Test mutating func `after a failure everything is refused with that first error`() throws {
        _ = queue.enqueue([try draft(1)])
        _ = queue.takeBatch()
        _ = queue.wait(through: 1, "a")
        _ = queue.wait(through: 1, "b")
        #expect(queue.fail(error) == ["a", "b"])
        let later = EventStoreError(.closed, "later", place: "", remedy: "")
        #expect(queue.fail(later).isEmpty)

        guard case .refuse(error) = queue.enqueue([try draft(2)]), case .refuse(error) = queue.wait(through: 0, "c")
        else {
            Issue.record("a poisoned queue refuses")
            return
        }
        #expect(throws: error) { try queue.durableHead.get() }
        #expect(!queue.batchCommitted().commitNow)
        #expect(queue.takeBatch().isEmpty)
    }
}
