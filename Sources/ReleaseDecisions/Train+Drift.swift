import OrderedCollections
import TrainModel
import TimeAndChance

/// Hosts that run something else than their newest receipts say: somebody has set them back, or emptied them.
extension Train {
    /// Of a host that has just said what it runs. What an order in hand changes is told by its receipt, and what the log has
    /// forgotten is another matter (`catchUp`).
    mutating func compare(_ host: HostKey, with running: [RunningService], at now: Instant) {
        guard let known = state.fleet.hosts[host] else { return }
        for (service, told) in known.running.sorted(by: { $0.key < $1.key })
        where !known.outstanding.contains(where: { $0.service == service }) {
            let found = running.first { $0.service == service }
            let next = state.nextGeneration(TargetKey(region: host.region, service: service))
            if let found, found.generation >= next { continue }
            guard found?.version != told.version || found?.digest != told.digest else {
                settleDrift(of: service, on: host, at: now)
                continue
            }
            raiseAlarm(
                .hostDiffers,
                Self.driftSubject(service, on: host),
                "\(host) runs \(found.map { "\(service) \($0.version)" } ?? "no \(service)"), and its newest receipt says "
                    + "\(told.version): find out who set the host back or emptied it, and release \(service) there again",
                at: now
            )
        }
    }

    /// It said so itself, or has put another version in place since.
    mutating func settleDrift(of service: ServiceName, on host: HostKey, at now: Instant) {
        clearAlarm(.hostDiffers, Self.driftSubject(service, on: host), at: now)
    }

    /// It is none of ours any more.
    mutating func settleDrift(of host: HostKey, at now: Instant) {
        for service in state.fleet.hosts[host]?.services.keys.sorted() ?? [] {
            settleDrift(of: service, on: host, at: now)
        }
    }

    private static func driftSubject(_ service: ServiceName, on host: HostKey) -> String { "\(host)/\(service)" }
}
