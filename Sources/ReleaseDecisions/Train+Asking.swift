import Calendars
import OrderedCollections
import TimeAndChance
import TrainModel

/// When people are asked to decide: no earlier than nothing stands before their word that time alone opens, which is a
/// window, a freeze, or how long a stage has to have been healthy. Before that no yes is taken, nobody is told, and no
/// time limit runs.
extension Train {
    /// The turn of an approval, a validation or a vote.
    struct Asking {
        /// As the plan has it.
        var hours: OpenHours
        /// A freeze that a person has declared, and that is in force.
        var declared: FreezeInForce?
        /// Why it is closed; empty: it is open.
        var reasons: [String] = []

        func isNow(_ now: Instant) -> Bool { declared == nil && hours.contains(now) }

        /// When people are asked: now or later. Nil: not within two years, or when a person has lifted a freeze.
        func opening(from now: Instant) -> Instant? {
            guard let declared else { return hours.next(at: now)?.lowerBound }
            return declared.until.flatMap { hours.next(at: $0)?.lowerBound }
        }

        /// `before Mon 08:00 UTC`
        func words(_ plan: Plan, at now: Instant) -> String {
            guard let opening = opening(from: now) else {
                return declared == nil ? "within two years" : "before the freeze is lifted"
            }
            return "before \(Train.words(opening, in: hours.windows.first?.zone ?? plan.zone, from: now))"
        }
    }

    func asking(at key: GateKey, _ gate: Gate, of release: ReleaseState, at now: Instant) -> Asking {
        var asking = Asking(hours: OpenHours(from: openSince(key, of: release)))
        if case .approval(let rule) = gate, let lapse = lapse(key, rule, of: release, at: now) {
            asking.hours.from = max(asking.hours.from, lapse)
        }
        noteFreezes(over: release, in: &asking, at: now)
        if case .vote(let rule) = gate, let opens = rule.opens {
            asking.hours.windows = [opens]
        } else {
            for (key, gate) in clocks(before: key, of: release) where release.gates.glass[key] == nil {
                note(gate, key, of: release, in: &asking, at: now)
            }
        }
        asking.reasons += asking.hours.windows.filter { !$0.isOpen(at: now) }.map { "outside the window \($0)" }
        return asking
    }

    /// When people are asked at a gate: `now` or later, at one where nobody decides `now`; nil: at no time that is known.
    ///
    /// - Parameter subject: `stage/wave` or `stage/wave/region` of the wave in hand.
    public func nextAsking(_ gate: Gate, at subject: String, of id: ReleaseID, at now: Instant) -> Instant? {
        guard gate.isDecision, let release = state.releases[id], let (_, wave) = release.current else { return now }
        let points: [RegionName?] = [nil] + wave.regions
        let key = points.lazy.flatMap { gates(before: $0, of: release) }.first {
            $0.key.description == subject && $0.gate == gate
        }?.key
        return key.map { asking(at: $0, gate, of: release, at: now).opening(from: now) } ?? now
    }

    /// A yes must wait for its time; a no that ends the release need not.
    func requireAsked(_ what: String, _ asking: Asking, of release: ReleaseState, at now: Instant) throws(Refusal) {
        guard !asking.isNow(now) else { return }
        let reasons = asking.reasons.isEmpty ? "" : ": \(asking.reasons.joined(separator: "; "))"
        throw Refusal(.notOpen, "\(what) is taken \(asking.words(release.plan, at: now))\(reasons)")
    }

    /// What stands before the same wave or region.
    private func clocks(before key: GateKey, of release: ReleaseState) -> [(key: GateKey, gate: Gate)] {
        gates(before: nil, of: release) + (key.region == nil ? [] : gates(before: key.region, of: release))
    }

    private func note(
        _ gate: Gate,
        _ key: GateKey,
        of release: ReleaseState,
        in asking: inout Asking,
        at now: Instant
    ) {
        switch gate {
        case .window(let window):
            if !release.ignoresWindows { asking.hours.windows.append(window) }
        case .prerequisite(let rule):
            guard let ripe = ripening(rule, key, of: release) else { return }
            asking.hours.from = max(asking.hours.from, ripe)
            guard now < ripe, case .unmet(let hold, _) = status(of: gate, key, of: release, at: now) else { return }
            asking.reasons.append(hold.unmet)
        case .approval, .vote, .evidence, .changes, .check, .task, .noDebts: break
        }
    }

    /// What a person has declared counts as over once it is, so that everybody has their whole time after it.
    private func noteFreezes(over release: ReleaseState, in asking: inout Asking, at now: Instant) {
        if !release.ignoresCalendar { asking.hours.freezes = release.plan.freezes }
        for freeze in state.schedule.freezes where freeze.plan == nil || freeze.plan == release.plan.name {
            if let until = freeze.until, until <= now { asking.hours.from = max(asking.hours.from, until) }
        }
        let inForce = freezes(over: release, at: now)
        asking.declared = inForce.filter(\.isDeclared).max {
            ($0.until ?? .distantFuture) < ($1.until ?? .distantFuture)
        }
        asking.reasons += inForce.map(\.sentence)
    }
}

extension Gate {
    /// Whether people say yes or no to what is there; a task is work, and may be done ahead.
    var isDecision: Bool {
        switch self {
        case .approval, .vote: true
        case .window, .prerequisite, .evidence, .changes, .check, .task, .noDebts: false
        }
    }
}

extension Plan {
    /// In which times are said where nothing else says one.
    var zone: Zone { train?.departs?.zone ?? train?.candidates?.zone ?? freezes.first?.zone ?? .utc }
}
