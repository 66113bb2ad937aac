import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

@Suite struct RecoveryTests {
    /// A second deployment that crashes right before the named move is answered.
    private func crashed(
        at move: Move,
        hooks: DeclaredHooks,
        failing: Set<Move> = [],
        blind: Set<Move> = [],
        checks: [Check] = [httpCheck]
    ) throws -> Story {
        var story = try Story()
        story.hooks = hooks
        let first = try order(version: 1, checks: checks)
        try story.apply(first)
        story.give(.receiptStored(first.id))
        story.forget()
        (story.failing, story.blind) = (failing, blind)
        story.give(.order(try order(version: 2, generation: 2, checks: checks), digest: try digest(7)))
        story.carryOut(until: move)
        try story.crash()
        story.carryOut()
        return story
    }

    @Test(arguments: [Move.drainOld, .stopOld, .installNew, .startNew, .verifyNew])
    func `a hook whose outcome a crash hid is not run again, and the host goes back`(move: Move) throws {
        let story = try crashed(at: move, hooks: allHooksOnce)
        let receipt = try #require(story.receipts.last)
        #expect(story.moves.count { $0 == move } == 1)
        #expect(receipt.outcome == .returned)
        #expect(receipt.code == "unknown-after-crash")
        #expect(receipt.failedStep == move.step)
        #expect(receipt.running?.version == Version("1.0"))
    }

    @Test(arguments: Move.forward)
    func `what may be repeated is repeated, and the order is applied`(move: Move) throws {
        let story = try crashed(at: move, hooks: allHooksRepeatable)
        #expect(story.moves.count { $0 == move } == 2)
        #expect(story.receipts.map(\.outcome) == [.applied])
    }

    @Test func `a way back that stays unseen after a crash is unknown`() throws {
        var story = try crashed(at: .startOld, hooks: allHooksOnce, failing: [.smokeNew])
        #expect(story.receipts.map(\.outcome) == [.returned])
        story = try crashed(at: .startOld, hooks: allHooksOnce, failing: [.smokeNew, .smokeOld])
        #expect(story.receipts.map(\.outcome) == [.unknown])
        #expect(story.receipts.last?.running == nil)
    }

    @Test func `a start in doubt is not believed because of a verify hook that names no version`() throws {
        let seen = try crashed(at: .startOld, hooks: allHooksOnce, failing: [.verifyNew], checks: [])
        #expect(seen.receipts.map(\.outcome) == [.returned])
        let unseen = try crashed(
            at: .startOld,
            hooks: allHooksOnce,
            failing: [.verifyNew],
            blind: [.verifyOld],
            checks: []
        )
        #expect(unseen.receipts.map(\.outcome) == [.unknown])
        #expect(unseen.receipts.last?.running == nil)
    }

    @Test func `a host without a link goes on with what its journal holds`() throws {
        var story = try Story()
        story.give(.order(try order(), digest: try digest(7)))
        story.carryOut(until: .switchToNew)
        try story.crash(link: false)
        story.carryOut()
        #expect(story.state.memory.unsentReceipts.map(\.outcome) == [.applied])
        #expect(story.receipts.isEmpty)
    }

    @Test func `a time limit that passed while the agent was away turns the order round`() throws {
        var story = try Story()
        story.hooks = allHooksRepeatable
        try story.apply(try order(version: 1))
        story.give(.order(try order(version: 2, generation: 2), digest: try digest(7)))
        story.carryOut(until: .startNew)
        story.now = story.now + .minutes(10)
        try story.crash()
        story.carryOut()
        #expect(story.receipts.last?.outcome == .returned)
        #expect(story.receipts.last?.code == "timed-out")
    }

    @Test func `the journal is replaced by a snapshot that means the same`() throws {
        var story = try Story()
        var snapshots: [HostMemory] = []
        for generation in 1...40 {
            try story.apply(try order(generation: UInt64(generation)))
        }
        for action in story.actions { if case .compactJournal(let memory) = action { snapshots.append(memory) } }
        #expect(!snapshots.isEmpty)
        for snapshot in snapshots { #expect(try HostMemory(replaying: [.snapshot(snapshot)]) == snapshot) }
        #expect(try HostMemory(replaying: story.records) == story.state.memory)
    }

    @Test func `records that contradict each other are named, not obeyed`() throws {
        var story = try Story()
        try story.apply(try order())
        let records = story.records
        #expect(throws: JournalContradiction.self) { try HostMemory(replaying: records.dropFirst()) }
        #expect(throws: JournalContradiction.self) { try HostMemory(replaying: records + records.suffix(1)) }
        #expect(throws: JournalContradiction.self) { try HostMemory(replaying: records.prefix(1) + records.prefix(1)) }
    }
}
