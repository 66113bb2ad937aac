import OrderedCollections
import TimeAndChance
import TrainModel

/// What a departing train takes along.
struct Load: Hashable, Sendable {
    let versions: [ServiceName: Version]
    let candidate: Candidate?
}

extension Train {
    /// - Throws: `nothingWaits` when there is nothing, or nothing new.
    func load(of plan: Plan, at now: Instant) throws(Refusal) -> Load {
        let load =
            switch plan.train?.load ?? .newest {
            case .newest: try newestLoad(of: plan)
            case .newestCandidate: try candidateLoad(of: plan)
            case .newestVerified: try verifiedLoad(of: plan, at: now)
            }
        try requireNew(load, of: plan)
        return load
    }

    private func newestLoad(of plan: Plan) throws(Refusal) -> Load {
        var versions: [ServiceName: Version] = [:]
        for service in plan.services {
            guard let record = newest(service.artifact, acceptedBy: plan.artifacts) else {
                throw Refusal(
                    .nothingWaits,
                    "nothing to load: no version of \(service.artifact) has been pushed that plan \(plan.name) accepts"
                )
            }
            versions[service.name] = record.artifact.version
        }
        return Load(versions: versions, candidate: nil)
    }

    private func candidateLoad(of plan: Plan) throws(Refusal) -> Load {
        guard let candidate = state.schedule.candidates[plan.name]?.last?.candidate else {
            throw Refusal(.nothingWaits, "nothing to load: plan \(plan.name) has no candidate yet")
        }
        return load(candidate, of: plan)
    }

    private func verifiedLoad(of plan: Plan, at now: Instant) throws(Refusal) -> Load {
        let suggestion = suggestion(for: plan, at: now)
        guard let load = suggestion.load else {
            let newest = suggestion.view.newer.first
            let missing = newest.map { ": \($0.tag) lacks \($0.missing.joined(separator: "; "))" } ?? ""
            throw Refusal(.nothingWaits, "nothing to load: no version of plan \(plan.name) is fully verified\(missing)")
        }
        return load
    }

    func load(_ candidate: Candidate, of plan: Plan) -> Load {
        let versions = plan.services.map { ($0.name, candidate.version) }
        return Load(versions: Dictionary(uniqueKeysWithValues: versions), candidate: candidate)
    }

    /// What the plan's next train may take along of what is there: the newest that it accepts, the newest candidate, or
    /// any of those that may be verified by then.
    func loadable(by plan: Plan) -> [Artifact] {
        switch plan.train?.load ?? .newest {
        case .newest: plan.services.compactMap { newest($0.artifact, acceptedBy: plan.artifacts)?.artifact }
        case .newestCandidate: loads(of: plan).prefix(1).flatMap { pushed(of: $0, plan) }
        case .newestVerified: loads(of: plan).flatMap { pushed(of: $0, plan) }
        }
    }

    /// Of a load of which something may still have to be pushed.
    private func pushed(of load: Load, _ plan: Plan) -> [Artifact] {
        plan.services.compactMap { service in
            load.versions[service.name].flatMap {
                state.artifacts[ArtifactKey(name: service.artifact, version: $0)]?.artifact
            }
        }
    }

    /// The last that was pushed.
    private func newest(_ artifact: ArtifactName, acceptedBy rule: ArtifactRule) -> ArtifactRecord? {
        state.artifacts.values.reversed().first { $0.artifact.name == artifact && rule.accepts($0) }
    }

    private func requireNew(_ load: Load, of plan: Plan) throws(Refusal) {
        let last = state.releases.values.reversed().first { $0.plan.name == plan.name && $0.adHocUntil == nil }
        guard let last, last.isActive || last.phase == .ended(.completed),
            last.artifacts.mapValues(\.version) == load.versions
        else { return }
        throw Refusal(.nothingWaits, "nothing to load: \(last.id) has taken what is newest")
    }

    /// The artifacts behind a load; nil where one has not been pushed.
    func artifacts(of load: Load, _ plan: Plan) -> [ServiceName: Artifact]? {
        var artifacts: [ServiceName: Artifact] = [:]
        for service in plan.services {
            guard let version = load.versions[service.name],
                let record = state.artifacts[ArtifactKey(name: service.artifact, version: version)]
            else { return nil }
            artifacts[service.name] = record.artifact
        }
        return artifacts
    }
}
