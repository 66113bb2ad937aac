import OrderedCollections
import TimeAndChance
import TrainModel

/// What must be true before a wave or a region starts, and who has said so.
extension Train {
    func gatesPassed(_ gates: [Gate], before region: RegionName?, of release: ReleaseState) -> Bool {
        gates.indices.allSatisfy { index in
            guard let key = gateKey(index, before: region, of: release) else { return false }
            switch gates[index] {
            case .approval(let rule): return Self.approvals(of: key, rule, in: release).count >= rule.quorum
            default: return false
            }
        }
    }

    /// Distinct people whose approval counts.
    static func approvals(of key: GateKey, _ rule: ApprovalRule, in release: ReleaseState) -> [PersonName] {
        var people: [PersonName] = []
        for decision in release.gateDecisions[key] ?? []
        where decision.decision == .approved && !people.contains(decision.by) {
            if rule.notAuthor, decision.by == release.author { continue }
            people.append(decision.by)
        }
        return people
    }

    func gateKey(_ index: Int, before region: RegionName?, of release: ReleaseState) -> GateKey? {
        release.current.map { GateKey(stage: $0.stage.name, wave: $0.wave.name, region: region, index: index) }
    }

    /// The approvals that a release waits for now: nothing else may be approved, so that nobody decides on what cannot
    /// be seen yet.
    func waitingApprovals(of release: ReleaseState) -> [(key: GateKey, rule: ApprovalRule)] {
        guard release.phase == .running, let (_, wave) = release.current else { return [] }
        guard release.waveStarted else { return waiting(wave.gates, before: nil, of: release) }
        return startable(wave, of: release).flatMap { waiting(wave.regionGates, before: $0, of: release) }
    }

    /// Regions of the wave in hand whose turn has come and that have not started.
    func startable(_ wave: Wave, of release: ReleaseState) -> [RegionName] {
        let unfinished = wave.regions.filter { release.regions[$0]?.phase != .healthy }
        return unfinished.prefix(wave.regionsAtOnce ?? unfinished.count).filter { release.regions[$0] == nil }
    }

    private func waiting(
        _ gates: [Gate],
        before region: RegionName?,
        of release: ReleaseState
    ) -> [(key: GateKey, rule: ApprovalRule)] {
        gates.enumerated().compactMap { index, gate in
            guard let key = gateKey(index, before: region, of: release), case .approval(let rule) = gate,
                Self.approvals(of: key, rule, in: release).count < rule.quorum
            else { return nil }
            return (key, rule)
        }
    }

    /// `subject` is a region or wave that waits, or `stage/wave[/region]`; empty takes the only one that waits.
    mutating func decide(_ word: Decide, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        let (id, verdict, releaseDigest) = (word.release, word.decision, word.releaseDigest)
        let release = try activeRelease(id)
        guard releaseDigest == release.releaseDigest else {
            throw Refusal(
                .decidedOnOtherDigest,
                "the decision was made on \(releaseDigest.prefix), but \(id) is \(release.releaseDigest.prefix); look at the release again and decide anew"
            )
        }
        let gates = try waitingGates(named: word.subject, of: release)
        let permitted = gates.filter { mayDecide($0.rule, actor, of: release) }
        guard !permitted.isEmpty else { throw notAllowed(actor, gates, of: release) }
        let open = permitted.filter { gate in
            verdict == .rejected || !Self.approvals(of: gate.key, gate.rule, in: release).contains(actor.name)
        }
        guard !open.isEmpty else { return .alreadyDone }
        for gate in open {
            emit(
                .gateDecided(
                    GateDecided(
                        release: id,
                        gate: gate.key,
                        decision: verdict,
                        by: actor.name,
                        releaseDigest: releaseDigest,
                        evidenceDigest: releaseDigest,
                        ticked: word.ticked,
                        took: now - release.waveReached,
                        reason: word.reason
                    )
                ),
                at: now
            )
        }
        if verdict == .rejected {
            end(id, .rejected, by: actor.name, reason: word.reason, at: now)
        } else {
            advance(id, at: now)
        }
        return .done
    }

    private func waitingGates(
        named subject: String,
        of release: ReleaseState
    ) throws(Refusal) -> [(key: GateKey, rule: ApprovalRule)] {
        let all = waitingApprovals(of: release)
        let subjects = all.map(\.key.description)
        guard !all.isEmpty else {
            throw Refusal(
                .nothingWaits,
                "nothing in \(release.id) waits for an approval now; `release show \(release.id)` says what it waits for"
            )
        }
        if subject.isEmpty {
            guard Set(subjects).count == 1 else {
                throw Refusal(
                    .invalid,
                    "several things wait for an approval: name one of \(subjects.joined(separator: ", "))"
                )
            }
            return all
        }
        let named = all.filter { gate in
            gate.key.description == subject || gate.key.region?.text == subject
                || (gate.key.region == nil && gate.key.wave.text == subject)
        }
        guard !named.isEmpty else {
            throw Refusal(
                .nothingWaits,
                "\"\(subject)\" does not wait for an approval; what waits: \(subjects.joined(separator: ", "))"
            )
        }
        return named
    }

    private func mayDecide(_ rule: ApprovalRule, _ actor: Actor, of release: ReleaseState) -> Bool {
        rule.by.contains { isOne(of: $0, actor) } && !(rule.notAuthor && actor.name == release.author)
    }

    private func isOne(of actors: Actors, _ actor: Actor) -> Bool {
        switch actors {
        case .group(let group): actor.groups.contains(group)
        case .person(let person): actor.name == person
        case .oncall: false
        }
    }

    private func notAllowed(
        _ actor: Actor,
        _ gates: [(key: GateKey, rule: ApprovalRule)],
        of release: ReleaseState
    ) -> Refusal {
        if gates.contains(where: { $0.rule.notAuthor }), actor.name == release.author {
            return Refusal(
                .notAllowed,
                "\(actor.name) started \(release.id) and the plan wants somebody else to decide"
            )
        }
        let groups = gates.flatMap(\.rule.by).map { "\($0)" }.joined(separator: " or ")
        return Refusal(.notAllowed, "\(actor.name) is not in \(groups), whom the plan lets decide here")
    }
}
