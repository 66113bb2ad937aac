import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

@Suite struct RestartTests {
    private func restart(generation: UInt64 = 2, attempt: UInt32 = 1, checks: [Check] = [httpCheck]) throws -> Order {
        var order = try order(version: 9, generation: generation, attempt: attempt, action: .restart, checks: checks)
        order.variables = [Variable(key: "CONFIGURATION", value: "7")]
        return order
    }

    private func running(hooks: DeclaredHooks = allHooksOnce) throws -> Story {
        var story = try Story()
        story.hooks = hooks
        try story.apply(try order(version: 1))
        story.forget()
        return story
    }

    @Test func `what runs is stopped, started and tested, and nothing is fetched or switched`() throws {
        var story = try running()
        try story.apply(try restart())
        #expect(story.moves == [.drainOld, .stopOld, .startNew, .verifyNew, .smokeNew])
        #expect(Set(story.orders.map(\.purpose)) == [.restart])
        let receipt = try #require(story.receipts.first)
        #expect(receipt.outcome == .applied)
        #expect(receipt.running?.version == Version("1.0"))
        let current = try #require(story.service?.current)
        #expect(current.generation == 2)
        #expect(current.variables.map(\.key) == ["CONFIGURATION"])
        #expect(current.hooks == allHooksOnce)
        #expect(story.service?.previous == nil)
        #expect(story.actions.contains(.startWatch(Watch(service: try name("cache"), deployment: current))))
    }

    @Test func `a restart is done once for an attempt, and once more for the next`() throws {
        var story = try running()
        for attempt in [UInt32(1), 1, 2, 2] { try story.apply(try restart(attempt: attempt)) }
        #expect(story.moves.count { $0 == .startNew } == 2)
        #expect(story.receipts.map(\.attempt) == [1, 1, 2, 2])
    }

    @Test func `a restart that fails starts what ran with what it was started with`() throws {
        var story = try running()
        story.failing = [.smokeNew]
        try story.apply(try restart())
        #expect(story.moves.suffix(4) == [.stopNew, .startOld, .verifyOld, .smokeOld])
        #expect(story.orders.last?.purpose == .return)
        let receipt = try #require(story.receipts.first)
        #expect(receipt.outcome == .returned)
        #expect(receipt.sentence.hasSuffix("this host runs 1.0 again as it was started before"))
        #expect(story.service?.current?.variables == [])
    }

    @Test func `without a stop hook the start hook does it all, and a failure is undone by it`() throws {
        var story = try running(hooks: DeclaredHooks(start: .once))
        try story.apply(try restart(checks: []))
        #expect(story.moves == [.startNew])
        story.forget()
        story.failing = [.startNew]
        try story.apply(try restart(generation: 3, checks: []))
        #expect(story.moves == [.startNew, .startOld])
        #expect(story.receipts.map(\.outcome) == [.returned])
    }

    @Test func `where nothing runs, or nothing can start it, a restart is refused and says so`() throws {
        var story = try Story()
        try story.apply(try restart())
        #expect(story.refusals == ["nothing-runs"])
        story = try running(hooks: DeclaredHooks(stop: .once))
        try story.apply(try restart())
        #expect(story.refusals == ["not-restartable"])
        #expect(story.moves.isEmpty)
    }

    @Test func `a restart that waited for a deployment that failed ends in a receipt that says why`() throws {
        var story = try Story()
        story.failing = [.startNew]
        story.give(.order(try order(version: 1), digest: try digest(7)))
        story.give(.order(try restart(), digest: try digest(8)))
        #expect(story.refusals.isEmpty)
        story.carryOut()
        #expect(story.receipts.map(\.code) == ["broken", "nothing-runs"])
    }

    @Test(arguments: [Move.drainOld, .stopOld, .startNew, .verifyNew, .smokeNew])
    func `a crash in a restart goes on, or says what is unknown and starts again what ran`(move: Move) throws {
        for hooks in [allHooksOnce, allHooksRepeatable] {
            var story = try running(hooks: hooks)
            story.give(.order(try restart(), digest: try digest(7)))
            story.carryOut(until: move)
            try story.crash()
            story.carryOut()
            let goesOn = hooks == allHooksRepeatable || move == .smokeNew
            let receipt = try #require(story.receipts.last)
            #expect(receipt.outcome == (goesOn ? .applied : .returned))
            #expect(receipt.code == (goesOn ? "" : "unknown-after-crash"))
            #expect(receipt.running?.version == Version("1.0"))
            #expect(story.moves.count { $0 == move } == (goesOn ? 2 : 1))
        }
    }
}
