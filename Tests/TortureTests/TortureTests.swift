import Foundation
import TestSupport
import Testing

/// Real agents that are killed and whose disks fail, over real links. `make test` does a little of it, `make torture`
/// all.
@Suite(.serialized, .timeLimit(.minutes(30))) struct TortureTests {
    private static let hosts_count = 3

    private func withSiege(
        _ name: String,
        _ counted: [(kind: String, KeyPath<Tally.Counts, Int>)],
        agents: Set<Scenario> = [],
        _ body: (Siege) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("torture-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let siege = try await Siege(hosts_count: Self.hosts_count, agents: agents, in: folder)
        do {
            try await body(siege)
        } catch {
            await siege.end()
            throw error
        }
        await siege.end()
        let counts = siege.tally.counts
        for (index, (kind, counted)) in counted.enumerated() {
            // Of all of them together, so told once.
            LongRun.tell(name, counts[keyPath: counted], kind, lost: index == 0 ? counts.losses.count : 0)
            #expect(counts[keyPath: counted] > 0)
        }
        print("\(name): \(counts)")
        #expect(counts.losses == [])
    }

    @Test func `an agent killed at any call of an apply goes on or undoes, and says which`() async throws {
        try await withSiege("agents killed at every call", [("kills", \.kills)]) { siege in
            var rows: [FaultRow] = []
            for scenario in Scenario.ofServices {
                for action in ["kill-before", "kill-after", "torn"] {
                    guard LongRun.isAsked || scenario == .deployment && action == "kill-before" else { continue }
                    rows.append(
                        FaultRow(
                            scenario: scenario,
                            action: action,
                            calls: action == "torn" ? "write" : Fault.all,
                            stride: LongRun.isAsked ? 1 : 3
                        )
                    )
                }
            }
            try await siege.run(rows)
        }
    }

    @Test func `a power cut at any call takes nothing that was said, and no release is ever half there`() async throws {
        try await withSiege("power cut at every call", [("power cuts", \.powerCuts)]) { siege in
            let scenarios: [Scenario] = LongRun.isAsked ? Scenario.ofServices : [.deployment]
            try await siege.run(
                scenarios.flatMap { scenario in
                    (0..<LongRun.size(1, long: 2)).map {
                        FaultRow(scenario: scenario, action: "power", stride: LongRun.size(4, long: 1), seed: $0)
                    }
                }
            )
        }
    }

    @Test func `a disk that fails at any call loses nothing, and no failure is taken for success`() async throws {
        try await withSiege("disks that fail at every call", [("faults", \.faults)]) { siege in
            var rows: [FaultRow] = []
            for scenario in Scenario.ofServices {
                for action in ["EIO", "ENOSPC", "EROFS"] {
                    // A full disk and one that is mounted read-only stay so until somebody comes.
                    for stays in action == "EIO" ? [false, true] : [true] {
                        guard LongRun.isAsked || scenario == .deployment && action == "EIO" && !stays else { continue }
                        rows.append(
                            FaultRow(
                                scenario: scenario,
                                action: action,
                                calls: Fault.disk,
                                stays: stays,
                                stride: LongRun.isAsked ? 1 : 3
                            )
                        )
                    }
                }
            }
            try await siege.run(rows)
        }
    }

    @Test func `an agent killed at any time, and again while it recovers, loses nothing`() async throws {
        try await withSiege("agents killed at random", [("kills", \.kills)]) { siege in
            try await siege.runRandomKills(
                Scenario.ofServices,
                orders_count: LongRun.size(20, long: 2_000),
                seed: 4,
                until_us: 200_000
            )
        }
    }

    /// Of how many calls one is met; a new agent that is not let in takes as long as its trial.
    private static let ownStrides: [Scenario: Int] =
        LongRun.isAsked
        ? [.firstAgent: 1, .newAgent: 1, .brokenAgent: 1, .unwelcomeAgent: 7] : [.firstAgent: 30, .brokenAgent: 30]

    private func ownRows(_ action: String, _ calls: String, stays: Bool = false, seed: Int = 0) -> [FaultRow] {
        Scenario.ofAgents.compactMap { scenario in
            Self.ownStrides[scenario].map {
                FaultRow(scenario: scenario, action: action, calls: calls, stays: stays, stride: $0, seed: seed)
            }
        }
    }

    @Test func `an agent that replaces itself is one whole agent at any instant, whatever befalls it`() async throws {
        let counted: [(String, KeyPath<Tally.Counts, Int>)] = [
            ("kills", \.kills), ("power cuts", \.powerCuts), ("faults", \.faults),
        ]
        try await withSiege("agents that replace themselves", counted, agents: Set(Self.ownStrides.keys)) { siege in
            let calls = LongRun.isAsked ? Fault.all : Fault.disk
            var rows = ownRows("kill-before", calls) + ownRows("power", calls) + ownRows("EIO", Fault.disk)
            if LongRun.isAsked {
                rows += ownRows("kill-after", calls) + ownRows("torn", "write") + ownRows("power", calls, seed: 1)
                for action in ["EIO", "ENOSPC", "EROFS"] { rows += ownRows(action, Fault.disk, stays: true) }
            }
            try await siege.run(rows)
        }
    }
}
