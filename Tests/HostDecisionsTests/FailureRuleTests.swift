import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

@Suite struct FailureRuleTests {
    private func rule(
        _ name: String,
        _ action: FailureRule.Action = .asUsual,
        lookUps: [String] = [],
        _ match: (inout FailureRule.Match) -> Void = { _ in }
    ) -> FailureRule {
        var rule = FailureRule(name: name, action: action)
        match(&rule.match)
        rule.diagnose = lookUps.map { Diagnosis(name: $0, kind: .command(["cat", $0])) }
        return rule
    }

    /// An upgrade from 1.0 to 2.0 whose order has the rules.
    private func upgrade(_ rules: [FailureRule], failing: Set<Move>, signs: FailureSigns) throws -> Story {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.forget()
        story.failing = failing
        story.signs = signs
        story.findings = [Finding(name: "log", text: "no route to host")]
        try story.apply(try order(version: 2, generation: 2, failures: rules))
        return story
    }

    @Test func `the first rule of which everything holds names the failure`() throws {
        let rules = [
            rule("other-output") { $0.output = "Timeout" },
            rule("other-code") {
                $0.output = "BadGateway"
                $0.exitCode = 2
            },
            rule("other-step") { $0.steps = [.verify, .smoke] },
            rule("other-check") { $0.check = "answers" },
            rule("gateway") {
                $0.output = "BadGateway[A-Z]\\w+"
                $0.exitCode = 1
                $0.steps = [.install, .start]
            },
            rule("anything"),
        ]
        let signs = FailureSigns(output: "1\n2 BadGatewayConnection\n3", exitCode: 1)
        #expect(try upgrade(rules, failing: [.startNew], signs: signs).receipts.map(\.rule) == ["gateway"])
        #expect(try upgrade(rules, failing: [.startNew], signs: FailureSigns()).receipts.map(\.rule) == ["anything"])
        let check = FailureSigns(check: "answers")
        #expect(try upgrade(rules, failing: [.smokeNew], signs: check).receipts.map(\.rule) == ["other-step"])
        #expect(try upgrade(Array(rules.prefix(1)), failing: [.startNew], signs: signs).receipts.map(\.rule) == [""])
    }

    @Test func `a pattern is sought in the sentence too, and in all of 64 KiB of output`() throws {
        let sentence = rule("sentence") { $0.output = "startNew is broken" }
        #expect(
            try upgrade([sentence], failing: [.startNew], signs: FailureSigns()).receipts.map(\.rule) == ["sentence"]
        )
        let output = rule("output") { $0.output = "needle" }
        let long = FailureSigns(output: "needle" + String(repeating: "x", count: FailureSigns.output_bytes_max - 6))
        #expect(try upgrade([output], failing: [.startNew], signs: long).receipts.map(\.rule) == ["output"])
        let longer = FailureSigns(output: "needle" + String(repeating: "x", count: FailureSigns.output_bytes_max))
        #expect(longer.output.utf8.count == FailureSigns.output_bytes_max)
        #expect(try upgrade([output], failing: [.startNew], signs: longer).receipts.map(\.rule) == [""])
    }

    @Test func `an order whose rule has no pattern that this agent can read is refused`() throws {
        var story = try Story()
        try story.apply(try order(failures: [rule("odd") { $0.output = "(" }]))
        #expect(story.refusals == ["unreadable-rule"])
    }

    @Test func `look-ups run after the failure and before the way back, and are in the receipt`() throws {
        let story = try upgrade([rule("down", lookUps: ["log", "disk"])], failing: [.startNew], signs: FailureSigns())
        let after = Array(story.moves.drop { $0 != .startNew }.dropFirst())
        #expect(after == [.diagnose, .stopNew, .switchToOld, .startOld, .verifyOld, .smokeOld])
        let asked = try #require(story.orders.first { $0.move == .diagnose })
        #expect(asked.lookUps.map(\.command) == [["cat", "log"], ["cat", "disk"]])
        #expect(asked.deployment?.artifact.version == Version("2.0"))
        let receipt = try #require(story.receipts.first)
        #expect(receipt.findings == [Finding(name: "log", text: "no route to host")])
        #expect(receipt.outcome == .returned)
    }

    @Test func `look-ups that fail cost nothing but a warning`() throws {
        let rules = [rule("down", lookUps: ["log"])]
        let receipt = try upgrade(rules, failing: [.fetch, .diagnose], signs: FailureSigns()).receipts.first
        #expect(receipt?.outcome == .returned)
        #expect(receipt?.warnings == ["look-ups on the way back: diagnose is broken"])
    }

    @Test(arguments: [Move.installNew, .startNew, .verifyNew, .smokeNew])
    func `a false failure is seen as one, and the order goes on with a warning`(move: Move) throws {
        let story = try upgrade([rule("pods", .verify, lookUps: ["log"])], failing: [move], signs: FailureSigns())
        let receipt = try #require(story.receipts.first)
        #expect(receipt.outcome == .applied)
        #expect(receipt.rule == "" && receipt.findings.isEmpty)
        #expect(receipt.warnings == ["\(move.step) failed, and 2.0 runs (rule pods): \(move) is broken"])
        #expect(story.moves == Move.forward.flatMap { $0 == move ? [$0, .recheckNew] : [$0] })
        #expect(receipt.steps.allSatisfy { $0.step != .return })
    }

    @Test func `a real failure is a failure, with the rule that was wrong about it`() throws {
        let rules = [rule("pods", .verify, lookUps: ["log"])]
        let story = try upgrade(rules, failing: [.startNew, .recheckNew], signs: FailureSigns())
        let receipt = try #require(story.receipts.first)
        #expect(receipt.outcome == .returned)
        #expect(receipt.failedStep == .start)
        #expect(receipt.rule == "pods")
        #expect(receipt.sentence.hasPrefix("startNew is broken"))
        #expect(Array(story.moves.drop { $0 != .startNew }.prefix(4)) == [.startNew, .recheckNew, .diagnose, .stopNew])
    }

    @Test(arguments: [Move.fetch, .unpack, .drainOld, .stopOld, .switchToNew])
    func `where the ordered version cannot run yet nothing is verified`(move: Move) throws {
        let story = try upgrade([rule("pods", .verify)], failing: [move], signs: FailureSigns())
        #expect(!story.moves.contains(.recheckNew))
        #expect(story.receipts.map(\.rule) == ["pods"])
    }

    @Test func `a step that took the order's whole time may have worked all the same`() throws {
        var story = try Story()
        let rules = [rule("slow", .verify) { $0.output = "not carried out" }]
        story.give(.order(try order(failures: rules), digest: try digest(7)))
        story.carryOut(until: .smokeNew)
        story.now = story.now + .seconds(60)
        story.give(.timer)
        story.carryOut()
        #expect(story.receipts.map(\.outcome) == [.applied])
        #expect(story.moves.last == .recheckNew)
    }

    @Test(arguments: [Move.recheckNew, .diagnose])
    func `an agent that dies while it looks looks again and goes on`(move: Move) throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.forget()
        story.failing = move == .recheckNew ? [.startNew] : [.startNew, .recheckNew]
        let rules = [rule("pods", .verify, lookUps: ["log"])]
        story.give(.order(try order(version: 2, generation: 2, failures: rules), digest: try digest(7)))
        story.carryOut(until: move)
        try story.crash()
        story.carryOut()
        #expect(story.moves.count { $0 == move } == 2)
        #expect(story.moves.count { $0 == .startNew } == 1)
        #expect(story.receipts.last?.outcome == (move == .recheckNew ? .applied : .returned))
    }

    @Test func `what a crash hid is named by a rule and never verified away`() throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        let rules = [rule("starting", .verify, lookUps: ["log"]) { $0.steps = [.start] }]
        story.give(.order(try order(version: 2, generation: 2, failures: rules), digest: try digest(7)))
        story.carryOut(until: .startNew)
        try story.crash()
        story.carryOut()
        let receipt = try #require(story.receipts.last)
        #expect(receipt.code == "unknown-after-crash")
        #expect(receipt.rule == "starting")
        #expect(!story.moves.contains(.recheckNew))
        #expect(story.moves.contains(.diagnose))
    }

    @Test func `a generation that failed is tried again by further attempts, each once`() throws {
        var story = try Story()
        try story.apply(try order(version: 1))
        story.failing = [.startNew]
        let rules = [rule("gateway")]
        for attempt in [UInt32(1), 2, 2, 1] {
            if attempt == 2 { story.failing = [] }
            story.forget()
            try story.apply(try order(version: 2, generation: 2, attempt: attempt, failures: rules))
            if attempt == 1, story.receipts.first?.rule.isEmpty == false { continue }
            #expect(story.refusals == (attempt == 1 ? ["attempt-below"] : []))
        }
        #expect(story.records.count { if case .attemptBegan = $0 { true } else { false } } == 3)
        #expect(story.service?.current?.artifact.version == Version("2.0"))
    }
}
