import HostDecisions
import Synchronization
import TrainModel

/// What the last look of a check saw, where the next one compares. Lost with the agent: then the next look is the first.
final class LookMemory: Sendable {
    struct Key: Hashable, Sendable {
        let service: ServiceName
        let order: OrderID
        let check: String

        init(_ check: Check, _ subject: ServiceHooks.Subject) {
            service = subject.service
            order = subject.deployment.order
            self.check = check.name
        }
    }

    private struct Reading {
        let value: Double
        let at: ContinuousClock.Instant
    }

    private struct Seen {
        var processes: [Key: ProcessSight] = [:]
        var readings: [Key: Reading] = [:]
    }

    private let seen = Mutex(Seen())

    func process(of key: Key) -> ProcessSight? { seen.withLock { $0.processes[key] } }

    func remember(_ process: ProcessSight, of key: Key) { seen.withLock { $0.processes[key] = process } }

    /// By how much a counter grew in a minute; nil: there is nothing to compare with, or it began anew.
    func rate(of key: Key, _ value: Double, at now: ContinuousClock.Instant) -> Double? {
        let before = seen.withLock { $0.readings.updateValue(Reading(value: value, at: now), forKey: key) }
        guard let before, before.value <= value, before.at < now else { return nil }
        return (value - before.value) / ((now - before.at) / .seconds(60))
    }

    /// Everything of a service but what the looks at one deployment saw.
    func forget(_ service: ServiceName, but order: OrderID) {
        func isOld(_ key: Key) -> Bool { key.service == service && key.order != order }
        seen.withLock { seen in
            seen.processes = seen.processes.filter { !isOld($0.key) }
            seen.readings = seen.readings.filter { !isOld($0.key) }
        }
    }
}
