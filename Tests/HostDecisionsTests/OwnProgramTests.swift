import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

/// The agent as a service of its own host.
@Suite struct OwnProgramTests {
    private func upgrade(version: UInt8 = 2, generation: UInt64 = 1, notBefore: Instant = Instant(unix_ms: 0)) throws
        -> Order
    {
        try order(
            version: version,
            generation: generation,
            service: "wavetrain-agent",
            checks: [],
            notBefore: notBefore,
            expires: notBefore + .minutes(15)
        )
    }

    private func story() throws -> Story {
        var story = try Story()
        story.hooks = .ofOwnProgram
        return story
    }

    @Test func `the new agent is tried, switched to, become, and looked at`() throws {
        var story = try story()
        try story.apply(try upgrade())
        #expect(story.moves == [.fetch, .unpack, .switchToNew, .installNew, .startNew, .verifyNew])
        #expect(story.receipts.map(\.outcome) == [.applied])
    }

    @Test func `a trial that outlasts its order tells how far the new agent came`() throws {
        for words in ["the new agent has started and has had no link to the controller", nil] {
            var story = try story()
            story.give(.order(try upgrade(), digest: try digest(77)))
            story.carryOut(until: .startNew)
            story.now = story.now + .days(1)
            try story.crash(ownTrial: words)
            story.carryOut()
            let receipt = try #require(story.receipts.first)
            #expect(receipt.code == "timed-out")
            #expect(
                receipt.sentence.contains(words.map { "; last heard: \($0);" } ?? "within 1m;"),
                "\(receipt.sentence)"
            )
        }
    }

    @Test func `the new agent finds the step open and does it again`() throws {
        var story = try story()
        story.give(.order(try upgrade(), digest: try digest(77)))
        story.carryOut(until: .startNew)
        try story.crash()
        story.carryOut()
        #expect(story.moves.count { $0 == .startNew } == 2)
        #expect(story.receipts.map(\.outcome) == [.applied])
    }

    @Test func `one that does not come up gives way to the agent that was installed, and that is a return`() throws {
        var story = try story()
        story.failing = [.startNew]
        try story.apply(try upgrade())
        #expect(story.moves.suffix(3) == [.switchToOld, .startOld, .verifyOld])
        #expect(story.receipts.map(\.outcome) == [.returned])
        #expect(
            story.receipts.first?.sentence.hasSuffix("the agent that was installed on this host runs again") == true
        )
    }

    @Test func `one that does not come up gives way to the one deployed before`() throws {
        var story = try story()
        try story.apply(try upgrade(version: 1))
        story.failing = [.startNew]
        try story.apply(try upgrade(version: 2, generation: 2))
        #expect(story.receipts.last?.outcome == .returned)
        #expect(story.receipts.last?.running?.version == Version("1.0"))
    }

    @Test func `the agent is not replaced while a deployment is in hand`() throws {
        var story = try story()
        story.give(.order(try order(service: "cache"), digest: try digest(76)))
        story.give(.order(try upgrade(), digest: try digest(77)))
        #expect(story.state.memory[.agent]?.attempt == nil)
        story.carryOut()
        #expect(story.receipts.map(\.service.text) == ["cache", "wavetrain-agent"])
    }

    @Test func `nothing begins while the agent is being replaced, or is about to be`() throws {
        var story = try story()
        story.give(.order(try order(service: "cache"), digest: try digest(75)))
        story.give(.order(try upgrade(), digest: try digest(76)))
        story.give(.order(try order(service: "partner"), digest: try digest(77)))
        #expect(story.moves == [.fetch], "only the first has begun")
        story.carryOut()
        #expect(story.receipts.map(\.service.text) == ["cache", "wavetrain-agent", "partner"])
    }

    @Test func `a replacement for later lets others go before it`() throws {
        var story = try story()
        story.give(.order(try upgrade(notBefore: story.now + .minutes(5)), digest: try digest(76)))
        try story.apply(try order(service: "cache"))
        #expect(story.receipts.map(\.service.text) == ["cache"])
    }

    @Test func `what waited behind a replacement that expired begins`() throws {
        var story = try story()
        story.give(.order(try order(service: "cache", timeout: .days(1)), digest: try digest(75)))
        story.give(.order(try upgrade(), digest: try digest(76)))
        let late = story.now + .minutes(10)
        story.give(
            .order(try order(service: "partner", notBefore: late, expires: late + .minutes(15)), digest: try digest(77))
        )
        story.now = late + .minutes(6)
        story.give(.timer)
        #expect(story.receipts.map(\.code) == ["expired"])
        #expect(try story.state.memory[name("partner")]?.attempt != nil)
    }

    @Test func `a host may say no, and nothing but a bundle replaces an agent`() throws {
        let reasons: [RefusalReason] = [.agentNotReplaceable(isAllowed: false), .agentNotReplaceable(isAllowed: true)]
        #expect(Set(reasons.map(\.code)) == ["agent-not-replaceable"])
        var story = try story()
        story.give(.order(try order(service: "wavetrain-agent", action: .restart), digest: try digest(76)))
        story.give(
            .order(try order(generation: 2, service: "wavetrain-agent", recipe: "command"), digest: try digest(77))
        )
        #expect(story.refusals == ["agent-not-replaceable", "agent-not-replaceable"])
        story.state = HostState(identity: try host(), memory: HostMemory(), mayBeReplaced: false)
        story.give(.started)
        story.give(.linkUp)
        story.give(.order(try upgrade(generation: 3), digest: try digest(78)))
        #expect(story.refusals.count == 3)
        #expect(story.moves.isEmpty)
    }
}
