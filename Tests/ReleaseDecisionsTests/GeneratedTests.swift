import Foundation
import OrderedCollections
import ReleaseDecisions
import TestSupport
import Testing
import TimeAndChance
import TrainModel

/// Trains of releases under everything that can go wrong, drawn from one seed; then a time without faults in which
/// every release has to end or to name its hold.
@Suite struct GeneratedTests {
    /// In shares that run side by side.
    private static let shares: UInt64 = 8

    @Test(arguments: 0..<shares)
    func
        `under any order of failures and acts the never-events do not happen, and afterwards every release ends or says why not`(
            share: UInt64
        )
    {
        let seeds = Torture.seeds(40, torture: 400).filter { $0 % Self.shares == share }
        var lost = 0
        for seed in seeds {
            var run = Chaos(seed: seed)
            run.play()
            #expect(run.fleet.never.violations.isEmpty, "seed \(seed): \(run.fleet.never.violations)")
            #expect(run.unexplained.isEmpty, "seed \(seed): \(run.unexplained)")
            let repeated = run.fleet.effects.values.flatMap(\.values).filter { $0 > 1 }
            #expect(repeated.isEmpty, "seed \(seed): an effect happened twice")
            if !(run.fleet.never.violations.isEmpty && run.unexplained.isEmpty && repeated.isEmpty) { lost += 1 }
        }
        LongRun.tell("releases to drawn fleets", seeds.count, "histories", lost: lost)
    }

    @Test func `the histories hold what they are drawn for: retries, restarts, parts, hosts alone, pins and watches`() {
        var seen: [String: Int] = [:]
        for seed in 0..<40 as Range<UInt64> {
            var run = Chaos(seed: seed)
            run.play()
            for (event, _) in run.fleet.log {
                switch event {
                case .bundlesRemoved: seen["bundle", default: 0] += 1
                case .retryPlanned: seen["retry", default: 0] += 1
                case .partReturning(let part): seen[part.hosts.isEmpty ? "part" : "host", default: 0] += 1
                case .regionsUnpinned: seen["unpin", default: 0] += 1
                case .orderIssued(let order) where order.action == .restart: seen["restart", default: 0] += 1
                case .orderIssued(let order) where order.attempt > 1: seen["again", default: 0] += 1
                case .returnStarted(let start) where start.by == nil: seen["by itself", default: 0] += 1
                default: break
                }
            }
        }
        for kind in ["retry", "again", "part", "host", "unpin", "restart", "by itself", "bundle"] {
            #expect(seen[kind, default: 0] > 5, "\(kind): \(seen)")
        }
    }

    @Test func `the same events give the same state, and the same seed the same history`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for seed in Torture.seeds(10, torture: 100) {
            var (first, second) = (Chaos(seed: seed), Chaos(seed: seed))
            first.play()
            second.play()
            #expect(first.fleet.log.map(\.event) == second.fleet.log.map(\.event), "seed \(seed)")
            for id in first.fleet.train.state.releases.keys {
                #expect(first.fleet.holds(id) == second.fleet.holds(id), "seed \(seed)")
            }
            var folded = TrainState(cluster: Make.name("test"))
            for (event, at) in first.fleet.log { folded.apply(event, at: at) }
            #expect(try encoder.encode(folded) == encoder.encode(first.fleet.train.state), "seed \(seed)")
        }
    }

    @Test func `a snapshot of the state reads back as itself`() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        for seed in Torture.seeds(10, torture: 50) {
            var run = Chaos(seed: seed)
            run.play()
            let bytes = try encoder.encode(run.fleet.train.state)
            #expect(try encoder.encode(JSONDecoder().decode(TrainState.self, from: bytes)) == bytes)
        }
    }
}
