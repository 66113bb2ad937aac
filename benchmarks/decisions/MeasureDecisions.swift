import Glibc
import ReleaseDecisions

/// Prints what one decision costs in fleets of several shapes: lines of `kind regions hosts nanoseconds`, the median over
/// rounds of the mean over all decisions of the kind.
@main
enum MeasureDecisions {
    private static let rounds = 3
    /// Regions, and hosts in each. The first is what the others are compared with.
    private static let shapes = [(1, 100), (1, 10_000), (100, 100), (10_000, 1)]

    /// Regions of one host that take turns, one at a time.
    private static let turns = [100, 10_000]

    static func main() {
        for (regions, hosts) in shapes {
            let costs = measure(regions, hosts)
            report("receipt", regions, hosts, costs.map(\.receipt.mean_ns))
            report("sample", regions, hosts, costs.map(\.sample.mean_ns))
            report("return", regions, hosts, costs.map(\.returnReceipt.mean_ns))
        }
        for regions in turns {
            report("turn", regions, 1, measure(regions, 1, regionsAtOnce: 1).map(\.receipt.mean_ns))
        }
    }

    private static func measure(_ regions: Int, _ hosts: Int, regionsAtOnce: Int? = nil) -> [DecisionCost] {
        // One round for the caches, which is thrown away.
        let costs = (0...rounds).compactMap { _ in
            DecisionCost.measure(
                regions: regions,
                hosts: hosts,
                regionsAtOnce: regionsAtOnce,
                clock_ns: processorTime_ns
            )
        }.dropFirst()
        guard costs.count == rounds else {
            print("a release of \(regions) regions with \(hosts) hosts did not end as it must")
            exit(1)
        }
        return Array(costs)
    }

    private static func report(_ kind: String, _ regions: Int, _ hosts: Int, _ means_ns: [UInt64]) {
        print(kind, regions, hosts, means_ns.sorted()[means_ns.count / 2])
    }

    /// Of this thread: steadier than a clock on the wall.
    private static func processorTime_ns() -> UInt64 {
        var time = timespec()
        // 0 for a clock that is there.
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
