import ReleaseDecisions
import Testing

@Suite struct DecisionCostTests {
    @Test(arguments: [(1, 40), (8, 5), (40, 1)])
    func `what is measured is a whole release, out, through its bake and back`(regions: Int, hosts: Int) throws {
        var tick_ns: UInt64 = 0
        let measured = DecisionCost.measure(regions: regions, hosts: hosts) {
            tick_ns += 1
            return tick_ns
        }
        let cost = try #require(measured)
        #expect(cost.receipt.count == 80, "two versions, each on forty hosts")
        #expect(cost.sample.count == 80)
        #expect(cost.sampleInDoubt.count == 40)
        #expect(cost.returnReceipt.count == 40)
        #expect(cost.receipt.total_ns == 80, "the clock is read just before and just after each decision")
    }

    @Test func `regions that take turns are measured without a bake`() throws {
        let measured = DecisionCost.measure(regions: 8, hosts: 5, regionsAtOnce: 2) { 0 }
        let cost = try #require(measured)
        #expect(cost.receipt.count == 80)
        #expect(cost.sample.count == 0)
        #expect(cost.returnReceipt.count == 40)
    }
}
