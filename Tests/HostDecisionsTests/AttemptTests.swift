import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

@Suite struct AttemptTests {
    @Test func `the first deployment stops nothing, the second stops the first`() throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        #expect(story.moves == [.fetch, .unpack, .switchToNew, .installNew, .startNew, .verifyNew, .smokeNew])
        story.forget()
        try story.apply(try order(version: 2, generation: 2))
        #expect(story.moves == Move.forward)
        let receipt = try #require(story.receipts.first)
        #expect(receipt.outcome == .applied)
        #expect(receipt.running?.version == Version("2.0"))
        #expect(receipt.steps.map(\.step) == Array(Step.allCases.dropFirst().dropLast()))
        let kept = story.actions.compactMap { if case .prune(_, let keep) = $0 { keep } else { nil } }
        #expect(kept.last?.map(\.artifact.digest) == [try digest(2), try digest(1)])
    }

    @Test func `a hook that the bundle lacks is skipped`() throws {
        var story = try Story()
        story.hooks = DeclaredHooks(start: .once)
        try story.apply(try order(version: 1, checks: []))
        try story.apply(try order(version: 2, generation: 2, checks: []))
        #expect(story.moves == [.fetch, .unpack, .switchToNew, .startNew, .fetch, .unpack, .switchToNew, .startNew])
    }

    @Test(arguments: [Move.fetch, .unpack])
    func `what fails before anything was touched leaves the host as it was`(move: Move) throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.forget()
        story.failing = [move]
        try story.apply(try order(version: 2, generation: 2))
        let receipt = try #require(story.receipts.first)
        #expect(story.moves.last == move)
        #expect(receipt.outcome == .returned)
        #expect(receipt.failedStep == move.step)
        #expect(receipt.code == "broken")
        #expect(receipt.running?.version == Version("1.0"))
    }

    @Test func `a service that was drained and not stopped is restarted`() throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.forget()
        story.failing = [.drainOld]
        try story.apply(try order(version: 2, generation: 2))
        #expect(story.moves == [.fetch, .unpack, .drainOld, .stopOld, .startOld, .verifyOld, .smokeOld])
        #expect(story.receipts.map(\.outcome) == [.returned])
    }

    @Test(arguments: [
        (Move.stopOld, [Move.startOld, .verifyOld, .smokeOld]),
        (.switchToNew, [.switchToOld, .startOld, .verifyOld, .smokeOld]),
        (.installNew, [.switchToOld, .startOld, .verifyOld, .smokeOld]),
        (.startNew, [.stopNew, .switchToOld, .startOld, .verifyOld, .smokeOld]),
        (.verifyNew, [.stopNew, .switchToOld, .startOld, .verifyOld, .smokeOld]),
        (.smokeNew, [.stopNew, .switchToOld, .startOld, .verifyOld, .smokeOld]),
    ])
    func `what fails later is undone, and only that`(move: Move, wayBack: [Move]) throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.forget()
        story.failing = [move]
        try story.apply(try order(version: 2, generation: 2))
        #expect(Array(story.moves.drop { $0 != move }.dropFirst()) == wayBack)
        let receipt = try #require(story.receipts.first)
        #expect(receipt.outcome == .returned)
        #expect(receipt.failedStep == move.step)
        #expect(receipt.running?.version == Version("1.0"))
        #expect(receipt.steps.suffix(wayBack.count).allSatisfy { $0.step == .return })
        #expect(story.service?.current?.artifact.version == Version("1.0"))
        #expect(story.service?.condition == .running)
    }

    @Test func `stopping a new version that is already dead does not end the way back`() throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.failing = [.smokeNew, .stopNew]
        try story.apply(try order(version: 2, generation: 2))
        let receipt = try #require(story.receipts.last)
        #expect(receipt.outcome == .returned)
        #expect(receipt.warnings == ["stop on the way back: stopNew is broken"])
    }

    @Test(arguments: [Move.switchToOld, .smokeOld, .verifyOld])
    func `a way back that fails is told as failed`(move: Move) throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.failing = [.smokeNew, move]
        try story.apply(try order(version: 2, generation: 2))
        #expect(story.receipts.last?.outcome == .failed)
    }

    @Test func `a start that fails on the way back is believed only when the service is seen`() throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.failing = [.smokeNew, .startOld]
        try story.apply(try order(version: 2, generation: 2))
        #expect(story.receipts.last?.outcome == .returned)
        story.failing = [.smokeNew, .startOld, .smokeOld]
        try story.apply(try order(version: 3, generation: 3))
        let receipt = try #require(story.receipts.last)
        #expect(receipt.outcome == .failed)
        #expect(receipt.running == nil)
    }

    @Test func `with nothing to go back to the new version is stopped and the order has failed`() throws {
        var story = try Story()
        story.failing = [.smokeNew]
        try story.apply(try order(version: 1))
        #expect(story.moves.suffix(2) == [.stopNew, .switchToOld])
        let receipt = try #require(story.receipts.first)
        #expect(receipt.outcome == .failed)
        #expect(receipt.running == nil)
        #expect(story.service?.current == nil)
        #expect(story.service?.healthy == [])
    }

    @Test func `after a failed way back the next order may fail to stop what does not run`() throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.failing = [.smokeNew, .startOld, .smokeOld]
        try story.apply(try order(version: 2, generation: 2))
        #expect(story.service?.condition == .uncertain)
        story.forget()
        story.failing = [.stopOld]
        try story.apply(try order(version: 3, generation: 3))
        #expect(!story.moves.contains(.drainOld))
        #expect(story.receipts.map(\.outcome) == [.applied])
    }

    @Test func `an order that takes too long is cancelled and undone`() throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.forget()
        story.give(.order(try order(version: 2, generation: 2), digest: try digest(7)))
        story.carryOut(until: .startNew)
        story.give(.said(ticket: try #require(story.orders.last).ticket, "3 of 9 shards"))
        story.now = story.now + .seconds(60)
        story.give(.timer)
        let cancels = story.actions.count { if case .cancel = $0 { true } else { false } }
        #expect(cancels == 1)
        story.carryOut()
        let receipt = try #require(story.receipts.first)
        #expect(receipt.outcome == .returned)
        #expect(receipt.code == "timed-out")
        #expect(receipt.sentence.hasPrefix("the order was not carried out within 1m; last heard: 3 of 9 shards;"))
        #expect(receipt.failedStep == .start)
    }

    @Test func `time that runs out between two steps begins no further step`() throws {
        var story = try Story()
        story.give(.order(try order(timeout: .milliseconds(15)), digest: try digest(7)))
        story.carryOut()
        #expect(story.moves == [.fetch, .unpack])
        #expect(story.receipts.map(\.code) == ["timed-out"])
    }

    @Test func `a verify hook that names another version has not passed`() throws {
        var story = try Story()
        story.give(.order(try order(), digest: try digest(7)))
        story.carryOut(until: .verifyNew)
        let ticket = try #require(
            story.actions.compactMap { if case .run(let run) = $0, run.move == .verifyNew { run.ticket } else { nil } }
                .last
        )
        story.give(.moveEnded(ticket: ticket, MoveResult(.passed, version: Version("0.9"))))
        guard
            case .failed(let code, _)? = story.service?.attempt?.traces.first(where: { $0.move == .verifyNew })?
                .result?.verdict
        else { return #expect(Bool(false)) }
        #expect(code == "wrong-version")
    }

    @Test func `two services of a host are worked on at the same time`() throws {
        var story = try Story()
        story.give(.order(try order(service: "cache"), digest: try digest(7)))
        story.give(.order(try order(service: "io"), digest: try digest(7)))
        #expect(story.moves == [.fetch, .fetch])
        story.carryOut()
        #expect(story.receipts.map(\.outcome) == [.applied, .applied])
    }

    @Test func `an answer to an old ticket changes nothing`() throws {
        var story = try Story()
        try story.apply(try order())
        story.actions = []
        story.give(.moveEnded(ticket: 1, MoveResult(.passed)))
        story.give(.moveEnded(ticket: 99, MoveResult(.passed)))
        #expect(story.actions.isEmpty)
    }

    @Test func `an agent that is stopping ends the step in hand and begins no other`() throws {
        var story = try Story()
        story.give(.order(try order(), digest: try digest(7)))
        story.give(.stopping)
        #expect(story.state.isBusy)
        story.carryOut()
        #expect(story.moves == [.fetch])
        #expect(!story.state.isBusy)
        try story.crash()
        story.carryOut()
        #expect(story.receipts.map(\.outcome) == [.applied])
    }
}
