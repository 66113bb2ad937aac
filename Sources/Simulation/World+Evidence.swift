import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// What systems and people outside attest by themselves, without being asked by a hold.
struct ExpectedEvidence: Sendable {
    var artifacts: [Artifact] = []
    /// Ids of changes that are to be signed off.
    var changes: [String] = []
    /// Only evidence that must not be older than the deployment to this stage; nil: only what must not be older than the
    /// build.
    var deployment: (plan: PlanName, stage: StageName)?
}

/// Evidence: it comes with an artifact, after a stage, and when a gate waits for it, as far as the options let it.
extension World {
    static let evidenceDelay = Interval.seconds(30)

    mutating func expectEvidence(after event: Event) {
        let expected: ExpectedEvidence
        switch event {
        case .tagArrived(let event):
            expected = ExpectedEvidence(artifacts: [event.artifact], changes: event.source.changes.map(\.id))
        case .candidateCut(let event): expected = ExpectedEvidence(changes: event.candidate.changes.map(\.id))
        case .wavePromoted(let event):
            guard let release = train.state.releases[event.release],
                release.plan.stages.first(where: { $0.name == event.stage })?.waves.last?.name == event.wave
            else { return }
            let artifacts = OrderedSet(release.services.compactMap { release.artifacts[$0] })
            expected = ExpectedEvidence(
                artifacts: artifacts.elements,
                deployment: (release.plan.name, event.stage)
            )
        default: return
        }
        agenda.add(.evidence(expected), at: now + Self.evidenceDelay)
    }

    mutating func bring(_ expected: ExpectedEvidence) {
        for plan in plans.values {
            for rule in plan.evidenceRules where rule.isMet(by: expected.deployment) {
                for artifact in expected.artifacts where plan.services.contains(where: { $0.artifact == artifact.name })
                {
                    attest(rule.predicate, rule.by, rule.conditions, about: .artifact(artifact.digest))
                }
            }
            for rule in plan.changesRules { signOff(expected.changes, rule) }
        }
    }

    /// What a waiting gate asks for comes.
    mutating func attest(_ gate: Gate, for release: ReleaseState) {
        let artifacts = release.services.compactMap { release.artifacts[$0] }
        switch gate {
        case .evidence(let rule):
            for digest in OrderedSet(artifacts.map(\.digest)) {
                attest(rule.predicate, rule.by, rule.conditions, about: .artifact(digest))
            }
        case .changes(let rule):
            let changes = artifacts.flatMap {
                train.state.artifacts[ArtifactKey(name: $0.name, version: $0.version)]?.source.changes ?? []
            }
            signOff((changes + (release.candidate?.changes ?? [])).map(\.id), rule)
        default: break
        }
    }

    private mutating func signOff(_ changes: [String], _ rule: ChangesRule) {
        for change in OrderedSet(changes) where !options.outside.unsignedChanges.contains(change) {
            attest(rule.predicate, rule.by, [], about: .change(change))
        }
    }

    private mutating func attest(
        _ predicate: PredicateName,
        _ by: [Actors],
        _ conditions: [Condition],
        about subject: Attestation.Subject
    ) {
        guard !options.outside.missingEvidence.contains(predicate) else { return }
        let fields = Dictionary(conditions.map { ($0.field, $0.satisfyingValue) }) { first, _ in first }
        let attestation = Attestation(subject: subject, predicate: predicate, fields: fields, note: "", about: now)
        give(.command(.attest(attestation), by: directory.somebody(of: by, in: self)))
    }
}

extension EvidenceRule {
    fileprivate func isMet(by deployment: (plan: PlanName, stage: StageName)?) -> Bool {
        switch (notOlderThan, deployment) {
        case (.build, nil): true
        case (.deployment(let plan, let stage), let deployment?): plan == deployment.plan && stage == deployment.stage
        default: false
        }
    }
}

extension Plan {
    /// Of gates, and of the best label that a release can have; each once.
    fileprivate var evidenceRules: OrderedSet<EvidenceRule> {
        var rules: OrderedSet<EvidenceRule> = []
        for case .evidence(let rule) in allGates { rules.append(rule) }
        if let best = maturity.first {
            var rule = EvidenceRule(predicate: best.predicate)
            rule.conditions = best.conditions
            rules.append(rule)
        }
        return rules
    }

    fileprivate var changesRules: OrderedSet<ChangesRule> {
        var rules: OrderedSet<ChangesRule> = []
        for case .changes(let rule) in allGates { rules.append(rule) }
        return rules
    }

    var allGates: [Gate] { stages.flatMap(\.waves).flatMap { $0.gates + $0.regionGates } }
}
