import Foundation
import Testing

/// Real agents that are killed and whose disks fail, over real links. `make test` does a little of it, `make torture`
/// all.
@Suite(.serialized, .timeLimit(.minutes(30))) struct TortureTests {
    private static let isLong = ProcessInfo.processInfo.environment["WAVETRAIN_TORTURE"] != nil

    private static func number(_ name: String, _ otherwise: Int) -> Int {
        ProcessInfo.processInfo.environment[name].flatMap(Int.init) ?? otherwise
    }

    private func withSiege(_ name: String, _ body: (Siege) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("torture-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let siege = try await Siege(hosts_count: Self.number("WAVETRAIN_TORTURE_HOSTS", 3), in: folder)
        let began = ContinuousClock.now
        try await body(siege)
        await siege.end()
        let counts = siege.tally.counts
        print(
            "torture: \(name): orders \(counts.orders), kills \(counts.kills), faults \(counts.faults), "
                + "own endings \(counts.endings), outcomes \(counts.outcomes.sorted { $0.key < $1.key }), "
                + "losses \(counts.losses.count), \(ContinuousClock.now - began)"
        )
        for loss in counts.losses.prefix(40) { print("torture: LOST: \(loss)") }
        #expect(counts.losses.count == 0)
        #expect(counts.kills + counts.faults > 0)
    }

    @Test func `an agent killed at any call of an apply goes on or undoes, and says which`() async throws {
        try await withSiege("kills at every call") { siege in
            var rows: [FaultRow] = []
            for scenario in Scenario.allCases {
                for action in ["kill-before", "kill-after", "torn"] {
                    guard Self.isLong || scenario == .deployment && action == "kill-before" else { continue }
                    rows.append(
                        FaultRow(
                            scenario: scenario,
                            action: action,
                            calls: action == "torn" ? "write" : Fault.all,
                            stride: Self.isLong ? 1 : 3
                        )
                    )
                }
            }
            try await siege.run(rows)
        }
    }

    @Test func `a disk that fails at any call loses nothing, and no failure is taken for success`() async throws {
        try await withSiege("failing disks") { siege in
            var rows: [FaultRow] = []
            for scenario in Scenario.allCases {
                for action in ["EIO", "ENOSPC", "EROFS"] {
                    for stays in [false, true] {
                        guard Self.isLong || scenario == .deployment && action == "EIO" && !stays else { continue }
                        rows.append(
                            FaultRow(
                                scenario: scenario,
                                action: action,
                                calls: Fault.disk,
                                stays: stays,
                                stride: Self.isLong ? 1 : 3
                            )
                        )
                    }
                }
            }
            try await siege.run(rows)
        }
    }

    @Test func `an agent killed at any time, and again while it recovers, loses nothing`() async throws {
        try await withSiege("kills at random") { siege in
            let orders = Self.number("WAVETRAIN_TORTURE_KILLS", Self.isLong ? 2_000 : 20)
            try await siege.runRandomKills(orders_count: orders, seed: 4, until_us: 300_000)
        }
    }
}
