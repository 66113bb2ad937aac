import Calendars
import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Watches the log from outside, with books of its own, for what must never happen at a gate.
struct GateBooks {
    private(set) var violations: [String] = []

    private struct Word {
        let by: PersonName
        let role: String
        let isYes: Bool
        let digest: Digest
        let at: Instant
    }

    private struct Book {
        let plan: Plan
        let author: PersonName
        var digest: Digest
        var artifacts: [ServiceName: Artifact]
        var words: [GateKey: [Word]] = [:]
        var tasks: Set<GateKey> = []
        var glass: Set<GateKey> = []
        var checked: [GateKey: Instant] = [:]
        var waived: Set<String> = []
        var healthy: Set<RegionName> = []
    }

    private struct Said {
        let id: Digest
        let attestation: Attestation
        var isRevoked = false
    }

    private var books: [ReleaseID: Book] = [:]
    private var said: [Said] = []
    private var frozenUntil: [PlanName?: Instant] = [:]

    mutating func watch(_ event: Event, at now: Instant) {
        switch event {
        case .releaseStarted(let event):
            books[event.release] = Book(
                plan: event.plan,
                author: event.author,
                digest: event.releaseDigest,
                artifacts: event.artifacts
            )
        case .releaseRepinned(let event):
            books[event.release]?.digest = event.releaseDigest
            books[event.release]?.artifacts = event.artifacts
        case .gateDecided(let event) where event.decision == .approved:
            note(
                event.release,
                event.gate,
                Word(by: event.by, role: "", isYes: true, digest: event.releaseDigest, at: now)
            )
        case .voteCast(let event):
            let word = Word(by: event.by, role: event.role, isYes: event.isGo, digest: event.releaseDigest, at: now)
            books[event.release]?.words[event.gate]?.removeAll { $0.by == event.by && $0.role == event.role }
            note(event.release, event.gate, word)
        case .decisionsVoided(let event):
            for key in event.gates {
                books[event.release]?.words[key] = nil
                books[event.release]?.tasks.remove(key)
                books[event.release]?.glass.remove(key)
            }
        case .taskDone(let event): books[event.release]?.tasks.insert(event.gate)
        case .glassBroken(let event): books[event.release]?.glass.insert(event.gate)
        case .checkConcluded(let event): books[event.release]?.checked[event.gate] = event.passed ? now : nil
        case .waived(let event): books[event.release]?.waived.insert(event.subject)
        case .attested(let event): said.append(Said(id: event.id, attestation: event.attestation))
        case .attestationRevoked(let event):
            for index in said.indices where said[index].id == event.id { said[index].isRevoked = true }
        case .freezeDeclared(let event): frozenUntil[event.plan] = event.until ?? .distantFuture
        case .freezeLifted(let event): frozenUntil[event.plan] = nil
        case .verdictReached(let event) where event.verdict == .healthy:
            books[event.release]?.healthy.insert(event.region)
        case .waveStarted(let event): startWave(event, at: now)
        case .regionStarted(let event): startRegion(event, at: now)
        default: break
        }
    }

    /// Never-event 7: no order of the way out leaves in a freeze.
    mutating func watch(_ sent: Order, at now: Instant) {
        guard sent.action == .deploy, let book = books[sent.release] else { return }
        if isFrozen(book, at: now) { violations.append("\(sent.id) was sent in a freeze at \(now)") }
    }

    private mutating func note(_ release: ReleaseID, _ gate: GateKey, _ word: Word) {
        books[release]?.words[gate, default: []].append(word)
    }

    private func isFrozen(_ book: Book, at now: Instant) -> Bool {
        let declared = [frozenUntil[nil], frozenUntil[book.plan.name]].compactMap(\.self).contains { now < $0 }
        return declared
            || (book.plan.freezes.contains { $0.isActive(at: now) } && !book.glass.contains { $0.index < 0 })
    }

    /// Never-event 1: nothing starts before every gate has passed and every earlier wave is healthy.
    private mutating func startWave(_ event: WaveStarted, at now: Instant) {
        guard let book = books[event.release] else { return violations.append("\(event.release) is not known") }
        for stage in book.plan.stages {
            for wave in stage.waves {
                if stage.name == event.stage, wave.name == event.wave {
                    return require(wave.gates, wave, stage, nil, of: book, isStart: true, at: now)
                }
                for region in wave.regions where !book.healthy.contains(region) {
                    violations.append("\(event.wave) started before \(region) was healthy")
                }
            }
        }
    }

    private mutating func startRegion(_ event: RegionStarted, at now: Instant) {
        guard let book = books[event.release] else { return violations.append("\(event.release) is not known") }
        for stage in book.plan.stages {
            for wave in stage.waves where wave.regions.contains(event.region) {
                require(wave.gates, wave, stage, nil, of: book, isStart: false, at: now)
                require(wave.regionGates, wave, stage, event.region, of: book, isStart: true, at: now)
            }
        }
    }

    private mutating func require(
        _ gates: [Gate],
        _ wave: Wave,
        _ stage: Stage,
        _ region: RegionName?,
        of book: Book,
        isStart: Bool,
        at now: Instant
    ) {
        if isFrozen(book, at: now) { violations.append("\(wave.name) \(region?.text ?? "") started in a freeze") }
        for (index, gate) in gates.enumerated() {
            let key = GateKey(stage: stage.name, wave: wave.name, region: region, index: index)
            if book.glass.contains(key) { continue }
            if !isMet(gate, key, wave, book, isStart: isStart, at: now) {
                violations.append("\(key) started though gate \(index) was not met: \(gate)")
            }
        }
    }

    private func isMet(_ gate: Gate, _ key: GateKey, _ wave: Wave, _ book: Book, isStart: Bool, at now: Instant) -> Bool
    {
        // Never-event 3: a word on anything else than what is there now does not count.
        let words = (book.words[key] ?? []).filter { $0.digest == book.digest }
        switch gate {
        case .approval(let rule):
            let people = words.filter { word in
                !(rule.notAuthor && word.by == book.author) && rule.validFor.map { now < word.at + $0 } ?? true
            }
            return Set(people.map(\.by)).count >= rule.quorum
        case .vote(let rule):
            let yes = words.filter(\.isYes)
            return rule.roles.allSatisfy { role in yes.contains { $0.role == role.name } }
                && !words.contains { !$0.isYes } && Set(yes.map(\.by)).count >= rule.roles.count
        case .window(let window): return window.isOpen(at: now)
        case .check: return !isStart || book.checked[key] == now
        case .task: return book.tasks.contains(key)
        case .evidence(let rule):
            if book.waived.contains(rule.predicate.text) { return true }
            return wave.services.allSatisfy { service in
                guard let artifact = book.artifacts[service] else { return true }
                let own = said.filter { !$0.isRevoked && $0.attestation.subject == .artifact(artifact.digest) }
                return own.max { $0.attestation.about < $1.attestation.about }?.attestation.fields["passed"] == "true"
            }
        case .prerequisite, .changes, .noDebts: return true
        }
    }
}
