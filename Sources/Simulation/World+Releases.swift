import OrderedCollections
import ReleaseDecisions
import TimeAndChance
import TrainModel

/// Artifacts and releases: what an operator does before decisions have anything to decide.
extension World {
    /// An artifact arrives, built on a branch that the plans want, with all the evidence that they ask for but what
    /// `options.outside.missingEvidence` names.
    public mutating func push(_ artifact: Artifact, _ source: ArtifactSource) {
        give(.command(.pushArtifact(artifact, source), by: directory.releaseOperator))
        if !isPast { bring(ExpectedEvidence(artifacts: [artifact], changes: source.changes.map(\.id))) }
        settle()
    }

    /// Pushes `version` of every artifact of a plan that is not there yet.
    public mutating func push(_ version: Version, of plan: Plan) {
        for name in OrderedSet(plan.services.map(\.artifact)) {
            guard train.state.artifacts[ArtifactKey(name: name, version: version)] == nil else { continue }
            var source = ArtifactSource()
            source.branch = plan.artifacts.likelyBranch
            source.commit = commit(of: name, version)
            source.built = now
            source.changes = options.outside.changes[plan.name] ?? [.simulated(name, version, id: source.commit)]
            push(.simulated(name, version), source)
        }
    }

    /// What comes to a registry is called by its commit.
    private func commit(of name: ArtifactName, _ version: Version) -> String {
        guard !options.outside.arrivals.contains(where: { $0.tag == version }) else { return version.text }
        return Digest.simulated("commit of \(name) \(version)").prefix
    }

    /// An operator starts a release; every artifact that is not there yet is pushed first.
    @discardableResult
    public mutating func start(
        _ plan: Plan,
        version: Version,
        description: String = "a rehearsal",
        only: [ServiceName] = [],
        lane: LaneName? = nil,
        as person: PersonName? = nil
    ) -> Result<ReleaseID, Refusal> {
        if plans[plan.name] != plan { join(plan) }
        push(version, of: plan)
        let chosen = plan.services.map(\.name).filter { only.isEmpty || only.contains($0) }
        var request = StartRelease(
            plan: plan,
            planDigest: plan.simulatedDigest,
            planSourceDigest: plan.simulatedDigest,
            versions: Dictionary(uniqueKeysWithValues: chosen.map { ($0, version) }),
            description: description
        )
        request.only = only
        request.lane = lane
        let actor = person.map { directory.actor($0) } ?? directory.releaseOperator
        switch act(.start(request), as: actor) {
        case .success(.started(let id)): return .success(id)
        case .success: return .failure(Refusal(.conflict, "nothing was started"))
        case .failure(let refusal): return .failure(refusal)
        }
    }

    /// The plan's schedule begins to run.
    @discardableResult
    public mutating func register(_ plan: Plan) -> Result<Accepted, Refusal> {
        if plans[plan.name] != plan { join(plan) }
        let digest = plan.simulatedDigest
        return act(
            .registerPlan(RegisterPlan(plan: plan, planDigest: digest, planSourceDigest: digest)),
            as: directory.releaseOperator
        )
    }

    // MARK: - What ran before

    /// Deploys a version everywhere with the product's own decisions, by a plan of the same shape that waits for nothing,
    /// and at no cost of time.
    mutating func putInPlace(_ version: Version, of plans: [Plan]) {
        isPast = true
        for plan in plans.map(\.unhindered) {
            start(plan, version: version, description: "what ran before")
            while let next = agenda.nextInstant, next <= now, let happening = agenda.next(by: now) {
                happen(happening)
            }
        }
        // Where a region has no host nothing can be put in place, and nothing may stay in the way.
        for release in train.state.releases.values where release.isActive {
            act(.abort(release.id, reason: "nothing ran before"), as: directory.releaseOperator)
        }
        for plan in plans { self.plans[plan.name] = plan }
        isPast = false
    }
}

extension Artifact {
    static func simulated(_ name: ArtifactName, _ version: Version) -> Artifact {
        Artifact(name: name, version: version, digest: .simulated("\(name) \(version)"), length_bytes: 1_000_000)
    }
}

extension Change {
    static func simulated(_ artifact: ArtifactName, _ version: Version, id: String) -> Change {
        Change(id: id, author: "a developer", title: "what \(artifact) \(version) brings", ticket: "")
    }
}

extension Plan {
    /// Plans that differ in anything a person reads have different digests.
    var simulatedDigest: Digest { .simulated("plan \(name) \(team) \(services.map(\.name)) \(stages)") }

    /// The same services in the same regions, with nothing to wait for, to watch or to refuse.
    fileprivate var unhindered: Plan {
        let stages = stages.map { stage in
            Stage(
                name: stage.name,
                waves: stage.waves.map { wave in
                    var past = Wave(
                        name: wave.name,
                        regions: wave.regions,
                        services: wave.services,
                        rollout: Rollout(batch: .percent(100), unavailable_max: .percent(100), timeout: .minutes(10)),
                        bake: Bake(duration: .zero, every: wave.bake.every, unhealthy_max_bp: 0, samples_min: 0)
                    )
                    // What runs is looked at before the change as after it.
                    past.checks = wave.checks
                    return past
                }
            )
        }
        var services = services
        for index in services.indices {
            services[index].after = []
            services[index].restarts = []
        }
        return Plan(name: name, services: services, stages: stages)
    }
}
