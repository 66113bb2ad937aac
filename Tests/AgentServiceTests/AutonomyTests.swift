import AgentLink
import Glibc
@testable import HostDecisions
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// The controller gone in the middle of things: real hooks, a real journal, a link that can be cut.
@Suite(.timeLimit(.minutes(2))) struct AutonomyTests {
    private let host: TestHost

    init() throws { host = try TestHost() }

    /// A start that goes on when somebody has made the file `go`.
    private static let waitingStart = """
        while [ ! -e $WAVETRAIN_HOST_VAR_STATE/go ]; do sleep 0.01; done
        setsid sleep 1000 </dev/null >/dev/null 2>&1 &
        echo $! > $WAVETRAIN_HOST_VAR_STATE/pid
        echo $WAVETRAIN_VERSION > $WAVETRAIN_HOST_VAR_STATE/running
        """

    private static let failingInstall = "while [ ! -e $WAVETRAIN_HOST_VAR_STATE/go ]; do sleep 0.01; done; exit 7"

    private func untilLogged(_ hook: String) async throws {
        while try !host.log().contains(hook) { try await Task.sleep(for: .milliseconds(5)) }
    }

    private func untilCurrent(_ version: String) async throws {
        let link = host.folder.path + "/root/services/cache/current"
        while try Files.target(ofLink: link)?.contains("/\(version)-") != true
            || !host.log().contains("verify-\(version)")
        {
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test
    func `an apply whose controller goes away ends, is told on return until it is stored, and starts nothing new`()
        async throws
    {
        defer { try? host.killService() }
        let first = try TestBundle("1.0", in: host.folder, hooks: ["start": Self.waitingStart])
        let second = try TestBundle("2.0", in: host.folder)
        let link = try TestLink([first, second])
        let one = try first.order(generation: 1)
        try await host.withAgent(link) { [host] in
            try link.order(one)
            try await untilLogged("start-1.0")
            // Another order waits behind it when the link goes; its time begins here, however long the start took.
            let two = try second.order(generation: 2, lifetime: .seconds(5))
            try link.order(two)
            link.cut()
            try host.folder.write("state/go", "")
            try await untilCurrent("1.0")
            // Its time goes by while nobody is there: nothing of it is begun, then or later.
            while WallClock.now() <= two.expires { try await Task.sleep(for: .milliseconds(20)) }
            link.mend()
            #expect(try await link.receipt(of: one.id, by: host.key).outcome == .applied)
            let late = try await link.receipt(of: two.id, by: host.key)
            #expect(late.outcome == .returned && late.code == "expired")
            #expect(try !host.log().contains { $0.hasSuffix("-2.0") })
            // Not stored yet, so it comes again with the next link.
            link.cut()
            link.mend()
            while link.receipts_count(of: one.id) < 2 { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func `an apply that fails without a controller is undone, and the receipt outlives the agent`() async throws {
        defer { try? host.killService() }
        let first = try TestBundle("1.0", in: host.folder)
        let second = try TestBundle("2.0", in: host.folder, hooks: ["install": Self.failingInstall])
        let link = try TestLink([first, second])
        let (one, two) = (try first.order(generation: 1), try second.order(generation: 2))
        try await host.withAgent(link) { [host] in
            try link.order(one)
            _ = try await link.receipt(of: one.id, by: host.key)
            link.store(one.id)
            try link.order(two)
            try await untilLogged("install-2.0")
            link.cut()
            try host.folder.write("state/go", "")
            // The way back starts and verifies the old version.
            while try host.log().split(separator: "start-1.0").count < 3 { try await Task.sleep(for: .milliseconds(5)) }
            #expect(link.receipts_count(of: two.id) == 0)
        }
        // Another agent on the same disk, and the controller is back.
        let later = try TestLink([first, second])
        try await host.withAgent(later) { [host] in
            let receipt = try await later.receipt(of: two.id, by: host.key)
            #expect(receipt.outcome == .returned && receipt.running?.version == Version("1.0"))
        }
    }

    @Test func `a host goes on watching without a controller and tells in few messages what it saw`() async throws {
        defer { try? host.killService() }
        let bundle = try TestBundle("1.0", in: host.folder)
        let link = try TestLink([bundle])
        try await host.withAgent(link) { [host] in
            let order = try bundle.order(generation: 1)
            try link.order(order)
            _ = try await link.receipt(of: order.id, by: host.key)
            while link.samples.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            link.cut()
            let before = link.samples.count
            try host.killService()
            // Some rounds that nobody hears of: each asks the verify hook.
            func rounds() throws -> Int { try host.log().count { $0 == "verify-1.0" } }
            let until = try rounds() + 5
            while try rounds() < until { try await Task.sleep(for: .milliseconds(5)) }
            #expect(link.samples.count == before)
            link.mend()
            // What was seen meanwhile comes first, summed up; behind it what is seen now.
            var told: Int?
            while told == nil {
                told = link.samples.dropFirst(before).firstIndex { $0.unhealthy > 1 }
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(try #require(told) - before < HealthTally.counts_max)
        }
    }

    @Test func `a host whose clock is off says so instead of taking an order`() async throws {
        let bundle = try TestBundle("1.0", in: host.folder)
        let link = try TestLink([bundle])
        try await host.withAgent(link) { [host] in
            link.read(ClockReading(ahead: .days(-3_650), error: .milliseconds(5)))
            try link.order(bundle.order(generation: 1))
            while link.refusals.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
            #expect(link.refusals[0].code == "clock-off")
            #expect(link.refusals[0].sentence.contains("3650d behind the controller's"))
            #expect(try host.log().isEmpty)
        }
    }
}
