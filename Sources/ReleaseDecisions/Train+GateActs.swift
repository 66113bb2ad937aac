import OrderedCollections
import TimeAndChance
import TrainModel

extension Train {
    /// Acts on gates beside approvals.
    mutating func actAtGate(_ command: Command, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        switch command {
        case .vote(let vote): try self.vote(vote, by: actor, at: now)
        case .doneTask(let id, let subject, let ticked, let note):
            try doneTask(id, subject, ticked: ticked, note: note, by: actor, at: now)
        case .attest(let attestation): try attest(attestation, by: actor, at: now)
        case .revokeAttestation(let id, let reason): try revokeAttestation(id, reason: reason, by: actor, at: now)
        case .waive(let id, let subject, let reason): try waive(id, subject, reason: reason, by: actor, at: now)
        case .breakGlass(let id, let subject, let reason):
            try breakGlass(id, subject, reason: reason, by: actor, at: now)
        case .freeze(let plan, let until, let reason):
            try freeze(plan, until: until, reason: reason, by: actor, at: now)
        case .liftFreeze(let plan): try liftFreeze(plan, by: actor, at: now)
        case .repin(let id, let versions): try repin(id, versions, by: actor, at: now)
        default: throw Refusal(.invalid, "this act is none at a gate")
        }
    }

    /// What a fact means for the gates of releases that it is not about.
    mutating func followGates(_ event: Event, at now: Instant) {
        switch event {
        case .debtPaid: askAgain(at: now) { $0 == .noDebts }
        // A return that is not over has taken nothing back that others could need.
        case .regionReturned(let event) where (state.releases[event.release]?.regionsReturning ?? 0) > 0: break
        case .wavePromoted, .releaseEnded, .regionReturned:
            askAgain(at: now) { if case .prerequisite = $0 { true } else { false } }
        case .oncallOverridden:
            for release in state.releases.values where release.isActive { lookAtGates(of: release.id, at: now) }
        default: break
        }
    }

    /// Looks again at every release that stands before such a gate.
    private mutating func askAgain(at now: Instant, _ isConcerned: (Gate) -> Bool) {
        for release in state.releases.values where release.phase == .running {
            guard let (_, wave) = release.current, (wave.gates + wave.regionGates).contains(where: isConcerned) else {
                continue
            }
            revisions.changed(release.id)
            advance(release.id, at: now)
        }
    }
}
