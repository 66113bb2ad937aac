import Foundation
import Testing
import TimeAndChance
import TrainModel

@testable import HostDecisions

/// Journals that agent 0.1.0 wrote, in the middle of an upgrade from 2.0 to 3.0.
@Suite struct OldJournalTests {
    private func golden(_ name: String) throws -> HostMemory {
        let folder = Bundle.module.resourceURL?.appendingPathComponent("Golden")
        let file = try #require(folder?.appendingPathComponent(name))
        return try HostMemory(replaying: JSONDecoder().decode([JournalRecord].self, from: Data(contentsOf: file)))
    }

    @Test(arguments: ["journal-0.1.0.json", "snapshot-0.1.0.json"])
    func `an agent goes on where an agent of an older version stopped`(file: String) throws {
        var story = try Story()
        let memory = try golden(file)
        story.records = [.snapshot(memory)]
        #expect(story.state.recipes.isEmpty)
        try story.crash()
        let receipts = story.messages.compactMap { if case .receipt(let receipt) = $0 { receipt } else { nil } }
        #expect(receipts.map(\.outcome) == [.failed, .applied])
        #expect(receipts.allSatisfy { $0.rule.isEmpty && $0.findings.isEmpty })
        story.forget()
        story.carryOut()
        let receipt = try #require(story.receipts.first)
        #expect(receipt.code == "unknown-after-crash")
        #expect(receipt.outcome == .returned)
        #expect(story.service?.current?.artifact.version == Version("2.0"))
        #expect(story.service?.current?.recipe == nil)
    }

    @Test func `what is written now is read back as it was`() throws {
        var story = try Story(recipes: ["kubernetes"])
        var rule = FailureRule(name: "down", action: .verify)
        rule.match.exitCode = 1
        rule.diagnose = [Diagnosis(name: "log", kind: .command(["tail", "log"]))]
        story.signs = FailureSigns(output: String(repeating: "x", count: 60_000), exitCode: 1)
        story.findings = [Finding(name: "log", text: "nothing")]
        story.failing = [.startNew, .recheckNew]
        try story.apply(try order(version: 1, recipe: "kubernetes", failures: [rule]))
        story.give(.order(try order(version: 1, generation: 2, recipe: "kubernetes"), digest: try digest(7)))
        story.carryOut(until: .startNew)
        let bytes = try JSONEncoder().encode(story.records)
        // The 64 KiB that rules match on are never written.
        #expect(bytes.count < 20_000)
        #expect(try JSONDecoder().decode([JournalRecord].self, from: bytes) == story.records)
        let snapshot = JournalRecord.snapshot(story.state.memory)
        let again = try JSONDecoder().decode(JournalRecord.self, from: JSONEncoder().encode(snapshot))
        #expect(again == snapshot)
        #expect(story.state.memory.unsentReceipts.first?.findings == story.findings)
    }
}
