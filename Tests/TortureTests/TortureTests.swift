import Foundation
import TestSupport
import Testing

/// Real agents that are killed and whose disks fail, over real links. `make test` does a little of it, `make torture`
/// all.
@Suite(.serialized, .timeLimit(.minutes(30))) struct TortureTests {
    private static let hosts_count = 3

    private func withSiege(
        _ name: String,
        of kind: String,
        _ counted: KeyPath<Tally.Counts, Int>,
        _ body: (Siege) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("torture-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let siege = try await Siege(hosts_count: Self.hosts_count, in: folder)
        try await body(siege)
        await siege.end()
        let counts = siege.tally.counts
        LongRun.tell(name, counts[keyPath: counted], kind, lost: counts.losses.count)
        print("\(name): \(counts)")
        #expect(counts.losses == [])
        #expect(counts[keyPath: counted] > 0)
    }

    @Test func `an agent killed at any call of an apply goes on or undoes, and says which`() async throws {
        try await withSiege("agents killed at every call", of: "kills", \.kills) { siege in
            var rows: [FaultRow] = []
            for scenario in Scenario.allCases {
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
        try await withSiege("power cut at every call", of: "power cuts", \.powerCuts) { siege in
            let scenarios: [Scenario] = LongRun.isAsked ? Scenario.allCases : [.deployment]
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
        try await withSiege("disks that fail at every call", of: "faults", \.faults) { siege in
            var rows: [FaultRow] = []
            for scenario in Scenario.allCases {
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
        try await withSiege("agents killed at random", of: "kills", \.kills) { siege in
            try await siege.runRandomKills(
                orders_count: LongRun.size(20, long: 1_500),
                seed: 4,
                until_us: 300_000
            )
        }
    }
}
