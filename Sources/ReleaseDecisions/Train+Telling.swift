import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// What people are told of, and in which words.
extension Train {
    mutating func tell(of event: Event, at now: Instant) {
        switch event {
        case .alarmRaised(let event): tell(of: event.alarm, at: now)
        case .debtOpened(let event):
            let debt = event.debt
            tell(of: debt, "\(debt.release) owes by \(debt.by): \(debt.sentence) (debt \(debt.id))", at: now)
        case .glassBroken(let event):
            guard let release = state.releases[event.release], let rule = release.plan.breakGlass else { return }
            let sentence = "\(event.by) broke the glass at \(event.gate) of \(event.release): \(event.reason)"
            page(rule.page, "glass \(event.gate)", sentence, of: release, at: now)
            observed.trains.mayWait.append(release.id)
        default:
            // Most facts are about one host; they cost no more than this.
            guard event.isTold || event.mayMakePeopleWait, let id = event.release, let release = state.releases[id]
            else { return }
            tell(of: event, in: release, at: now)
            if event.mayMakePeopleWait, !release.isMidWave(at: event) { observed.trains.mayWait.append(id) }
        }
    }

    private mutating func tell(of event: Event, in release: ReleaseState, at now: Instant) {
        let id = release.id
        switch event {
        case .releaseStarted: tell(.started, "start", release.startedWords, of: release.plan, id, at: now)
        case .wavePromoted(let event):
            let place = "\(event.stage)/\(event.wave)"
            tell(.promoted, place, "\(id): \(place) is in place and healthy", of: release.plan, id, at: now)
        case .verdictReached(let event) where event.verdict == .unhealthy:
            let sentence = "\(id): \(event.region) is unhealthy: \(event.reason)"
            tell(.failed, "\(event.region)", sentence, of: release.plan, id, at: now)
        case .releaseStopped(let event):
            let sentence = "\(id) has stopped and waits for a person: \(event.reason)"
            tell(.failed, "stop \(event.reason)", sentence, of: release.plan, id, at: now)
        case .regionReturned(let event) where release.regionsReturning == 0:
            let since = release.returnStarted?.unix_ms ?? 0
            let stuck = event.stuck.isEmpty ? "" : "; these hosts could not return: \(event.stuck.listed)"
            let sentence = "\(id) has returned to what ran before: \(release.returnCause)\(stuck)"
            tell(.returned, "return \(since)", sentence, of: release.plan, id, at: now)
        case .releaseEnded(let event): tellEnd(event, of: release, at: now)
        default: break
        }
    }

    private mutating func tellEnd(_ event: ReleaseEnded, of release: ReleaseState, at now: Instant) {
        let because = event.reason.isEmpty ? "" : ": \(event.reason)"
        let person = event.by.map { " by \($0)" } ?? ""
        switch event.outcome {
        case .completed:
            let sentence = ([release.completedWords] + notesLines(of: release)).joined(separator: "\n")
            tell(.completed, "end", sentence, of: release.plan, release.id, at: now)
        case .rejected, .aborted:
            let sentence = "\(release.id) was \(event.outcome.rawValue)\(person)\(because)"
            tell(.failed, "end", sentence, of: release.plan, release.id, at: now)
        // The return has been told of; a newer release speaks for itself.
        case .rolledBack, .superseded, .expired: break
        }
    }

    /// Once everything else of the input has been told of.
    mutating func tellWaiting(at now: Instant) {
        let ids = observed.trains.mayWait
        observed.trains.mayWait = []
        for id in ids { tellWaiting(id, at: now) }
    }

    /// Gates that newly wait for a person.
    private mutating func tellWaiting(_ id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id], release.isActive, !release.plan.channels(for: .waiting).isEmpty else {
            return
        }
        for gate in openGates(of: release, at: now) where gate.gate.isForPeople {
            guard case .unmet(let hold, _) = gate.status else { continue }
            guard let asked = asked(gate, of: release, at: now) else { continue }
            let since = asked.unix_ms
            let sentence = "\(id) waits at \(gate.key): \(hold.unmet); \(hold.canAct)"
            tell(.waiting, "\(gate.key)/\(gate.key.index) \(since)", sentence, of: release.plan, id, at: now)
        }
    }

    /// Since when people have been asked; nil: it is not time. A gate whose decisions became void waits anew, and so
    /// does a decision that can be given again.
    private func asked(_ gate: OpenGate, of release: ReleaseState, at now: Instant) -> Instant? {
        guard gate.gate.isDecision else { return openSince(gate.key, of: release) }
        let asking = asking(at: gate.key, gate.gate, of: release, at: now)
        return asking.isNow(now) ? asking.hours.opening(of: now) : nil
    }

    // MARK: - Alarms and debts

    /// By the channels of the plan it is about; an alarm of a channel goes by all the others.
    private mutating func tell(of alarm: Alarm, at now: Instant) {
        let first = alarm.subject.prefix { $0 != " " }
        let sentence = "alarm \(alarm.kind.rawValue): \(alarm.sentence)"
        let id = ReleaseID(first)
        if let release = id.flatMap({ state.releases[$0] }) {
            tell(.alarm, alarm.subject, sentence, of: release.plan, release.id, at: now)
        } else if let plan = PlanName(first).flatMap({ state.schedule.plans[$0]?.plan }) {
            tell(.alarm, alarm.subject, sentence, of: plan, nil, at: now)
        } else {
            let all = state.schedule.plans.values.map(\.plan) + state.releases.values.filter(\.isActive).map(\.plan)
            let channels = OrderedSet(all.flatMap { $0.channels(for: .alarm) }).subtracting([alarm.subject])
            queue(.alarm, alarm.subject, sentence, to: channels, nil, at: now)
        }
    }

    private mutating func tell(of debt: Debt, _ sentence: String, at now: Instant) {
        guard let plan = state.releases[debt.release]?.plan ?? state.schedule.plans[debt.plan]?.plan else { return }
        tell(.debt, debt.id, sentence, of: plan, debt.release, at: now)
    }
}

extension Event {
    /// Whether people may be told of it as it is.
    fileprivate var isTold: Bool {
        switch self {
        case .releaseStarted, .wavePromoted, .releaseStopped, .regionReturned, .releaseEnded: true
        case .verdictReached(let event): event.verdict == .unhealthy
        default: false
        }
    }

    /// Whether a gate may stand open after it that did not before.
    fileprivate var mayMakePeopleWait: Bool {
        switch self {
        case .releaseStarted, .waveStarted, .wavePromoted, .gateDecided, .voteCast, .taskDone, .checkConcluded,
            .decisionsVoided, .releaseRepinned, .releaseResumed, .waived:
            true
        case .verdictReached(let event): event.verdict == .healthy
        default: false
        }
    }
}

extension Gate {
    /// Whether it waits for what people do; the rest is for clocks and machines.
    fileprivate var isForPeople: Bool {
        switch self {
        case .approval, .vote, .task, .changes, .noDebts: true
        case .window, .prerequisite, .evidence, .check: false
        }
    }
}

extension ReleaseState {
    /// A region became healthy and nothing stands before the next.
    fileprivate func isMidWave(at event: Event) -> Bool {
        guard case .verdictReached = event, waveStarted, let (_, wave) = current else { return false }
        return wave.regionsAtOnce == nil || wave.regionGates.isEmpty
    }

    /// `web 1.4, db 2.0`
    private var versionWords: String {
        services.map { service in "\(service) \(artifacts[service].map { "\($0.version)" } ?? "?")" }.listed
    }

    fileprivate var startedWords: String {
        var words = "\(id) was started by \(author) with \(versionWords)"
        if let candidate { words += ", candidate \(candidate.tag)" }
        if let lane { words += ", in lane \(lane)" }
        return description.isEmpty ? words : "\(words): \(description)"
    }

    fileprivate var completedWords: String { "\(id) is in place everywhere with \(versionWords)" }
}
