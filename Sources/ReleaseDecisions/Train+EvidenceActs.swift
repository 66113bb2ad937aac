import OrderedCollections
import TimeAndChance
import TrainModel

/// Attesting, taking it back, and going without.
extension Train {
    static let fields_max = 100
    static let fieldBytes_max = 4_096
    /// Clocks differ.
    static let ahead_max = Interval.minutes(5)

    mutating func attest(_ attestation: Attestation, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        let bytes = attestation.fields.reduce(attestation.note.utf8.count) {
            $0 + $1.key.utf8.count + $1.value.utf8.count
        }
        guard attestation.fields.count <= Self.fields_max, bytes <= Self.fieldBytes_max else {
            throw Refusal(
                .invalid,
                "an attestation has at most \(Self.fields_max) fields and \(Self.fieldBytes_max) bytes; leave the rest where its note links to"
            )
        }
        guard attestation.about <= now + Self.ahead_max else {
            throw Refusal(
                .invalid,
                "an attestation speaks of what was, not of what is to come; give the time it was true"
            )
        }
        let same = attestations(of: attestation.subject, attestation.predicate).contains {
            $0.attestation == attestation && $0.by == actor.name && $0.revoked == nil
        }
        guard !same else { return .alreadyDone }
        let id = digest(of: attestation.lines + ["by \(actor.name)", "at \(now.unix_ms)"])
        let event = Attested(id: id, attestation: attestation, by: actor.name, groups: actor.groups)
        emitEvidence(
            .attested(event),
            because: "\(actor.name) has attested \(attestation.predicate) since",
            at: now
        )
        return .done
    }

    mutating func revokeAttestation(
        _ id: Digest,
        reason: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        guard let word = state.evidence.attestations[id] else {
            throw Refusal(.notFound, "there is no attestation \(id.prefix)")
        }
        guard word.revoked == nil else { return .alreadyDone }
        guard !reason.isBlank else {
            throw Refusal(.invalid, "taking an attestation back needs a reason, which whoever relied on it can read")
        }
        emitEvidence(
            .attestationRevoked(AttestationRevoked(id: id, by: actor.name, reason: reason)),
            because: "\(actor.name) has revoked \(word.attestation.predicate): \(reason)",
            at: now
        )
        return .done
    }

    mutating func waive(
        _ id: ReleaseID,
        _ subject: String,
        reason: String,
        by actor: Actor,
        at now: Instant
    ) throws(Refusal) -> Accepted {
        let release = try releaseToActOn(id, at: now)
        guard !reason.isBlank else {
            throw Refusal(.invalid, "a waiver needs a reason, which is shown with the release ever after")
        }
        let rules = release.waivable.filter { rule in
            subject == rule.predicate.text || (rule.isOfChanges && subject.hasPrefix("\(rule.predicate) of "))
        }
        guard !rules.isEmpty else {
            let names = release.waivable.map(\.predicate.text)
            let choice = names.isEmpty ? "it asks for none" : "it asks for \(Self.list(names))"
            throw Refusal(.notFound, "no gate of \(id) asks for \(subject); \(choice)")
        }
        try requireKnownChange(subject, rules, of: release)
        guard rules.contains(where: { isOne(of: $0.waiverBy, actor, in: release.plan, at: now) }) else {
            throw mayNot(actor, rules.flatMap(\.waiverBy), "waive \(subject)", in: release.plan, at: now)
        }
        guard !isWaived(subject, in: id) else { return .alreadyDone }
        emitEvidence(
            .waived(Waived(release: id, subject: subject, by: actor.name, reason: reason)),
            because: "\(actor.name) has waived \(subject) since: \(reason)",
            at: now
        )
        return .done
    }

    private func requireKnownChange(
        _ subject: String,
        _ rules: [Waivable],
        of release: ReleaseState
    ) throws(Refusal) {
        guard !rules.contains(where: { $0.predicate.text == subject }) else { return }
        let keys = release.plan.stages.flatMap { stage in
            stage.waves.map { GateKey(stage: stage.name, wave: $0.name, region: nil, index: 0) }
        }
        let known = keys.contains { key in
            changes(of: release, at: key).found.contains { change in
                rules.contains { subject == "\($0.predicate) of \(change.id)" }
            }
        }
        guard known else {
            throw Refusal(.notFound, "\(release.id) brings no such change; `wavetrain release show` names its changes")
        }
    }
}

/// A kind of evidence that a release may be let go without.
private struct Waivable {
    let predicate: PredicateName
    let waiverBy: [Actors]
    let isOfChanges: Bool
}

extension ReleaseState {
    /// What the gates that are still to come ask for.
    fileprivate var waivable: [Waivable] {
        let stages = plan.stages.dropFirst(position.stage)
        return stages.flatMap(\.waves).flatMap { $0.gates + $0.regionGates }.compactMap { gate in
            switch gate {
            case .evidence(let rule):
                Waivable(predicate: rule.predicate, waiverBy: rule.waiverBy, isOfChanges: false)
            case .changes(let rule): Waivable(predicate: rule.predicate, waiverBy: rule.waiverBy, isOfChanges: true)
            default: nil
            }
        }
    }
}

extension Attestation {
    /// Everything it says, in an order that is the same on every machine.
    fileprivate var lines: [String] {
        let of =
            switch subject {
            case .artifact(let digest): "artifact \(digest)"
            case .change(let id): "change \(id)"
            }
        let said = fields.sorted { $0.key < $1.key }.map { "field \($0.key.utf8.count) \($0.key) \($0.value)" }
        return ["wavetrain.attestation.v1", of, "predicate \(predicate)", "about \(about.unix_ms)", "note \(note)"]
            + said
    }
}
