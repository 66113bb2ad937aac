import OrderedCollections
import TimeAndChance
import TrainModel

/// Hosts whose clocks are off. They judge expiries and certificates by them, so beyond a bound they take no orders, and
/// people must know which hosts those are.
extension Train {
    mutating func weigh(_ reading: ClockReading, of host: HostKey, at now: Instant) {
        seen(host, at: now)
        guard state.fleet.hosts[host] != nil else { return }
        let wasOff = observed.clocks.updateValue(reading, forKey: host)?.isOff
        revisions.changed(host.region)
        guard reading.isOff != wasOff else { return }
        if reading.isOff {
            raiseAlarm(
                .clockOff,
                "\(host)",
                "the clock of \(host) is \(reading.words), and beyond \(ClockReading.ahead_max) it takes no orders; set it right",
                at: now
            )
        } else {
            clearAlarm(.clockOff, "\(host)", at: now)
            // What it refused meanwhile.
            if wasOff == true { deliverOutstanding(to: host) }
        }
        judgeStanding(of: host, at: now)
        lookAgain(at: host.region, at: now)
    }
}
