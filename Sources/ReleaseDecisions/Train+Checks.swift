import OrderedCollections
import TimeAndChance
import TrainModel

/// Checks: questions to the outside that must all be answered well at one and the same look, right before what they
/// stand before.
///
/// A check is asked once everything else has passed, so that a closed window or a missing approval neither wears out its
/// time limit nor asks in vain. When the limit is over it is asked a last time.
extension Train {
    /// A pass that is older is asked again before anything starts.
    static let passAge_max = Interval.seconds(5)
    /// Beyond a probe's own time limit, for the shell to say so.
    static let answerGrace = Interval.seconds(5)

    func checkStatus(_ rule: ProbeRule, _ key: GateKey, of release: ReleaseState, at now: Instant) -> GateStatus {
        let rule = release.asked(rule, at: key, now)
        guard let turn = release.gates.checks[key] else {
            return unmet(rule, "\(rule.name) is asked once everything else has passed", nil, key, of: release)
        }
        let deadline = turn.since + rule.giveUpAfter
        guard let look = observed.looks[CheckKey(release: release.id, gate: key)] else {
            return unmet(rule, "\(rule.name) is being asked", deadline, key, of: release)
        }
        if let completed = look.completed {
            if rule.passes(look.answers) {
                let fresh = completed + min(rule.every, Self.passAge_max)
                if now <= fresh { return .passed(until: fresh + .milliseconds(1)) }
            } else if look.asked >= deadline {
                return .rejects(
                    "\(rule.name) did not pass within \(rule.giveUpAfter) (\(rule.words(look.answers))); nothing of \(key) was deployed"
                )
            }
        }
        let answers = look.completed == nil ? look.before : look.answers
        let sentence = answers.isEmpty ? "\(rule.name) is being asked" : "\(rule.name): \(rule.words(answers))"
        return unmet(rule, sentence, deadline, key, of: release)
    }

    private func unmet(
        _ rule: ProbeRule,
        _ sentence: String,
        _ deadline: Instant?,
        _ key: GateKey,
        of release: ReleaseState
    ) -> GateStatus {
        .unmet(
            Hold(
                kind: .check,
                subject: key.description,
                unmet: deadline == nil
                    ? sentence : "\(sentence); looked at every \(rule.every), given up after \(rule.giveUpAfter)",
                canAct: "",
                since: release.gates.checks[key]?.since ?? reached(key, of: release),
                nextChange: deadline
            ),
            until: deadline
        )
    }

    // MARK: - At dispatch

    /// Whether every check passes now; asks those whose time has come, once it is their turn.
    mutating func pass(
        _ checks: [(key: GateKey, rule: ProbeRule)],
        isTheirTurn: Bool,
        of id: ReleaseID,
        at now: Instant
    ) -> Bool {
        guard !checks.isEmpty else { return isTheirTurn }
        guard isTheirTurn else {
            for check in checks { putOff(check.key, of: id, at: now) }
            return false
        }
        for (key, rule) in checks {
            take(up: key, of: id, at: now)
            closeLook(key, rule, of: id, at: now)
        }
        // A pass that has grown old is asked again at once only when nothing else is in the way.
        let allDid = checks.allSatisfy { key, rule in
            observed.looks[CheckKey(release: id, gate: key)].map { $0.completed != nil && rule.passes($0.answers) }
                ?? false
        }
        var allPass = true
        for (key, rule) in checks {
            guard let release = state.releases[id] else { return false }
            switch checkStatus(rule, key, of: release, at: now) {
            case .passed: continue
            case .rejects(let reason):
                conclude(key, of: id, passed: false, at: now)
                end(id, .rejected, by: nil, reason: reason, at: now)
                return false
            case .unmet:
                allPass = false
                askIfDue(key, rule, atOnce: allDid, of: id, at: now)
            }
        }
        guard allPass else { return false }
        for (key, _) in checks { conclude(key, of: id, passed: true, at: now) }
        return true
    }

    private mutating func take(up key: GateKey, of id: ReleaseID, at now: Instant) {
        guard state.releases[id]?.gates.checks[key] == nil else { return }
        emit(.checkTurned(CheckTurned(release: id, gate: key, isAsked: true)), at: now)
    }

    /// The wave holds again, and with it the checks of all its regions.
    mutating func putOffChecks(of id: ReleaseID, at now: Instant) {
        for key in state.releases[id]?.gates.checks.keys ?? [] { putOff(key, of: id, at: now) }
    }

    /// Something else holds again: the time limit begins anew when it has passed.
    private mutating func putOff(_ key: GateKey, of id: ReleaseID, at now: Instant) {
        guard state.releases[id]?.gates.checks[key] != nil else { return }
        observed.looks[CheckKey(release: id, gate: key)] = nil
        emit(.checkTurned(CheckTurned(release: id, gate: key, isAsked: false)), at: now)
    }

    private mutating func conclude(_ key: GateKey, of id: ReleaseID, passed: Bool, at now: Instant) {
        let answers = observed.looks.removeValue(forKey: CheckKey(release: id, gate: key))?.answers ?? []
        let concluded = CheckConcluded(release: id, gate: key, passed: passed, answers: answers.compactMap(\.self))
        emit(.checkConcluded(concluded), at: now)
    }

    private mutating func askIfDue(
        _ key: GateKey,
        _ rule: ProbeRule,
        atOnce: Bool,
        of id: ReleaseID,
        at now: Instant
    ) {
        guard let release = state.releases[id], let turn = release.gates.checks[key] else { return }
        let deadline = turn.since + rule.giveUpAfter
        let place = CheckKey(release: id, gate: key)
        let last = observed.looks[place]
        if let last {
            guard last.completed != nil else { return }
            let isLast = now >= deadline && last.asked < deadline
            let next = last.asked + rule.every
            guard atOnce || isLast || now >= next else {
                return observed.look(at: deadline > now ? min(next, deadline) : next, id, nil)
            }
        }
        observed.lookCount += 1
        // The epoch keeps answers to an earlier leader from being taken for ours.
        let number = state.epoch << 32 | observed.lookCount
        observed.looks[place] = CheckLook(
            number: number,
            asked: now,
            before: last?.answers ?? [],
            answers: rule.probes.map { _ in nil }
        )
        for (index, probe) in release.asked(rule, at: key, now).probes.enumerated() {
            perform(
                .probe(
                    .gate(id, key, index: index, look: number),
                    probe.kind,
                    field: probe.expects.field,
                    timeout: probe.timeout
                )
            )
        }
        observed.look(at: now + rule.answerLimit, id, nil)
        if deadline > now { observed.look(at: deadline, id, nil) }
    }

    /// A probe that has not answered in time has failed in this look, and in this look only.
    private mutating func closeLook(_ key: GateKey, _ rule: ProbeRule, of id: ReleaseID, at now: Instant) {
        let place = CheckKey(release: id, gate: key)
        guard let look = observed.looks[place], look.completed == nil, now >= look.asked + rule.answerLimit else {
            return
        }
        for (index, probe) in rule.probes.enumerated() where look.answers[index] == nil {
            observed.looks[place]?.answers[index] = ProbeAnswer(value: "", failure: "no answer within \(probe.timeout)")
        }
        observed.looks[place]?.completed = now
    }
}

struct CheckKey: Hashable, Sendable {
    let release: ReleaseID
    let gate: GateKey
}

/// All probes of a check, asked at once.
struct CheckLook: Sendable {
    let number: UInt64
    let asked: Instant
    /// What the look before came to, to be shown meanwhile.
    let before: [ProbeAnswer?]
    var answers: [ProbeAnswer?]
    /// When the last of them answered.
    var completed: Instant?
}

extension ProbeRule {
    /// Every probe has answered, and every answer is as it must be.
    func passes(_ answers: [ProbeAnswer?]) -> Bool {
        answers.count == probes.count
            && zip(probes, answers).allSatisfy { probe, answer in
                answer.map { $0.failure.isEmpty && probe.expects.holds(for: $0.value) } ?? false
            }
    }

    /// `us-west-2 is 3, must be = 0; us-east-2 is 0`.
    func words(_ answers: [ProbeAnswer?]) -> String {
        zip(probes, answers).map { probe, answer in
            guard let answer else { return "\(probe.name) has not answered yet" }
            guard answer.failure.isEmpty else { return "\(probe.name) gave no value: \(answer.failure)" }
            let isGood = probe.expects.holds(for: answer.value)
            return "\(probe.name) is \(answer.value)" + (isGood ? "" : ", \(probe.expects.demand)")
        }.joined(separator: "; ")
    }

    fileprivate var answerLimit: Interval { (probes.map(\.timeout).max() ?? .zero) + Train.answerGrace }
}
