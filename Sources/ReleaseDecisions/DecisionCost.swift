/// What single decisions cost while a release takes a fleet out and back again, for `make bench`. Nothing is simulated
/// but the hosts: these are the decisions that ship.
package struct DecisionCost: Sendable {
    /// Time of many decisions of one kind.
    package struct Sum: Sendable {
        package private(set) var count = 0
        package private(set) var total_ns: UInt64 = 0
        /// The one that ends a bake or a return among them.
        package private(set) var longest_ns: UInt64 = 0

        package var mean_ns: UInt64 { count == 0 ? 0 : total_ns / UInt64(count) }

        mutating func add(_ elapsed_ns: UInt64) {
            count += 1
            total_ns += elapsed_ns
            longest_ns = max(longest_ns, elapsed_ns)
        }
    }

    /// A receipt on the way out.
    package private(set) var receipt = Sum()
    /// A health sample in mid-bake.
    package private(set) var sample = Sum()
    /// A sample after the bake's time, while one host of each region keeps silent.
    package private(set) var sampleInDoubt = Sum()
    /// A receipt on the way back, with the orders that it makes room for.
    package private(set) var returnReceipt = Sum()

    /// One wave of `regions` with `hosts` each: all at once with a bake, or (`regionsAtOnce`) so many at a time without
    /// one, so that receipts come to verdicts which start the next region. `clock_ns` only rises; a thread's processor
    /// time is steadier than a clock on the wall. Nil: the release came to another end than it has to, so that what was
    /// timed is not worth reading.
    package static func measure(
        regions: Int,
        hosts: Int,
        regionsAtOnce: Int? = nil,
        clock_ns: () -> UInt64
    ) -> DecisionCost? {
        guard var fleet = MeasuredFleet(regions: regions, hosts: hosts, regionsAtOnce: regionsAtOnce) else {
            return nil
        }
        var cost = DecisionCost()
        guard fleet.deploy("1", clock_ns, &cost.receipt),
            regionsAtOnce != nil || fleet.bake(clock_ns, &cost.sample, &cost.sampleInDoubt)
        else { return nil }
        guard fleet.deploy("2", clock_ns, &cost.receipt), fleet.rollBack(clock_ns, &cost.returnReceipt) else {
            return nil
        }
        return cost
    }
}
