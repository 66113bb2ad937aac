import OrderedCollections
import TimeAndChance
import TrainModel

/// What must have ended well before. Only what a plan put somewhere counts, never what was tried out ad hoc.
extension Train {
    func prerequisiteStatus(
        _ rule: PrerequisiteRule,
        _ key: GateKey,
        of release: ReleaseState,
        at now: Instant
    ) -> GateStatus {
        switch rule {
        case .ownStage(let stage, let healthyFor):
            return ownStageStatus(stage, healthyFor, key, of: release, at: now)
        case .finished(let plan, let stage, let healthyFor):
            return finishedStatus(StageKey(plan: plan, stage: stage), healthyFor, key, of: release, at: now)
        case .sameVersionAs(let plan, let stage):
            let other = StageKey(plan: plan, stage: stage)
            let artifacts = release.artifacts(at: key)
            let differences = differences(of: artifacts, from: other)
            guard !differences.isEmpty else { return .passed(until: nil) }
            return unmet(
                "only what last ended \(other) well may go on: \(Self.list(differences))",
                "whoever starts releases: `wavetrain release start` with what was tested",
                key,
                of: release
            )
        }
    }

    private func ownStageStatus(
        _ stage: StageName,
        _ healthyFor: Interval,
        _ key: GateKey,
        of release: ReleaseState,
        at now: Instant
    ) -> GateStatus {
        guard release.runs(stage) else { return .passed(until: nil) }
        guard let ended = release.gates.stagesEnded[stage] else {
            return unmet("\(release.id) has not ended \(stage) well", "", key, of: release)
        }
        let regions = release.plan.stages.first { $0.name == stage }?.waves.flatMap(\.regions) ?? []
        let sick = regions.filter { release.regions[$0]?.phase != .healthy }
        guard sick.isEmpty else {
            return unmet(
                "\(Self.list(sick.map(\.text))) of \(stage) is not healthy any more",
                "an operator: `wavetrain release rollback \(release.id)`",
                key,
                of: release
            )
        }
        return passed(ended + healthyFor, "\(stage) must be healthy for \(healthyFor)", key, of: release, at: now)
    }

    private func finishedStatus(
        _ other: StageKey,
        _ healthyFor: Interval,
        _ key: GateKey,
        of release: ReleaseState,
        at now: Instant
    ) -> GateStatus {
        let (missing, latest) = ended(other, key, of: release)
        guard missing.isEmpty else {
            return unmet(
                "\(other) must have ended well with the same versions: \(Self.list(missing))",
                "whoever releases \(other.plan): `wavetrain release start`",
                key,
                of: release
            )
        }
        let since = latest ?? now
        return passed(since + healthyFor, "\(other) must be healthy for \(healthyFor)", key, of: release, at: now)
    }

    /// Which of the release's artifacts have not ended the stage well, in words, and when the last that has ended it.
    private func ended(
        _ other: StageKey,
        _ key: GateKey,
        of release: ReleaseState
    ) -> (missing: [String], latest: Instant?) {
        let completions = completions(of: other)
        var missing: [String] = []
        var latest: Instant?
        for artifact in release.artifacts(at: key).distinct {
            guard let completion = completions.last(where: { $0.holds(artifact) }) else {
                missing.append("\(artifact) is missing there\(completions.last?.instead(of: artifact) ?? "")")
                continue
            }
            latest = max(latest ?? completion.at, completion.at)
        }
        return (missing, latest)
    }

    /// When what is there already will have been there for long enough; nil: time alone does not decide.
    func ripening(_ rule: PrerequisiteRule, _ key: GateKey, of release: ReleaseState) -> Instant? {
        switch rule {
        case .ownStage(let stage, let healthyFor):
            guard release.runs(stage) else { return nil }
            return release.gates.stagesEnded[stage].map { $0 + healthyFor }
        case .finished(let plan, let stage, let healthyFor):
            let (missing, latest) = ended(StageKey(plan: plan, stage: stage), key, of: release)
            return missing.isEmpty ? latest.map { $0 + healthyFor } : nil
        case .sameVersionAs: return nil
        }
    }

    private func passed(
        _ from: Instant,
        _ sentence: String,
        _ key: GateKey,
        of release: ReleaseState,
        at now: Instant
    ) -> GateStatus {
        if from <= now { return .passed(until: nil) }
        return .unmet(
            Hold(
                kind: .prerequisite,
                subject: key.description,
                unmet: sentence,
                canAct: "",
                since: reached(key, of: release),
                nextChange: from
            ),
            until: from
        )
    }

    private func unmet(
        _ sentence: String,
        _ canAct: String,
        _ key: GateKey,
        of release: ReleaseState
    ) -> GateStatus {
        .unmet(
            Hold(
                kind: .prerequisite,
                subject: key.description,
                unmet: sentence,
                canAct: canAct,
                since: reached(key, of: release),
                nextChange: nil
            ),
            until: nil
        )
    }

    /// By plan, oldest first.
    func completions(of stage: StageKey) -> [Completion] {
        (state.deployments.completions[stage] ?? []).filter { !$0.isAdHoc }
    }

    /// How artifacts differ from those that last ended a stage well, in words; empty: not at all.
    func differences(of artifacts: [ServiceName: Artifact], from other: StageKey) -> [String] {
        let completions = completions(of: other)
        var differences: [String] = []
        for artifact in artifacts.distinct {
            // A release of some of the services says nothing about the others.
            let last = completions.last { $0.speaks(of: artifact) } ?? completions.last
            guard let last else {
                differences.append("nothing has ended \(other) well yet, so \(artifact) is untested")
                continue
            }
            if !last.holds(artifact) { differences.append("not \(artifact)\(last.instead(of: artifact))") }
        }
        return differences
    }
}

extension Completion {
    /// It deployed some version of that artifact.
    fileprivate func speaks(of artifact: Artifact) -> Bool {
        artifacts.values.contains { $0.name == artifact.name }
    }

    /// The same artifact; where that plan deploys others of the same train, one of the same version.
    fileprivate func holds(_ artifact: Artifact) -> Bool {
        speaks(of: artifact)
            ? artifacts.values.contains(artifact) : artifacts.values.contains { $0.version == artifact.version }
    }

    /// `; shop-7 ended it with web 1.2`.
    fileprivate func instead(of artifact: Artifact) -> String {
        let same = artifacts.distinct.filter { $0.name == artifact.name }
        let found = (same.isEmpty ? artifacts.distinct : same).map(\.description)
        return ", while \(release) ended it with \(found.prefix(3).joined(separator: ", "))"
    }
}

extension StageKey: CustomStringConvertible {
    public var description: String { "\(plan)/\(stage)" }
}

extension [ServiceName: Artifact] {
    /// Each once, by name and version.
    var distinct: [Artifact] {
        Set(values).sorted { ($0.name, $0.version.text) < ($1.name, $1.version.text) }
    }
}

extension ReleaseState {
    /// What it deploys where the gate stands.
    func artifacts(at key: GateKey) -> [ServiceName: Artifact] {
        let wave = plan.stages.first { $0.name == key.stage }?.waves.first { $0.name == key.wave }
        guard let wave else { return [:] }
        return artifacts.filter { wave.services.contains($0.key) }
    }
}
