import OrderedCollections
import TimeAndChance
import TrainModel

/// What events change inside one release. Called by the fold alone.
extension ReleaseState {
    mutating func startWave(at now: Instant) {
        waveStarted = true
        regionsHealthyInWave = 0
        gates.regionsReached = [:]
        gates.regionsToStart = []
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
    mutating func answer(_ order: OrderID, host: HostKey, _ answer: OrderAnswer) {
        guard let issued = orders[order]?.issued else { return }
        regions[host.region]?.answer(issued, host: host.host, answer)
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
            regions[event.region]?.failedAt = event.failedAt
            if wasHealthy { regionsHealthyInWave -= 1 }
        }
        regions[event.region]?.healthySamples = event.healthySamples
        regions[event.region]?.unhealthySamples = event.unhealthySamples
        regions[event.region]?.firstUnhealthy = event.firstUnhealthy
        regions[event.region]?.verdictReached = now
    }

    mutating func startReturn(_ event: ReturnStarted, at now: Instant) {
        phaseBeforeReturn = phase
        returnsPart = event.isPart ?? false
        phase = .returning
        ended = nil
        returnStarted = now
        returnEnded = nil
        returnCause = event.cause
        regionsReturning = event.regions.count
    }

    mutating func endReturn(of event: RegionReturned, at now: Instant) {
        let all = Set(services(in: event.region))
        regions[event.region]?.endReturn(allServices: all)
        regions[event.region]?.ended = now
        regionsReturning -= 1
        guard regionsReturning == 0 else { return }
        returnEnded = now
        // A part that came back well leaves an ended release as it was.
        guard returnsPart, case .ended(let outcome) = phaseBeforeReturn, stuckHosts.isEmpty, !isGone else { return }
        phase = .ended(outcome)
        ended = now
    }

    /// Nothing that it has put anywhere is left.
    private var isGone: Bool { regions.values.allSatisfy { $0.phase == .returned } }

    mutating func stop(_ reason: String) {
        phase = .stopped(reason: reason)
        ended = nil
    }

    mutating func end(_ event: ReleaseEnded, at now: Instant) {
        phase = .ended(event.outcome)
        paused = nil
        ended = now
        endReason = event.reason
        // What has been answered is in the regions; what has not may still be answered.
        orders = orders.filter { $0.value.awaitedCount > 0 }
        for place in orders.values.indices { orders.values[place].isWithdrawn = true }
        for place in regions.values.indices { regions.values[place].leave() }
    }
}

extension OrderState {
    mutating func renew(_ event: OrderRenewed) {
        issued.sequence = event.sequence
        issued.notBefore = event.notBefore
        issued.expires = event.expires
    }
}
