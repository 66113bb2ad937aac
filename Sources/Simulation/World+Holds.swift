import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// What releases wait for, looked at once everything of an instant has happened.
extension World {
    mutating func settle() {
        guard !isPast else { return }
        for release in holding.due(in: train, at: now) { lookAtHolds(of: release) }
    }

    private mutating func lookAtHolds(of id: ReleaseID) {
        guard let release = train.state.releases[id] else { return }
        let holds = train.holds(of: release, at: now)
        var numbers: [String: Int] = [:]
        var fresh: [(key: HoldTracker.Key, wait: Int)] = []
        var begun: [HoldTracker.Key] = []
        for hold in holds {
            let number = numbers["\(hold.kind) \(hold.subject)", default: 0]
            numbers["\(hold.kind) \(hold.subject)"] = number + 1
            let key = HoldTracker.Key(release: id, kind: hold.kind, subject: hold.subject, number: number)
            if let wait = holding.wait(at: key) {
                update(wait, hold)
                fresh.append((key, wait))
            } else {
                fresh.append((key, begin(hold, of: id)))
                begun.append(key)
            }
        }
        for (key, wait) in holding.current[id] ?? [] where !fresh.contains(where: { $0.key == key }) {
            end(wait, key)
        }
        holding.set(
            fresh,
            of: id,
            nextChange: holds.compactMap(\.nextChange).filter { $0 > now }.min(),
            hasEnded: !release.isActive
        )
        for key in begun { ask(about: key) }
    }

    /// Writes down who acted on what waits, and asks anew where answers count no more.
    mutating func credit(_ event: Event) {
        switch event {
        case .gateDecided(let event):
            guard case .approval(let rule) = train.state.releases[event.release]?.plan.gate(at: event.gate) else {
                return
            }
            credit(event.by, event.release, "\(event.gate)", rule.act == .approval ? .approval : .validation)
        case .voteCast(let event): credit(event.by, event.release, "\(event.gate)", .vote)
        case .taskDone(let event): credit(event.by, event.release, "\(event.gate)", .task)
        case .decisionsVoided(let event): askAgain(about: event.release)
        case .freezeLifted: for release in holding.current.keys { askAgain(about: release) }
        default: break
        }
    }

    private mutating func credit(
        _ person: PersonName,
        _ release: ReleaseID,
        _ subject: String,
        _ kind: Hold.Kind
    ) {
        for (key, wait) in holding.current[release] ?? []
        where key.subject == subject && key.kind == kind && !waits[wait].by.contains(person) {
            waits[wait].by.append(person)
        }
    }

    private mutating func begin(_ hold: Hold, of release: ReleaseID) -> Int {
        waits.append(
            Wait(
                release: release,
                kind: hold.kind,
                subject: hold.subject,
                first: hold.unmet,
                unmet: hold.unmet,
                canAct: hold.canAct,
                from: now
            )
        )
        tell("waits: \(hold.unmet)", kind: TimelineEntry.waits, hold.kind, subject: hold.subject, of: release)
        return waits.count - 1
    }

    private mutating func update(_ wait: Int, _ hold: Hold) {
        guard waits[wait].unmet != hold.unmet || waits[wait].canAct != hold.canAct else { return }
        // What a check sees while it waits, and whose vote is missing, is worth a line; who is at work is not.
        if waits[wait].unmet != hold.unmet, [.check, .vote, .evidence, .changes].contains(hold.kind) {
            let release = waits[wait].release
            tell("waits: \(hold.unmet)", kind: TimelineEntry.waits, hold.kind, subject: hold.subject, of: release)
        }
        waits[wait].unmet = hold.unmet
        waits[wait].canAct = hold.canAct
    }

    private mutating func end(_ wait: Int, _ key: HoldTracker.Key) {
        waits[wait].until = now
        let length = now - waits[wait].from
        guard length > .zero else { return }
        let sentence = "waited \(length.rounded) for: \(waits[wait].sentence)"
        tell(sentence, kind: TimelineEntry.waited, key.kind, subject: key.subject, of: key.release)
    }

    /// Hosts at work and bakes are told by events already.
    private mutating func tell(
        _ sentence: String,
        kind: String,
        _ hold: Hold.Kind,
        subject: String,
        of release: ReleaseID
    ) {
        add(
            TimelineEntry(
                at: now,
                release: release,
                subject: subject == release.text ? "" : subject,
                kind: kind,
                sentence: sentence,
                isDetail: hold.isProgress
            )
        )
    }
}
