import Synchronization
import TimeAndChance
import TrainModel

/// The clock by which this host decides, and which the link measures: the same one, or what is measured would say
/// nothing about what is decided.
final class HostClock: Sendable {
    private let steady: SteadyWallClock
    private let reading = Mutex<ClockReading?>(nil)

    init(_ steady: SteadyWallClock = SteadyWallClock()) {
        self.steady = steady
    }

    func now() -> Instant { steady.now() }

    /// Nil while it is known to be off.
    func nowUnlessOff() -> Instant? { reading.withLock { $0?.isOff == true } ? nil : now() }

    /// - Returns: whether it is off since this reading.
    func measured(_ new: ClockReading) -> Bool {
        reading.withLock { reading in
            defer { reading = new }
            return new.isOff && reading?.isOff != true
        }
    }

    /// Goes to the machine's clock where that is the better one by the measure of this one. Not to be done while an
    /// order is in hand, whose deadlines are of this clock.
    ///
    /// - Returns: how far this one is off from now on; nil: it stays.
    func followMachine(measured old: ClockReading) -> ClockReading? {
        let wallAhead = steady.wallAhead
        guard let better = old.bettered(by: wallAhead) else { return nil }
        steady.move(by: wallAhead)
        reading.withLock { $0 = better }
        return better
    }
}
