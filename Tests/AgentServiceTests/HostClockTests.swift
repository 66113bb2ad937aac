import HostDecisions
import Logging
import Synchronization
import Testing
import TimeAndChance
import TrainModel

@testable import AgentService

/// The agent's clock, on a machine whose clock somebody sets.
@Suite(.timeLimit(.minutes(10))) struct HostClockTests {
    private static let start = Instant(unix_ms: 1_800_000_000_000)

    private final class Machine: Sendable {
        private let both: Mutex<(wall: Instant, steady: Instant)>

        init(wall: Instant) { both = Mutex((wall, Instant(unix_ms: 7))) }

        var clock: HostClock {
            HostClock(
                SteadyWallClock(
                    wall: { self.both.withLock { $0.wall } },
                    steady: { self.both.withLock { $0.steady } }
                )
            )
        }

        func set(by jump: Interval) { both.withLock { $0.wall = $0.wall + jump } }
    }

    private func reading(_ ahead: Interval) -> ClockReading { ClockReading(ahead: ahead, error: .milliseconds(20)) }

    private func keeper(_ folder: TemporaryFolder, _ clock: HostClock) throws -> HostKeeper {
        try HostKeeper(
            identity: HostIdentity(
                cluster: try #require(ClusterName("demo")),
                key: HostKey(region: try #require(RegionName("westus3")), host: try #require(HostName("host-1")))
            ),
            journalPath: folder.path + "/journal",
            recipes: [],
            clock: clock,
            lateFiles: LateFiles(logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
        )
    }

    @Test(arguments: [Interval.hours(-1), .hours(1), .minutes(-3), .days(-20_000)])
    func `an agent that started with a wrong clock follows the machine's once that was set right`(
        ahead: Interval
    ) async throws {
        let folder = try TemporaryFolder()
        let machine = Machine(wall: Self.start + ahead)
        let clock = machine.clock
        let keeper = try keeper(folder, clock)
        try await keeper.give(.started)
        try await keeper.give(.linkUp)
        try await keeper.give(.clockRead(reading(ahead)))
        // Nobody has set it yet.
        #expect(clock.now() == Self.start + ahead)
        machine.set(by: ahead * -1)
        try await keeper.give(.clockRead(reading(ahead)))
        #expect(clock.now() == Self.start)
        #expect(clock.nowUnlessOff() == Self.start)
    }

    @Test(arguments: [Interval.hours(-1), .hours(1), .days(3_650)])
    func `an agent whose clock is right follows nobody who sets the machine's wrong`(jump: Interval) async throws {
        let folder = try TemporaryFolder()
        let machine = Machine(wall: Self.start)
        let clock = machine.clock
        let keeper = try keeper(folder, clock)
        try await keeper.give(.linkUp)
        machine.set(by: jump)
        try await keeper.give(.clockRead(reading(.zero)))
        #expect(clock.now() == Self.start)
    }

    @Test func `a clock that is known to be off says nothing to those who must be sure, and is off once`() {
        let clock = Machine(wall: Self.start).clock
        #expect(clock.nowUnlessOff() == Self.start)
        #expect(clock.measured(reading(.hours(1))))
        #expect(!clock.measured(reading(.hours(1))))
        #expect(clock.nowUnlessOff() == nil)
        #expect(!clock.measured(reading(.zero)))
        #expect(clock.nowUnlessOff() == Self.start)
    }
}
