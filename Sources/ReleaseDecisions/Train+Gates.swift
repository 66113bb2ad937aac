import OrderedCollections
import TimeAndChance
import TrainModel

/// What must be true before a wave or a region starts. One function says so; holds, dispatch and rehearsals all ask it.
///
/// Everything before a wave is asked right before the wave starts and again before each of its regions, but for checks,
/// whose moment is the start they stand before. A region that has started goes on to its end: a window that closes in
/// the middle, or a grant that lapses, holds the next region.
extension Train {
    public func status(
        of gate: Gate,
        _ key: GateKey,
        of release: ReleaseState,
        at now: Instant
    ) -> GateStatus {
        if release.gates.glass[key] != nil { return .passed(until: nil) }
        switch gate {
        case .approval(let rule): return approvalStatus(rule, key, of: release, at: now)
        case .vote(let rule): return voteStatus(rule, key, of: release, at: now)
        case .window(let window):
            return release.ignoresWindows
                ? .passed(until: nil) : windowStatus(window, key, of: release, at: now)
        case .prerequisite(let rule): return prerequisiteStatus(rule, key, of: release, at: now)
        case .evidence(let rule): return evidenceStatus(rule, key, of: release, at: now)
        case .changes(let rule): return changesStatus(rule, key, of: release, at: now)
        case .check(let rule): return checkStatus(rule, key, of: release, at: now)
        case .task(let rule): return taskStatus(rule, key, of: release, at: now)
        case .noDebts: return release.ignoresWindows ? .passed(until: nil) : debtStatus(key, of: release)
        }
    }

    /// The gates before a wave (`region` nil) or before one of its regions.
    func gates(before region: RegionName?, of release: ReleaseState) -> [(key: GateKey, gate: Gate)] {
        guard let (stage, wave) = release.current else { return [] }
        let gates = region == nil ? wave.gates : wave.regionGates
        return gates.enumerated().compactMap { index, gate in
            if region == nil, release.waveStarted, gate.isMomentary { return nil }
            return (GateKey(stage: stage.name, wave: wave.name, region: region, index: index), gate)
        }
    }

    /// Gates of the wave in hand that hold something now. Nothing else may be decided, so that nobody decides on what
    /// cannot be seen yet.
    func openGates(of release: ReleaseState, at now: Instant) -> [OpenGate] {
        guard release.phase == .running, release.current != nil else { return [] }
        var points: [RegionName?] = [nil]
        if release.waveStarted {
            let regions = Array(release.startable)
            points = regions.isEmpty ? [] : [nil] + regions
        }
        return points.flatMap { gates(before: $0, of: release) }.compactMap { key, gate in
            let status = status(of: gate, key, of: release, at: now)
            if case .passed = status { return nil }
            return OpenGate(key: key, gate: gate, status: status)
        }
    }

    func gateHolds(of release: ReleaseState, at now: Instant) -> [Hold] {
        openGates(of: release, at: now).compactMap { $0.hold(since: reached($0.key, of: release)) }
    }

    /// Since when the gate has been all that stood before its wave or region.
    func reached(_ key: GateKey, of release: ReleaseState) -> Instant {
        key.region.flatMap { release.gates.regionsReached[$0] } ?? release.waveReached
    }

    /// The same, or since its decisions became void.
    func openSince(_ key: GateKey, of release: ReleaseState) -> Instant {
        let reached = reached(key, of: release)
        return release.gates.voids[key].map { max($0.at, reached) } ?? reached
    }

    // MARK: - At dispatch

    /// Whether everything before the wave or region is there at this very moment. Asks the checks whose turn has come,
    /// wakes when time alone could change an answer, and ends the release that a gate rejects.
    mutating func pass(before region: RegionName?, of id: ReleaseID, at now: Instant) -> Bool {
        guard let release = state.releases[id] else { return false }
        noteEvidence(of: release)
        var isReady = !isFrozen(release, at: now)
        var checks: [(key: GateKey, rule: ProbeRule)] = []
        for (key, gate) in gates(before: region, of: release) {
            if case .check(let rule) = gate, release.gates.glass[key] == nil {
                checks.append((key, rule))
                continue
            }
            switch status(of: gate, key, of: release, at: now) {
            case .passed(let until): lookAgain(at: until, of: id)
            case .unmet(_, let until):
                lookAgain(at: until, of: id)
                isReady = false
            case .rejects(let reason):
                end(id, .rejected, by: nil, reason: reason, at: now)
                return false
            }
        }
        return pass(checks, isTheirTurn: isReady, of: id, at: now)
    }

    private mutating func lookAgain(at instant: Instant?, of id: ReleaseID) {
        if let instant { observed.look(at: instant, id, nil) }
    }

    // MARK: - Naming what waits

    /// The open gates that `subject` names: a region or wave, `stage/wave[/region]`, or, where `name` gives one, the
    /// gate's own name; empty takes all when they stand at one place.
    func named(
        _ subject: String,
        among gates: [OpenGate],
        of release: ReleaseState,
        act: String,
        name: (Gate) -> String? = { _ in nil }
    ) throws(Refusal) -> [OpenGate] {
        var places: [String] = []
        for gate in gates {
            let place = name(gate.gate).map { "\(gate.key) (\($0))" } ?? gate.key.description
            if !places.contains(place) { places.append(place) }
        }
        guard !gates.isEmpty else {
            throw Refusal(
                .nothingWaits,
                "nothing in \(release.id) waits for \(act) now; `wavetrain release show \(release.id)` says what it waits for"
            )
        }
        if subject.isEmpty {
            guard places.count == 1 else {
                throw Refusal(.invalid, "several things wait for \(act): name one of \(places.joined(separator: ", "))")
            }
            return gates
        }
        let named = gates.filter { $0.key.isNamed(subject) || name($0.gate) == subject }
        guard !named.isEmpty else {
            throw Refusal(
                .nothingWaits,
                "\"\(subject)\" does not wait for \(act); what waits: \(places.joined(separator: ", "))"
            )
        }
        return named
    }

    /// Every point must be ticked by whoever says yes, and nothing that is no point.
    func requireTicked(_ checklist: [String], _ ticked: [String]) throws(Refusal) {
        let missing = checklist.filter { !ticked.contains($0) }
        guard missing.isEmpty else {
            let points = missing.map { "\"\($0)\"" }.joined(separator: ", ")
            throw Refusal(.invalid, "not ticked: \(points); every point of the checklist must be")
        }
        if let stranger = ticked.first(where: { !checklist.contains($0) }) {
            throw Refusal(.invalid, "\"\(stranger)\" is no point of the checklist; \(Self.points(checklist))")
        }
    }

    private static func points(_ checklist: [String]) -> String {
        checklist.isEmpty ? "it has none" : "it has \(checklist.map { "\"\($0)\"" }.joined(separator: ", "))"
    }

    /// The release as it is once everything that time has decided is decided.
    mutating func releaseToActOn(_ id: ReleaseID, at now: Instant) throws(Refusal) -> ReleaseState {
        _ = try activeRelease(id)
        advance(id, at: now)
        return try activeRelease(id)
    }

    /// People decide on what they saw, and on nothing else.
    func requireSame(_ seen: Digest, _ evidence: Digest?, as release: ReleaseState) throws(Refusal) {
        guard seen == release.releaseDigest else {
            throw Refusal(
                .decidedOnOtherDigest,
                "the decision was made on \(seen.prefix), but \(release.id) is \(release.releaseDigest.prefix); look at the release again and decide anew"
            )
        }
        guard let evidence else { return }
        let current = evidenceDigest(of: release)
        guard evidence == current else {
            throw Refusal(
                .decidedOnOtherDigest,
                "the evidence has changed since it was looked at (it was \(evidence.prefix) and is \(current.prefix)); look at the release again and decide anew"
            )
        }
    }
}

extension GateKey {
    func isNamed(_ subject: String) -> Bool {
        description == subject || region?.text == subject || (region == nil && wave.text == subject)
    }
}
