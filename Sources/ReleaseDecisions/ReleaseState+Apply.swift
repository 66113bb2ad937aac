import OrderedCollections
import TimeAndChance
import TrainModel

/// What events change inside one release. Called by the fold alone.
extension ReleaseState {
    mutating func startWave(at now: Instant) {
        waveStarted = true
        regionsHealthyInWave = 0
        gates.regionsReached = [:]
        noteReached(at: now)
    }

    mutating func promote(at now: Instant) {
        waveStarted = false
        waveReached = now
        position.wave += 1
        guard position.wave == plan.stages[position.stage].waves.count else { return }
        gates.stagesEnded[plan.stages[position.stage].name] = now
        position = WavePosition(stage: nextStage(from: position.stage + 1), wave: 0)
    }

    mutating func issue(_ event: OrderIssued) {
        orders[event.order] = OrderState(issued: event, awaitedCount: event.hosts.count)
        regions[event.region]?.issue(event)
    }

    /// One host fewer has to answer.
    mutating func expectNoMore(_ order: OrderID) {
        orders[order]?.awaitedCount -= 1
    }

    /// A receipt or a refusal of an order that the host had to answer.
    mutating func answer(
        _ order: OrderID,
        host: HostKey,
        success: Bool,
        sentence: String,
        links: [String] = [],
        warnings: [String] = []
    ) {
        guard let issued = orders[order]?.issued else { return }
        regions[host.region]?.answer(issued, host: host.host, success: success, sentence: sentence)
        regions[host.region]?.hosts[host.host]?.add(links: links, warnings: warnings)
    }

    mutating func judge(_ event: VerdictReached, at now: Instant) {
        let wasHealthy = regions[event.region]?.phase == .healthy
        switch event.verdict {
        case .healthy:
            regions[event.region]?.phase = .healthy
            regionsHealthyInWave += 1
            noteReached(at: now)
        case .unhealthy:
            regions[event.region]?.phase = .unhealthy
            regions[event.region]?.failure = event.reason
            if wasHealthy { regionsHealthyInWave -= 1 }
        }
        regions[event.region]?.healthySamples = event.healthySamples
        regions[event.region]?.unhealthySamples = event.unhealthySamples
        regions[event.region]?.firstUnhealthy = event.firstUnhealthy
        regions[event.region]?.verdictReached = now
    }

    mutating func startReturn(_ event: ReturnStarted, at now: Instant) {
        phase = .returning
        ended = nil
        returnStarted = now
        returnEnded = nil
        returnCause = event.cause
        regionsReturning = event.regions.count
    }

    mutating func endReturn(of event: RegionReturned, at now: Instant) {
        regions[event.region]?.phase = .returned
        regions[event.region]?.ended = now
        regionsReturning -= 1
        if regionsReturning == 0 { returnEnded = now }
    }

    mutating func end(_ event: ReleaseEnded, at now: Instant) {
        phase = .ended(event.outcome)
        paused = nil
        ended = now
        endReason = event.reason
        // What has been answered is in the regions; what has not may still be answered.
        orders = orders.filter { $0.value.awaitedCount > 0 }
    }
}

extension OrderState {
    mutating func renew(_ event: OrderRenewed) {
        issued.sequence = event.sequence
        issued.notBefore = event.notBefore
        issued.expires = event.expires
    }
}

extension HostProgress {
    static let notes_max = 32

    /// Several orders of one host often say the same.
    mutating func add(links newer: [String], warnings: [String]) {
        links += newer.filter { !links.contains($0) }.prefix(max(0, Self.notes_max - links.count))
        self.warnings += warnings.filter { !self.warnings.contains($0) }
            .prefix(max(0, Self.notes_max - self.warnings.count))
    }
}

extension RegionState {
    mutating func issue(_ event: OrderIssued) {
        batches = max(batches, event.batch + 1)
        receiptsAwaited += event.hosts.count
        for host in event.hosts {
            guard let place = hosts.index(forKey: host) else { continue }
            if waits(hosts.values[place].phase) { hostsLeft -= 1 }
            hosts.values[place].phase = event.action == .deploy ? .updating : .returning
            hosts.values[place].servicesAwaited += 1
        }
    }

    mutating func revoke(_ host: HostName) {
        guard let progress = hosts[host], progress.phase != .revoked else { return }
        if waits(progress.phase) { hostsLeft -= 1 }
        receiptsAwaited -= progress.servicesAwaited
        hostsRevoked += 1
        hosts[host]?.phase = .revoked
        hosts[host]?.servicesAwaited = 0
    }

    mutating func answer(_ order: OrderIssued, host: HostName, success: Bool, sentence: String) {
        // An answer to an order of the way out must not count for the way back.
        guard generations[order.service] == order.generation, var progress = hosts[host] else { return }
        receiptsAwaited -= 1
        progress.servicesAwaited -= 1
        if !success {
            progress.phase = order.action == .deploy ? .failed : .stuck
            progress.sentence = sentence
        } else if progress.servicesAwaited == 0 {
            switch progress.phase {
            case .updating: progress.phase = .updated
            case .returning: progress.phase = .returned
            case .pending, .updated, .failed, .returned, .stuck, .revoked: break
            }
        }
        hosts[host] = progress
    }

    mutating func turnBack(_ event: RegionReturning) {
        phase = .returning
        generations = event.generations
        receiptsAwaited = 0
        for place in hosts.values.indices {
            hosts.values[place].servicesAwaited = 0
            if hosts.values[place].phase == .updating { hosts.values[place].phase = .failed }
        }
        for host in event.alreadyBack { hosts[host]?.phase = .returned }
        hostsLeft = hosts.values.count { waits($0.phase) }
    }
}
