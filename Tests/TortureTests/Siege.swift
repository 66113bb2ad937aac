import Foundation
import Synchronization
import TimeAndChance

/// A row of faults of one kind at every call, or every so many calls, of one scenario.
struct FaultRow: Sendable {
    let scenario: Scenario
    let action: String
    var calls = Fault.all
    var stays = false
    var stride = 1
    var seed = 0
}

/// Works rows and random kills off on several hosts at once.
struct Siege: Sendable {
    let tally = Tally()
    private let cluster: TortureCluster
    let tortures: [Torture]

    /// - Parameter agents: those scenarios of agents that replace themselves that will be played.
    init(hosts_count: Int, agents: Set<Scenario> = [], in folder: URL) async throws {
        let wares = try Wares(agents: agents, in: folder.appendingPathComponent("wares"))
        let cluster = try TortureCluster(wares.all)
        let address = try await cluster.listen()
        self.cluster = cluster
        let tally = tally
        tortures = try (1...hosts_count).map {
            let host = try TortureHost("host-\($0)", in: folder, of: cluster)
            return Torture(cluster: cluster, wares: wares, host: host, tally: tally)
        }
        for torture in tortures { try await torture.prepare(at: address) }
        try await everyHost { try await $0.prepareAgents() }
    }

    func end() async {
        for torture in tortures { torture.host.end() }
        await cluster.stop()
    }

    /// Each row from its first call until an order is carried out without meeting the fault.
    func run(_ rows: [FaultRow]) async throws {
        let work = RowWork(rows)
        try await everyHost { torture in
            while let (index, at) = work.next() {
                let row = rows[index]
                let fault = Fault(action: row.action, calls: row.calls, at: at, stays: row.stays, seed: row.seed)
                if try await torture.run(row.scenario, [.fault(fault)]) {
                    tally.count { if !fault.kills { $0.faults += 1 } }
                } else {
                    work.exhausted(index)
                }
            }
        }
    }

    /// So many orders, of which each agent is killed one to three times at a drawn instant.
    func runRandomKills(_ scenarios: [Scenario], orders_count: Int, seed: UInt64, until_us: Int) async throws {
        let left = Mutex(orders_count)
        let generator = Mutex(SeededGenerator(seed: seed))
        try await everyHost { torture in
            while left.withLock({
                $0 -= 1; return $0 >= 0
            }) {
                let (scenario, kills) = generator.withLock { generator in
                    let scenario = scenarios[Int.random(in: scenarios.indices, using: &generator)]
                    let kills = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
                        Disturbance.kill(after_us: Int.random(in: 10_000...until_us, using: &generator))
                    }
                    return (scenario, kills)
                }
                _ = try await torture.run(scenario, kills)
            }
        }
    }

    private func everyHost(_ body: @escaping @Sendable (Torture) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for torture in tortures { group.addTask { try await body(torture) } }
            try await group.waitForAll()
        }
    }
}

/// Which call of which row comes next.
private final class RowWork: Sendable {
    private let rows: [FaultRow]
    private let state: Mutex<(row: Int, at: Int)>

    init(_ rows: [FaultRow]) {
        self.rows = rows
        state = Mutex((0, 1))
    }

    func next() -> (row: Int, at: Int)? {
        state.withLock { state in
            guard state.row < rows.count else { return nil }
            defer { state.at += rows[state.row].stride }
            return (state.row, state.at)
        }
    }

    func exhausted(_ row: Int) {
        state.withLock { state in
            if state.row == row { state = (row + 1, 1) }
        }
    }
}
