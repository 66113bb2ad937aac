import OrderedCollections
import TimeAndChance
import TrainModel

extension TrainState {
    /// Folds in what was decided at a gate, beside approvals.
    mutating func applyToGates(_ event: Event, at now: Instant) {
        switch event {
        case .voteCast(let event): releases[event.release]?.gates.cast(event, at: now)
        case .taskDone(let event):
            releases[event.release]?.gates.tasks[event.gate] = GateState.DoneTask(
                by: event.by,
                note: event.note,
                ticked: event.ticked,
                took: event.took,
                at: now
            )
        case .checkTurned(let event):
            releases[event.release]?.gates.checks[event.gate] = event.isAsked ? GateState.CheckTurn(since: now) : nil
        case .checkConcluded(let event): releases[event.release]?.gates.checks[event.gate] = nil
        case .glassBroken(let event):
            releases[event.release]?.gates.glass[event.gate] = GateState.OpenedGate(
                by: event.by,
                reason: event.reason,
                at: now
            )
        case .decisionsVoided(let event):
            for key in event.gates { releases[event.release]?.void(key, because: event.reason, at: now) }
        case .releaseRepinned(let event):
            releases[event.release]?.artifacts = event.artifacts
            releases[event.release]?.releaseDigest = event.releaseDigest
        default: break
        }
    }
}

extension GateState {
    fileprivate mutating func cast(_ event: VoteCast, at now: Instant) {
        votes[event.gate, default: []].removeAll { $0.by == event.by && $0.role == event.role }
        votes[event.gate, default: []].append(
            CastVote(
                role: event.role,
                isGo: event.isGo,
                isVeto: event.isVeto,
                by: event.by,
                releaseDigest: event.releaseDigest,
                evidenceDigest: event.evidenceDigest,
                reason: event.reason,
                ticked: event.ticked,
                took: event.took,
                at: now,
                voided: nil
            )
        )
    }
}

extension ReleaseState {
    fileprivate mutating func void(_ key: GateKey, because reason: String, at now: Instant) {
        for index in gateDecisions[key]?.indices ?? 0..<0 where gateDecisions[key]?[index].voided == nil {
            gateDecisions[key]?[index].voided = reason
        }
        for index in gates.votes[key]?.indices ?? 0..<0 where gates.votes[key]?[index].voided == nil {
            gates.votes[key]?[index].voided = reason
        }
        gates.tasks.removeValue(forKey: key)
        gates.glass.removeValue(forKey: key)
        gates.voids[key] = GateState.Voiding(reason: reason, at: now)
    }

    /// Regions of the wave in hand whose turn has come and that have not started, in the wave's order.
    var startable: some Collection<RegionName> { gates.regionsToStart.reversed() }

    /// Remembers since when each region's turn has been there. Turns come in the wave's order: so many regions have had
    /// theirs as are healthy or may be on their way.
    mutating func noteReached(at now: Instant) {
        guard waveStarted, let (_, wave) = current else { return }
        let turns = min(wave.regions.count, wave.regionsAtOnce.map { $0 + regionsHealthyInWave } ?? wave.regions.count)
        let new = wave.regions[min(gates.regionsReached.count, turns)..<turns]
        for region in new { gates.regionsReached[region] = now }
        gates.regionsToStart.insert(contentsOf: new.reversed(), at: 0)
    }

    mutating func noteStarted(_ region: RegionName) {
        guard let place = gates.regionsToStart.lastIndex(of: region) else { return }
        gates.regionsToStart.remove(at: place)
    }

    /// A region of the wave in hand has not started, be it its turn or not.
    func hasUntouched(_ wave: Wave) -> Bool {
        !gates.regionsToStart.isEmpty || gates.regionsReached.count < wave.regions.count
    }

    /// Whether nothing but what stands before a region keeps it from starting there.
    func waits(for region: RegionName) -> Bool {
        phase == .running && paused == nil && waveStarted && regions[region] == nil
            && gates.regionsReached[region] != nil
    }

    /// The first of the wave in hand that it has not touched.
    func untouched(_ wave: Wave, count_max: Int) -> [RegionName] {
        guard waveStarted else { return Array(wave.regions.prefix(count_max)) }
        let later = wave.regions.dropFirst(gates.regionsReached.count)
        return Array((startable.prefix(count_max) + later.prefix(count_max)).prefix(count_max))
    }
}
