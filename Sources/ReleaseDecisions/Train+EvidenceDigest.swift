import OrderedCollections
import TimeAndChance
import TrainModel

/// What the gates of the wave in hand look at, as one digest; human decisions are bound to it.
extension Train {
    /// A decision counts while this is what it was when the decision was made. A word or a waiver that comes, and one
    /// that is revoked, changes it.
    public func evidenceDigest(of release: ReleaseState) -> Digest {
        if let known = observed.evidence[release.id], known.isOf(release) { return known.digest }
        return digest(of: evidenceLines(of: release))
    }

    /// Computes it once for all gates that are asked for this input.
    mutating func noteEvidence(of release: ReleaseState) {
        if observed.evidence[release.id]?.isOf(release) == true { return }
        observed.evidence[release.id] = KnownEvidence(
            position: release.position,
            releaseDigest: release.releaseDigest,
            digest: digest(of: evidenceLines(of: release))
        )
    }

    private func evidenceLines(of release: ReleaseState) -> [String] {
        var lines = ["wavetrain.evidence.v1"]
        guard let (stage, wave) = release.current else { return lines }
        let key = GateKey(stage: stage.name, wave: wave.name, region: nil, index: 0)
        var predicates: Set<PredicateName> = []
        for gate in wave.gates + wave.regionGates {
            switch gate {
            case .evidence(let rule):
                guard predicates.insert(rule.predicate).inserted else { continue }
                for artifact in release.artifacts(at: key).distinct {
                    lines += self.lines(of: .artifact(artifact.digest), rule.predicate)
                }
            case .changes(let rule):
                guard predicates.insert(rule.predicate).inserted else { continue }
                for change in changes(of: release, at: key).found {
                    lines += self.lines(of: .change(change.id), rule.predicate)
                }
            default: break
            }
        }
        for waiver in state.evidence.waivers[release.id] ?? []
        where predicates.contains(where: { waiver.speaks(of: $0) }) {
            lines.append("waiver \(waiver.subject) \(waiver.by) \(waiver.at.unix_ms)")
        }
        return lines
    }

    private func lines(of subject: Attestation.Subject, _ predicate: PredicateName) -> [String] {
        (state.evidence.bySubject[subject] ?? []).compactMap { id in
            guard let word = state.evidence.attestations[id], word.revoked == nil,
                word.attestation.predicate == predicate
            else { return nil }
            return "attestation \(id)"
        }
    }

    /// Records a fact about evidence, and voids what people decided where it changes what they decided on.
    mutating func emitEvidence(_ event: Event, because reason: String, at now: Instant) {
        let before = state.releases.values.filter(\.isActive).map { ($0.id, evidenceDigest(of: $0)) }
        emit(event, at: now)
        observed.evidence = [:]
        for (id, digest) in before {
            guard let release = state.releases[id], evidenceDigest(of: release) != digest else { continue }
            revisions.changed(id)
            void(release.decidedGates, of: id, because: reason, at: now)
            advance(id, at: now)
        }
    }

    mutating func void(_ gates: [GateKey], of id: ReleaseID, because reason: String, at now: Instant) {
        guard !gates.isEmpty else { return }
        emit(.decisionsVoided(DecisionsVoided(release: id, gates: gates, reason: reason)), at: now)
    }
}

/// A digest that was computed for the input in hand, and what of.
struct KnownEvidence: Sendable {
    let position: WavePosition
    let releaseDigest: Digest
    let digest: Digest

    func isOf(_ release: ReleaseState) -> Bool {
        position == release.position && releaseDigest == release.releaseDigest
    }
}

extension Waiver {
    func speaks(of predicate: PredicateName) -> Bool {
        subject == predicate.text || subject.hasPrefix("\(predicate) of ")
    }
}

extension ReleaseState {
    /// Gates of the wave in hand with decisions that still hold something open or back; what they let start is history,
    /// and what was opened in need is open.
    var decidedGates: [GateKey] {
        guard let (stage, wave) = current, wave.regions.contains(where: { regions[$0] == nil }) else { return [] }
        let decided = gateDecisions.filter { $0.value.contains { $0.voided == nil } }.keys
        let voted = gates.votes.filter { $0.value.contains { $0.voided == nil } }.keys
        return (Array(decided) + Array(voted)).filter { key in
            gates.glass[key] == nil && key.stage == stage.name && key.wave == wave.name
                && key.region.map { regions[$0] == nil } ?? true
        }
    }
}
