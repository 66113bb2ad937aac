import OrderedCollections
import TimeAndChance
import TrainModel

/// Hosts whose agent is there and cannot work.
extension Train {
    /// It counts as one that is not there: it gets no orders, and nobody watches what it runs. People are told once
    /// of each thing that is wrong.
    mutating func linkOpened(_ host: HostKey, inTrouble trouble: HostTrouble, at now: Instant) {
        seen(host, at: now)
        revisions.changed(host.region)
        observed.connected.remove(host)
        observed.troubles[host] = trouble
        judgeStanding(of: host, at: now)
        let sentence = "\(host) takes no orders: \(trouble)"
        // Mended, and something of another kind is wrong: whoever comes has to know.
        if let known = state.schedule.alarms[AlarmKey(kind: .hostInTrouble, subject: "\(host)")],
            !known.sentence.hasSuffix("[\(trouble.code)]")
        {
            clearAlarm(.hostInTrouble, "\(host)", at: now)
        }
        raiseAlarm(.hostInTrouble, "\(host)", sentence, at: now)
        lookAgain(at: host.region, at: now)
    }

    /// It takes orders again, or is none of ours any more.
    mutating func settleTrouble(of host: HostKey, at now: Instant) {
        observed.troubles[host] = nil
        clearAlarm(.hostInTrouble, "\(host)", at: now)
    }

    func troubleHolds(_ troubled: some Sequence<HostName>, in region: RegionName, subject: String) -> [Hold] {
        troubled.map { host in
            let trouble = observed.troubles[HostKey(region: region, host: host)]
            return Hold(
                kind: .hostInTrouble,
                subject: subject,
                unmet: "\(host), whose answer is awaited, takes no orders: \(trouble?.description ?? "")",
                canAct: "whoever looks after the host, by mending it; or an operator, by aborting or rolling back",
                since: nil,
                nextChange: nil
            )
        }
    }
}
