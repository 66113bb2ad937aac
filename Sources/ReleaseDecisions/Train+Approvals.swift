import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// Approvals and validations: one person's yes lets something go on, or says that what has run is safe; one no ends the
/// release.
extension Train {
    func approvalStatus(
        _ rule: ApprovalRule,
        _ key: GateKey,
        of release: ReleaseState,
        at now: Instant
    ) -> GateStatus {
        let words = standing(key, rule, of: release, at: now)
        if words.count >= rule.quorum {
            return .passed(until: rule.validFor.map { words[words.count - rule.quorum].at + $0 })
        }
        let asking = asking(at: key, .approval(rule), of: release, at: now)
        let deadline = rule.timeout.flatMap { asking.hours.end(of: $0) }
        if let deadline, deadline <= now, asking.declared == nil, let timeout = rule.timeout {
            let have = words.isEmpty ? "" : " (have \(Self.list(words.map(\.by.text))))"
            return .rejects("no \(rule.act.rawValue) of \(key) within \(timeout)\(have)")
        }
        let handOver = nextHandOver(of: rule.by, in: release.plan, at: now)
        let lapse = rule.validFor.flatMap { validFor in words.map { $0.at + validFor }.min() }
        let opening = asking.isNow(now) ? nil : asking.opening(from: now)
        return .unmet(
            approvalHold(rule, key, of: release, have: words, asking, deadline: deadline, at: now),
            until: [opening, deadline, handOver, lapse].compactMap(\.self).filter { $0 > now }.min()
        )
    }

    private func approvalHold(
        _ rule: ApprovalRule,
        _ key: GateKey,
        of release: ReleaseState,
        have: [ReleaseState.GateDecision],
        _ asking: Asking,
        deadline: Instant?,
        at now: Instant
    ) -> Hold {
        let who = words(for: rule.by, in: release.plan, at: now)
        let people = rule.quorum == 1 ? "somebody of \(who)" : "\(rule.quorum) of \(who)"
        var unmet = "\(rule.act.rawValue) by \(people)" + (rule.notAuthor ? ", not \(release.author)" : "")
        if !have.isEmpty { unmet += "; have \(Self.list(have.map(\.by.text)))" }
        if deadline != nil, let timeout = rule.timeout { unmet += "; rejected without it after \(timeout)" }
        if let lapsed = lapsed(key, rule, of: release, at: now).last {
            unmet += "; the grant by \(lapsed.by) is over"
        } else if have.isEmpty, let voided = release.gates.voids[key] {
            unmet += "; what was decided before is void: \(voided.reason)"
        }
        let isAsked = asking.isNow(now)
        if !isAsked { unmet += "; not asked for \(asking.words(release.plan, at: now))" }
        let verb = rule.act == .approval ? "approve" : "validate"
        return Hold(
            kind: rule.act == .approval ? .approval : .validation,
            subject: key.description,
            unmet: unmet,
            canAct: isAsked ? "\(who): `wavetrain release \(verb) \(release.id) \(key)`" : "",
            since: openSince(key, of: release),
            nextChange: isAsked ? deadline : asking.opening(from: now)
        )
    }

    /// What counts of distinct people, oldest first.
    func standing(
        _ key: GateKey,
        _ rule: ApprovalRule,
        of release: ReleaseState,
        at now: Instant
    ) -> [ReleaseState.GateDecision] {
        distinct(key, rule, of: release).filter { word in rule.validFor.map { now < word.at + $0 } ?? true }
    }

    private func lapsed(
        _ key: GateKey,
        _ rule: ApprovalRule,
        of release: ReleaseState,
        at now: Instant
    ) -> [ReleaseState.GateDecision] {
        guard let validFor = rule.validFor else { return [] }
        return distinct(key, rule, of: release).filter { $0.at + validFor <= now }
    }

    /// A person's newest yes on exactly this release and evidence, oldest first.
    private func distinct(
        _ key: GateKey,
        _ rule: ApprovalRule,
        of release: ReleaseState
    ) -> [ReleaseState.GateDecision] {
        guard let decisions = release.gateDecisions[key], !decisions.isEmpty else { return [] }
        let evidence = evidenceDigest(of: release)
        var newest: OrderedDictionary<PersonName, ReleaseState.GateDecision> = [:]
        for word in decisions
        where word.decision == .approved && word.voided == nil && word.releaseDigest == release.releaseDigest
            && word.evidenceDigest == evidence && !(rule.notAuthor && word.by == release.author)
        {
            newest.removeValue(forKey: word.by)
            newest[word.by] = word
        }
        return Array(newest.values)
    }

    /// When the last grant that is over ended; nil: none is.
    func lapse(_ key: GateKey, _ rule: ApprovalRule, of release: ReleaseState, at now: Instant) -> Instant? {
        guard let validFor = rule.validFor else { return nil }
        return lapsed(key, rule, of: release, at: now).last.map { $0.at + validFor }
    }

    /// At most five names, so that a sentence stays one.
    static func list(_ names: [String], most: Int = 5) -> String {
        let named = names.prefix(most).joined(separator: ", ")
        return names.count > most ? "\(named) and \(names.count - most) more" : named
    }

    // MARK: - Deciding

    mutating func decide(_ word: Decide, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        let release = try releaseToActOn(word.release, at: now)
        try requireSame(word.releaseDigest, word.evidenceDigest, as: release)
        let gates = try waiting(for: word, of: release, at: now)
        let permitted = gates.filter { mayDecide($0.rule, actor, of: release, at: now) }
        guard !permitted.isEmpty else { throw notAllowed(actor, gates.map(\.rule), of: release, at: now) }
        let asked = try asked(permitted, word, of: release, at: now)
        if word.decision == .approved { try requireTicked(asked.flatMap(\.rule.checklist), word.ticked) }
        let open = asked.filter { gate in
            word.decision == .rejected
                || !standing(gate.key, gate.rule, of: release, at: now).contains { $0.by == actor.name }
        }
        guard !open.isEmpty else { return .alreadyDone }
        let evidence = evidenceDigest(of: release)
        for gate in open {
            emit(
                .gateDecided(
                    GateDecided(
                        release: release.id,
                        gate: gate.key,
                        decision: word.decision,
                        by: actor.name,
                        releaseDigest: release.releaseDigest,
                        evidenceDigest: evidence,
                        ticked: word.ticked,
                        took: asking(at: gate.key, .approval(gate.rule), of: release, at: now).hours.length(until: now),
                        reason: word.reason
                    )
                ),
                at: now
            )
        }
        if word.decision == .rejected {
            end(release.id, .rejected, by: actor.name, reason: word.reason, at: now)
        } else {
            advance(release.id, at: now)
        }
        return .done
    }

    /// Those whose turn it is; a rejection needs none.
    private func asked(
        _ gates: [(key: GateKey, rule: ApprovalRule)],
        _ word: Decide,
        of release: ReleaseState,
        at now: Instant
    ) throws(Refusal) -> [(key: GateKey, rule: ApprovalRule)] {
        guard word.decision == .approved else { return gates }
        let turns = gates.map { (gate: $0, asking: asking(at: $0.key, .approval($0.rule), of: release, at: now)) }
        let asked = turns.filter { $0.asking.isNow(now) }.map(\.gate)
        if asked.isEmpty, let (gate, asking) = turns.first {
            try requireAsked("no \(word.act.rawValue) of \(gate.key)", asking, of: release, at: now)
        }
        return asked
    }

    private func waiting(
        for word: Decide,
        of release: ReleaseState,
        at now: Instant
    ) throws(Refusal) -> [(key: GateKey, rule: ApprovalRule)] {
        let all = openGates(of: release, at: now).filter { $0.approval != nil }
        let ofAct = all.filter { $0.approval?.act == word.act }
        if let other = all.first(where: { word.subject.isEmpty || $0.key.isNamed(word.subject) })?.approval,
            !ofAct.contains(where: { word.subject.isEmpty || $0.key.isNamed(word.subject) })
        {
            let place = word.subject.isEmpty ? "\(release.id)" : word.subject
            let verb = other.act == .approval ? "approve" : "validate"
            throw Refusal(
                .nothingWaits,
                "\(place) waits for an act of \(other.act.rawValue), not of \(word.act.rawValue): `wavetrain release \(verb)`"
            )
        }
        let act = word.act == .approval ? "an approval" : "a validation"
        return try named(word.subject, among: ofAct, of: release, act: act).compactMap { gate in
            gate.approval.map { (gate.key, $0) }
        }
    }

    private func mayDecide(
        _ rule: ApprovalRule,
        _ actor: Actor,
        of release: ReleaseState,
        at now: Instant
    ) -> Bool {
        isOne(of: rule.by, actor, in: release.plan, at: now) && !(rule.notAuthor && actor.name == release.author)
    }

    private func notAllowed(
        _ actor: Actor,
        _ rules: [ApprovalRule],
        of release: ReleaseState,
        at now: Instant
    ) -> Refusal {
        let asAuthor = rules.contains { rule in
            rule.notAuthor && isOne(of: rule.by, actor, in: release.plan, at: now)
        }
        if asAuthor, actor.name == release.author {
            return Refusal(
                .notAllowed,
                "\(actor.name) started \(release.id) and the plan wants somebody else to decide"
            )
        }
        return mayNot(actor, rules.flatMap(\.by), "decide here", in: release.plan, at: now)
    }

    func mayNot(_ actor: Actor, _ allowed: [Actors], _ act: String, in plan: Plan, at now: Instant) -> Refusal {
        let who = allowed.isEmpty ? "nobody" : words(for: allowed, in: plan, at: now)
        return Refusal(.notAllowed, "\(actor.name) may not \(act); who may: \(who)")
    }
}

extension OpenGate {
    var approval: ApprovalRule? {
        if case .approval(let rule) = gate { rule } else { nil }
    }
}
