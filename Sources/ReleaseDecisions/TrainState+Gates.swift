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

    /// Regions of the wave in hand whose turn has come and that have not started.
    func startable(_ wave: Wave) -> [RegionName] {
        let unfinished = wave.regions.filter { regions[$0]?.phase != .healthy }
        return unfinished.prefix(wave.regionsAtOnce ?? unfinished.count).filter { regions[$0] == nil }
    }

    /// Remembers since when each region's turn has been there. Turns come in the wave's order: so many regions have had
    /// theirs as are healthy or may be on their way.
    mutating func noteReached(at now: Instant) {
        guard waveStarted, let (_, wave) = current else { return }
        let turns = min(wave.regions.count, wave.regionsAtOnce.map { $0 + regionsHealthyInWave } ?? wave.regions.count)
        while gates.regionsReached.count < turns {
            gates.regionsReached[wave.regions[gates.regionsReached.count]] = now
        }
    }
}
