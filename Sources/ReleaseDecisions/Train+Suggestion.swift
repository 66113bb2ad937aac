import OrderedCollections
import TimeAndChance
import TrainModel

/// The newest version in which everything is verified. The gates that would judge its release judge it here.
extension Train {
    /// How many candidates or versions are looked at, newest first.
    static let suggestions_max = 30

    public func suggestion(for plan: PlanName, at now: Instant) -> SuggestionView? {
        state.schedule.plans[plan].map { suggestion(for: $0.plan, at: now).view }
    }

    func suggestion(for plan: Plan, at now: Instant) -> (view: SuggestionView, load: Load?) {
        var view = SuggestionView(plan: plan.name, tag: nil, version: nil, newer: [])
        for load in loads(of: plan) {
            guard let version = load.versions.values.min(by: { $0.text < $1.text }) else { continue }
            let tag = load.candidate?.tag ?? version
            let missing = unverified(load, of: plan, at: now)
            if missing.isEmpty {
                view.tag = tag
                view.version = version
                return (view, load)
            }
            view.newer.append(SuggestionView.Refused(tag: tag, version: version, missing: missing))
        }
        return (view, nil)
    }

    /// Candidates, or, where the plan cuts none, versions that every artifact of it has; newest first.
    func loads(of plan: Plan) -> [Load] {
        if plan.train?.candidates != nil {
            let candidates = state.schedule.candidates[plan.name] ?? []
            return candidates.suffix(Self.suggestions_max).reversed().map { load($0.candidate, of: plan) }
        }
        guard let first = plan.services.first?.artifact else { return [] }
        let records = state.artifacts.values.reversed().lazy.filter {
            $0.artifact.name == first && plan.artifacts.accepts($0)
        }
        return records.prefix(Self.suggestions_max).map { record in
            let versions = plan.services.map { ($0.name, record.artifact.version) }
            return Load(versions: Dictionary(uniqueKeysWithValues: versions), candidate: nil)
        }
    }

    /// What evidence, changes and earlier stages lack; each a sentence.
    private func unverified(_ load: Load, of plan: Plan, at now: Instant) -> [String] {
        guard let artifacts = artifacts(of: load, plan) else { return ["not every artifact of it has been pushed"] }
        let release = ReleaseState(imagined: plan, artifacts, load.candidate, at: now)
        guard let release else { return ["the plan's name is too long to number its releases"] }
        var missing: OrderedSet<String> = []
        for (stageIndex, stage) in plan.stages.enumerated() {
            for (waveIndex, wave) in stage.waves.enumerated() {
                var there = release
                there.position = WavePosition(stage: stageIndex, wave: waveIndex)
                for (key, gate) in stage.gates(of: wave) where gate.isVerification {
                    switch status(of: gate, key, of: there, at: now) {
                    case .passed: break
                    case .unmet(let hold, _): missing.append(hold.unmet)
                    case .rejects(let reason): missing.append(reason)
                    }
                }
            }
        }
        return Array(missing)
    }
}

extension Stage {
    /// Those before the wave and, as before its first region, those before each region.
    fileprivate func gates(of wave: Wave) -> [(key: GateKey, gate: Gate)] {
        let places = [(wave.gates, nil), (wave.regionGates, wave.regions.first)]
        return places.flatMap { gates, region in
            gates.enumerated().map { index, gate in
                (GateKey(stage: name, wave: wave.name, region: region, index: index), gate)
            }
        }
    }
}

extension Gate {
    /// Whether it is about what is released, not about when or by whom.
    fileprivate var isVerification: Bool {
        switch self {
        case .evidence, .changes: true
        case .approval, .vote, .window, .prerequisite, .check, .task, .noDebts: false
        }
    }
}

extension ReleaseState {
    /// A release that nobody has started, for asking what its gates would say.
    fileprivate init?(
        imagined plan: Plan,
        _ artifacts: [ServiceName: Artifact],
        _ candidate: Candidate?,
        at now: Instant
    ) {
        guard let id = ReleaseID("\(plan.name)-0"), let digest = artifacts.values.first?.digest else { return nil }
        let started = ReleaseStarted(
            release: id,
            plan: plan,
            planDigest: digest,
            planSourceDigest: digest,
            artifacts: artifacts,
            services: plan.services.map(\.name),
            candidate: candidate,
            tags: [],
            releaseDigest: digest,
            author: PersonName(plan.name),
            description: ""
        )
        self.init(started, at: now)
    }
}
