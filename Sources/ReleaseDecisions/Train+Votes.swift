import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// Votes: every role says GO, with a reason. A NO-GO stands until the same person takes it back; a veto ends the
/// release. A person with two roles votes for one of them: the other needs somebody else.
extension Train {
    func voteStatus(_ rule: VoteRule, _ key: GateKey, of release: ReleaseState, at now: Instant) -> GateStatus {
        let votes = standingVotes(key, of: release)
        let missing = rule.roles.filter { role in !votes.contains { $0.role == role.name && $0.isGo } }
        let against = votes.filter { !$0.isGo }
        if missing.isEmpty, against.isEmpty { return .passed(until: nil) }
        let asking = asking(at: key, .vote(rule), of: release, at: now)
        let isAsked = asking.isNow(now)
        let opening = isAsked ? nil : asking.opening(from: now)
        let handOver = missing.compactMap { nextHandOver(of: $0.by, in: release.plan, at: now) }.min()
        let edge = rule.opens?.nextChange(after: now)
        return .unmet(
            Hold(
                kind: .vote,
                subject: key.description,
                unmet: voteSentence(asking, key, missing, against, of: release, at: now),
                canAct: isAsked
                    ? missing.map { "\($0.name): \(words(for: $0.by, in: release.plan, at: now))" }
                        .joined(separator: "; ") + ": `wavetrain release vote \(release.id)`" : "",
                since: openSince(key, of: release),
                nextChange: opening
            ),
            until: [edge, opening, handOver].compactMap(\.self).min()
        )
    }

    private func voteSentence(
        _ asking: Asking,
        _ key: GateKey,
        _ missing: [VoteRule.Role],
        _ against: [GateState.CastVote],
        of release: ReleaseState,
        at now: Instant
    ) -> String {
        var parts = against.map { "\($0.role) says NO-GO (\($0.by): \($0.reason))" }
        let silent = missing.filter { role in !against.contains { $0.role == role.name } }
        if !silent.isEmpty { parts.append("no GO yet of \(silent.map(\.name).joined(separator: ", "))") }
        if !asking.isNow(now) { parts.append("no vote is taken \(asking.words(release.plan, at: now))") }
        if let voided = release.gates.voids[key],
            release.gates.votes[key]?.contains(where: { $0.voided != nil }) == true
        {
            parts.append("earlier votes are void: \(voided.reason)")
        }
        return parts.joined(separator: "; ")
    }

    func standingVotes(_ key: GateKey, of release: ReleaseState) -> [GateState.CastVote] {
        guard let votes = release.gates.votes[key], !votes.isEmpty else { return [] }
        let evidence = evidenceDigest(of: release)
        return votes.filter {
            $0.voided == nil && $0.releaseDigest == release.releaseDigest && $0.evidenceDigest == evidence
        }
    }

    // MARK: - Voting

    mutating func vote(_ vote: Vote, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        let release = try releaseToActOn(vote.release, at: now)
        try requireSame(vote.releaseDigest, vote.evidenceDigest, as: release)
        guard !vote.reason.isBlank else {
            throw Refusal(.invalid, "a vote needs a reason: say why it is \(vote.isGo ? "GO" : "NO-GO")")
        }
        let ballots = openGates(of: release, at: now).compactMap { gate -> Ballot? in
            guard case .vote(let rule) = gate.gate else { return nil }
            return Ballot(key: gate.key, rule: rule)
        }
        guard !ballots.isEmpty else {
            throw Refusal(
                .nothingWaits,
                "no vote is open in \(release.id) now; `wavetrain release show \(release.id)` says what it waits for"
            )
        }
        let name = try role(of: vote, among: ballots, actor, of: release, at: now)
        let cast = ballots.compactMap { ballot in ballot.role(name).map { (ballot, $0) } }
        for (ballot, role) in cast { try requireCastable(vote, ballot, role, actor, of: release, at: now) }
        let fresh = cast.filter { ballot, _ in
            !standingVotes(ballot.key, of: release).contains {
                $0.by == actor.name && $0.role == name && $0.isGo == vote.isGo && $0.reason == vote.reason
                    && !vote.isVeto
            }
        }
        guard !fresh.isEmpty else { return .alreadyDone }
        let evidence = evidenceDigest(of: release)
        for (ballot, _) in fresh {
            emit(
                .voteCast(
                    VoteCast(
                        release: release.id,
                        gate: ballot.key,
                        role: name,
                        isGo: vote.isGo,
                        isVeto: vote.isVeto,
                        by: actor.name,
                        releaseDigest: release.releaseDigest,
                        evidenceDigest: evidence,
                        reason: vote.reason,
                        ticked: vote.ticked,
                        took: asking(at: ballot.key, .vote(ballot.rule), of: release, at: now).hours.length(until: now)
                    )
                ),
                at: now
            )
        }
        if vote.isVeto {
            end(release.id, .rejected, by: actor.name, reason: "\(name) vetoed it: \(vote.reason)", at: now)
        } else {
            advance(release.id, at: now)
        }
        return .done
    }

    /// The role that is named, or the only one that the person may vote for.
    private func role(
        of vote: Vote,
        among ballots: [Ballot],
        _ actor: Actor,
        of release: ReleaseState,
        at now: Instant
    ) throws(Refusal) -> String {
        var roles: OrderedDictionary<String, VoteRule.Role> = [:]
        for role in ballots.flatMap(\.rule.roles) { roles[role.name] = role }
        if !vote.role.isEmpty {
            guard let role = roles[vote.role] else {
                throw Refusal(
                    .invalid,
                    "no role \(vote.role) votes here; the roles are \(Self.list(Array(roles.keys)))"
                )
            }
            guard isOne(of: role.by, actor, in: release.plan, at: now) else {
                throw mayNot(actor, role.by, "vote as \(role.name)", in: release.plan, at: now)
            }
            return role.name
        }
        let own = roles.values.filter { isOne(of: $0.by, actor, in: release.plan, at: now) }
        guard let only = own.first else {
            throw mayNot(actor, roles.values.flatMap(\.by), "vote here", in: release.plan, at: now)
        }
        guard own.count == 1 else {
            throw Refusal(.invalid, "\(actor.name) has several roles: say which of \(Self.list(own.map(\.name)))")
        }
        return only.name
    }

    private func requireCastable(
        _ vote: Vote,
        _ ballot: Ballot,
        _ role: VoteRule.Role,
        _ actor: Actor,
        of release: ReleaseState,
        at now: Instant
    ) throws(Refusal) {
        if !vote.isVeto {
            let asking = asking(at: ballot.key, .vote(ballot.rule), of: release, at: now)
            try requireAsked("no vote of \(ballot.key)", asking, of: release, at: now)
        } else {
            guard !vote.isGo else { throw Refusal(.invalid, "a veto is a NO-GO; it cannot be a GO") }
            guard role.mayVeto else {
                throw Refusal(.notAllowed, "\(role.name) has no veto in this plan; vote NO-GO, which holds the release")
            }
        }
        if vote.isGo { try requireTicked(role.checklist, vote.ticked) }
        let elsewhere = standingVotes(ballot.key, of: release).first { $0.by == actor.name && $0.role != role.name }
        if let elsewhere {
            throw Refusal(
                .notAllowed,
                "\(actor.name) has voted as \(elsewhere.role) and counts once; somebody else must vote as \(role.name)"
            )
        }
    }

}

private struct Ballot {
    let key: GateKey
    let rule: VoteRule

    func role(_ name: String) -> VoteRule.Role? { rule.roles.first { $0.name == name } }
}
