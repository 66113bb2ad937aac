import Calendars
import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Somebody who is asked something by a hold.
struct Asked: Hashable, Sendable {
    enum Who: Hashable, Sendable {
        case person(PersonName)
        /// Whoever is on call when it is answered.
        case oncall(RotationName)
        /// A system that attests; it never sleeps.
        case machine
    }

    let hold: HoldTracker.Key
    /// Place in `World.waits`: another appearance of the same hold asks anew.
    let wait: Int
    let gate: Gate
    let who: Who
    /// Of a vote; empty otherwise.
    var role = ""
}

/// Who has answered what, so that nobody answers the same question twice.
struct AskedTracker: Sendable {
    private struct Answer: Hashable {
        let wait: Int
        let gate: Gate
        let person: PersonName
        let role: String
    }

    private var answers: Set<Answer> = []

    func hasAnswered(_ person: PersonName, _ asked: Asked) -> Bool {
        answers.contains(Answer(wait: asked.wait, gate: asked.gate, person: person, role: asked.role))
    }

    /// Whether anybody has, for what one answer is enough.
    func isAnswered(_ asked: Asked) -> Bool {
        answers.contains { $0.wait == asked.wait && $0.gate == asked.gate && $0.role == asked.role }
    }

    /// Whether the person has answered for another role.
    func hasOtherRole(_ person: PersonName, _ asked: Asked) -> Bool {
        answers.contains {
            $0.wait == asked.wait && $0.gate == asked.gate && $0.person == person && $0.role != asked.role
        }
    }

    mutating func note(_ person: PersonName, _ asked: Asked) {
        answers.insert(Answer(wait: asked.wait, gate: asked.gate, person: person, role: asked.role))
    }

    mutating func forget(wait: Int) { answers = answers.filter { $0.wait != wait } }
}

/// People act when a hold says that they can, some time after it appeared.
extension World {
    /// Asks everybody whom a hold concerns.
    mutating func ask(about key: HoldTracker.Key) {
        guard let wait = holding.wait(at: key), options.people.actByThemselves else { return }
        for gate in gates(of: key) {
            for (who, role) in candidates(gate) {
                let asked = Asked(hold: key, wait: wait, gate: gate, who: who, role: role)
                agenda.add(.asked(asked), at: answerTime(asked, from: opening(of: asked)))
            }
        }
    }

    /// When it can be answered at the earliest.
    private func opening(of asked: Asked) -> Instant {
        train.nextAsking(asked.gate, at: asked.hold.subject, of: asked.hold.release, at: now) ?? .distantFuture
    }

    /// Asks again where answers count no more.
    mutating func askAgain(about release: ReleaseID) {
        for (key, wait) in holding.current[release] ?? [] {
            asking.forget(wait: wait)
            ask(about: key)
        }
    }

    mutating func comeTo(_ asked: Asked) {
        // Somebody else may have answered at this very instant.
        settle()
        guard holding.wait(at: asked.hold) == asked.wait, let release = train.state.releases[asked.hold.release] else {
            return
        }
        let opening = opening(of: asked)
        guard opening <= now else { return agenda.add(.asked(asked), at: answerTime(asked, from: opening)) }
        switch asked.who {
        case .machine: attest(asked.gate, for: release)
        case .person(let person): answer(asked, as: person, release)
        case .oncall(let rotation):
            if let person = oncall(rotation), !options.people.absent.contains(person) {
                answer(asked, as: person, release)
            } else if let next = nextHandOver(rotation) {
                agenda.add(.asked(asked), at: answerTime(asked, from: next))
            }
        }
    }

    private mutating func answer(_ asked: Asked, as person: PersonName, _ release: ReleaseState) {
        guard !options.people.absent.contains(person), !asking.hasAnswered(person, asked) else { return }
        let actor = directory.actor(person)
        let command: Command
        switch asked.gate {
        case .approval(let rule):
            if rule.notAuthor, person == release.author { return }
            command = .decide(
                Decide(
                    release.id,
                    .approved,
                    act: rule.act,
                    subject: asked.hold.subject,
                    releaseDigest: release.releaseDigest,
                    ticked: rule.checklist,
                    reason: "looks good"
                )
            )
        case .vote(let rule):
            guard let role = rule.roles.first(where: { $0.name == asked.role }), !asking.isAnswered(asked),
                !asking.hasOtherRole(person, asked)
            else { return }
            command = .vote(
                Vote(
                    release.id,
                    role: role.name,
                    isGo: true,
                    releaseDigest: release.releaseDigest,
                    ticked: role.checklist,
                    reason: "everything on the list is there"
                )
            )
        case .task(let rule):
            guard !asking.isAnswered(asked) else { return }
            command = .doneTask(release.id, subject: asked.hold.subject, ticked: rule.checklist, note: "done")
        default: return
        }
        if case .success = give(.command(command, by: actor)) { asking.note(person, asked) }
    }

    // MARK: - Who is asked

    /// The gates that a hold can speak of.
    private func gates(of key: HoldTracker.Key) -> [Gate] {
        guard let plan = train.state.releases[key.release]?.plan else { return [] }
        return plan.gates(at: key.subject).filter { gate in
            switch (gate, key.kind) {
            case (.approval(let rule), .approval): rule.act == .approval
            case (.approval(let rule), .validation): rule.act == .validation
            case (.vote, .vote), (.task, .task), (.evidence, .evidence), (.changes, .changes): true
            default: false
            }
        }
    }

    private func candidates(_ gate: Gate) -> [(Asked.Who, role: String)] {
        switch gate {
        case .approval(let rule): people(rule.by).map { ($0, "") }
        case .vote(let rule): rule.roles.flatMap { role in people(role.by).map { ($0, role.name) } }
        case .task(let rule): people(rule.by).map { ($0, "") }
        case .evidence, .changes: [(.machine, "")]
        case .window, .prerequisite, .check, .noDebts: []
        }
    }

    private func people(_ actors: [Actors]) -> [Asked.Who] {
        actors.flatMap { actors -> [Asked.Who] in
            switch actors {
            case .group(let group): directory.members(of: group).map { .person($0) }
            case .person(let person): [.person(person)]
            case .oncall(let rotation): [.oncall(rotation)]
            }
        }
    }

    // MARK: - When they answer

    private func answerTime(_ asked: Asked, from instant: Instant) -> Instant {
        guard asked.who != .machine else { return instant + .minutes(1) }
        var chance = SeededGenerator(seed: options.seed, about: "\(asked.hold) \(asked.who) \(asked.role) \(instant)")
        let wanted = instant + options.people.answerAfter.drawn(&chance)
        guard let working = options.people.working, !working.isOpen(at: wanted) else { return wanted }
        return working.nextOpening(after: wanted) ?? wanted
    }

    // MARK: - On call

    /// Of whichever plan has the rotation, overrides included.
    func oncall(_ name: RotationName) -> PersonName? { rotation(name)?.person(at: now) }

    private func nextHandOver(_ name: RotationName) -> Instant? { rotation(name)?.nextHandOver(after: now) }

    private func rotation(_ name: RotationName) -> Rotation<PersonName>? {
        guard var rotation = plans.values.lazy.compactMap({ $0.rotations[name] }).first else { return nil }
        rotation.overrides += (train.state.schedule.oncallOverrides[name] ?? []).map {
            Rotation<PersonName>.Override(person: $0.person, from: $0.from, to: $0.to)
        }
        return rotation
    }
}

extension Plan {
    /// Those that stand before `stage/wave` or `stage/wave/region`; before anything, for any other subject.
    func gates(at subject: String) -> [Gate] {
        for stage in stages {
            for wave in stage.waves {
                let name = "\(stage.name)/\(wave.name)"
                if subject == name { return wave.gates }
                if subject.hasPrefix(name + "/"), wave.regions.contains(where: { subject == "\(name)/\($0)" }) {
                    return wave.regionGates
                }
            }
        }
        return []
    }
}
