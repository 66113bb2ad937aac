import OrderedCollections
import TimeAndChance
import TrainModel

/// Evidence: what has been attested about the artifacts and changes of a release.
extension Train {
    func evidenceStatus(
        _ rule: EvidenceRule,
        _ key: GateKey,
        of release: ReleaseState,
        at now: Instant
    ) -> GateStatus {
        if isWaived(rule.predicate.text, in: release.id) { return .passed(until: nil) }
        var flaws: [String] = []
        var until: Instant?
        for artifact in release.artifacts(at: key).distinct {
            switch evidence(rule, for: artifact, in: release.plan, at: now) {
            case .sound(let end): until = [until, end].compactMap(\.self).min()
            case .missing(let sentence): flaws.append(sentence)
            }
        }
        guard !flaws.isEmpty else { return .passed(until: until) }
        let who = rule.by.isEmpty ? "whoever may attest" : words(for: rule.by, in: release.plan, at: now)
        return .unmet(
            Hold(
                kind: .evidence,
                subject: key.description,
                unmet: Self.list(flaws, most: 20),
                canAct: "\(who): `wavetrain evidence attest`"
                    + waiverWords(rule.waiverBy, rule.predicate, release, at: now),
                since: reached(key, of: release),
                nextChange: nil
            ),
            until: nextHandOver(of: rule.by + rule.waiverBy, in: release.plan, at: now)
        )
    }

    enum Evidence {
        /// `until`: when it will be too old; nil: never.
        case sound(until: Instant?)
        case missing(String)
    }

    /// The newest word about the artifact by somebody whose word counts decides.
    func evidence(_ rule: EvidenceRule, for artifact: Artifact, in plan: Plan, at now: Instant) -> Evidence {
        let all = attestations(of: .artifact(artifact.digest), rule.predicate)
        let name = "\(rule.predicate) of \(artifact)"
        let newest = all.filter { counts($0, rule.by, in: plan) }.max { $0.attestation.about < $1.attestation.about }
        guard let newest else {
            let revoked = all.last { $0.revoked != nil }?.revoked.map { "was revoked: \($0)" }
            let stranger = all.last { $0.revoked == nil }.map { "comes from \($0.by), whose word does not count here" }
            return .missing("\(name) \(revoked ?? stranger ?? "is missing")")
        }
        let about = newest.attestation.about
        for condition in rule.conditions {
            let found = newest.attestation.fields[condition.field]
            guard found.map(condition.holds) != true else { continue }
            let what = condition.field.isEmpty ? "the value" : condition.field
            return .missing("\(name): \(what) is \(found ?? "not said"), \(condition.demand)")
        }
        switch oldest(rule.notOlderThan, for: artifact) {
        case .failure(let reason): return .missing("\(name): \(reason.sentence)")
        case .success(let bound):
            guard about >= bound.at else { return .missing("\(name) is older than \(bound.name)") }
        }
        guard let age_max = rule.age_max else { return .sound(until: nil) }
        guard now < about + age_max else { return .missing("\(name) is older than \(age_max)") }
        return .sound(until: about + age_max)
    }

    private struct NotThere: Error {
        let sentence: String
    }

    private func oldest(
        _ age: EvidenceRule.Age,
        for artifact: Artifact
    ) -> Result<(at: Instant, name: String), NotThere> {
        switch age {
        case .build:
            let record = state.artifacts[ArtifactKey(name: artifact.name, version: artifact.version)]
            guard let record else { return .failure(NotThere(sentence: "nobody knows when it was built")) }
            return .success((record.source.built ?? record.at, "the build it speaks of"))
        case .deployment(let plan, let stage):
            let key = StageKey(plan: plan, stage: stage)
            let last = completions(of: key).last { $0.artifacts.values.contains(artifact) }
            guard let last else { return .failure(NotThere(sentence: "\(artifact) has not ended \(key) well")) }
            return .success((last.at, "its deployment to \(key) by \(last.release)"))
        }
    }

    /// Also revoked ones, oldest first.
    func attestations(of subject: Attestation.Subject, _ predicate: PredicateName) -> [AttestationState] {
        (state.evidence.bySubject[subject] ?? []).compactMap { state.evidence.attestations[$0] }
            .filter { $0.attestation.predicate == predicate }
    }

    /// Not revoked, and by one of these people as they were then.
    func counts(_ word: AttestationState, _ allowed: [Actors], in plan: Plan) -> Bool {
        guard word.revoked == nil else { return false }
        return allowed.isEmpty || isOne(of: allowed, Actor(name: word.by, groups: word.groups), in: plan, at: word.at)
    }

    func isWaived(_ subject: String, in release: ReleaseID) -> Bool {
        state.evidence.waivers[release]?.contains { $0.subject == subject } == true
    }

    /// `; or leads: …`.
    func waiverWords(
        _ allowed: [Actors],
        _ predicate: PredicateName,
        _ release: ReleaseState,
        at now: Instant
    ) -> String {
        guard !allowed.isEmpty else { return "" }
        let who = words(for: allowed, in: release.plan, at: now)
        return "; or \(who): `wavetrain release waive \(release.id) \(predicate)`"
    }

    /// Everything that the plan's gates ask of these artifacts and changes and that is not there, each in a sentence;
    /// empty: fully verified.
    func missingEvidence(
        of artifacts: [ServiceName: Artifact],
        _ changes: [Change],
        in plan: Plan,
        at now: Instant
    ) -> [String] {
        var missing: [String] = []
        for wave in plan.stages.flatMap(\.waves) {
            let own = artifacts.filter { wave.services.contains($0.key) }.distinct
            for gate in wave.gates + wave.regionGates {
                switch gate {
                case .evidence(let rule):
                    for artifact in own {
                        if case .missing(let sentence) = evidence(rule, for: artifact, in: plan, at: now) {
                            missing.append(sentence)
                        }
                    }
                case .changes(let rule):
                    missing += unsigned(changes, rule, in: plan).map { "no \(rule.predicate) of \($0.words)" }
                default: break
                }
            }
        }
        var seen: Set<String> = []
        return missing.filter { seen.insert($0).inserted }
    }
}
