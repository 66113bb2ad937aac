import OrderedCollections
import TimeAndChance
import TrainModel

/// Starting a release: everything that could be wrong with it is found before anything is written down.
extension Train {
    mutating func start(_ request: StartRelease, by actor: Actor, at now: Instant) throws(Refusal) -> Accepted {
        let lane = try lane(of: request, by: actor, at: now)
        let plan = try adHocPlan(for: request, by: actor, at: now).inLane(lane)
        if plan.needsDescription, request.description.isBlank {
            throw Refusal(.invalid, "plan \(plan.name) wants a description of every release: say what changes and why")
        }
        try requireEachRegionOnce(plan)
        let candidate = try candidate(of: request)
        let chosen = try chosenServices(of: request)
        let artifacts = try pinned(chosen, request.versions, candidate)
        if request.adHocFor == nil {
            try requireAccepted(artifacts, by: plan, lane)
            try requireTested(artifacts, by: plan, lane)
            try requireNoDebts(of: plan, lane)
        }
        let targets = plan.targets(of: chosen.map(\.name), lane: lane)
        let older = try outstripped(by: request, targets)
        try requireFree(targets, except: Set(older))
        try requireUnpinned(plan, chosen.map(\.name), lane)
        let id = try nextID(of: plan)
        let started = ReleaseStarted(
            release: id,
            plan: plan,
            planDigest: request.planDigest,
            planSourceDigest: request.planSourceDigest,
            artifacts: artifacts,
            services: chosen.map(\.name),
            lane: request.lane,
            adHocUntil: request.adHocFor.map { now + $0 },
            candidate: candidate,
            tags: request.tags,
            releaseDigest: releaseDigest(of: request.planDigest, artifacts),
            author: actor.name,
            description: request.description
        )
        try requireNames(in: ReleaseState(started, at: now), at: now)
        for older in older { end(older, .superseded, by: actor.name, reason: "\(id) took its place", at: now) }
        emit(.releaseStarted(started), at: now)
        watchFreezes(of: id, at: now)
        advance(id, at: now)
        return .started(id)
    }

    private func nextID(of plan: Plan) throws(Refusal) -> ReleaseID {
        let number = (state.releaseCounts[plan.name] ?? 0) + 1
        guard let id = ReleaseID("\(plan.name)-\(number)") else {
            throw Refusal(
                .invalid,
                "the plan's name \(plan.name) is too long to number its releases; shorten it to 50 characters"
            )
        }
        return id
    }

    // MARK: - What it takes

    private func chosenServices(of request: StartRelease) throws(Refusal) -> [ServicePlan] {
        let names = request.plan.services.map(\.name)
        let given = request.only + request.versions.keys.sorted()
        if let stranger = given.first(where: { !names.contains($0) }) {
            throw Refusal(
                .invalid,
                "plan \(request.plan.name) has no service \(stranger); it has \(Self.list(names.map(\.text), most: 20))"
            )
        }
        return request.plan.services.filter { request.only.isEmpty || request.only.contains($0.name) }
    }

    private func candidate(of request: StartRelease) throws(Refusal) -> Candidate? {
        guard let tag = request.candidate else { return nil }
        let all = (state.schedule.candidates[request.plan.name] ?? []).map(\.candidate)
        guard let candidate = all.last(where: { $0.tag == tag }) else {
            let newest = all.last.map { "; the newest is \($0.tag)" } ?? "; none has been cut"
            throw Refusal(.notFound, "plan \(request.plan.name) has no candidate \(tag)\(newest)")
        }
        return candidate
    }

    /// A candidate gives every service its version, but for those that are given one of their own.
    func pinned(
        _ services: [ServicePlan],
        _ versions: [ServiceName: Version],
        _ candidate: Candidate? = nil
    ) throws(Refusal) -> [ServiceName: Artifact] {
        if let stranger = versions.keys.sorted().first(where: { name in !services.contains { $0.name == name } }) {
            throw Refusal(.invalid, "a version is given for \(stranger), which is not among the chosen services")
        }
        var artifacts: [ServiceName: Artifact] = [:]
        for service in services {
            guard let version = versions[service.name] ?? candidate?.version else {
                throw Refusal(.invalid, "no version is given for service \(service.name)")
            }
            guard let record = state.artifacts[ArtifactKey(name: service.artifact, version: version)] else {
                throw Refusal(
                    .notFound,
                    "\(service.artifact) \(version) has not been pushed; `wavetrain artifact push` it, or choose one that `artifact list` names"
                )
            }
            guard state.isHere(record.artifact) else {
                throw Refusal(
                    .conflict,
                    "the bundle of \(record.artifact) has been removed to make room; `wavetrain artifact push` the same folder again, or choose another version"
                )
            }
            artifacts[service.name] = record.artifact
        }
        return artifacts
    }

    // MARK: - What the plan asks

    /// Versions and branches, by the lane's patterns where it has any, else by the plan's.
    func requireAccepted(
        _ artifacts: [ServiceName: Artifact],
        by plan: Plan,
        _ lane: LaneRule?
    ) throws(Refusal) {
        var rule = plan.artifacts
        if let own = lane?.artifacts {
            if !own.versionPattern.isEmpty { rule.versionPattern = own.versionPattern }
            if !own.branchPatterns.isEmpty { rule.branchPatterns = own.branchPatterns }
        }
        for artifact in artifacts.distinct {
            guard let record = state.artifacts[ArtifactKey(name: artifact.name, version: artifact.version)],
                let objection = rule.objection(to: record)
            else { continue }
            throw Refusal(.invalid, objection)
        }
    }

    /// What a gate of the way would hold for ever is refused at once, with what was tested instead.
    func requireTested(
        _ artifacts: [ServiceName: Artifact],
        by plan: Plan,
        _ lane: LaneRule?
    ) throws(Refusal) {
        for stage in plan.stages where plan.runs(stage.name, lane: lane) {
            for wave in stage.waves {
                let own = artifacts.filter { wave.services.contains($0.key) }
                for gate in wave.gates + wave.regionGates {
                    guard case .prerequisite(.sameVersionAs(let other, let tested)) = gate,
                        // What the release itself runs through on its way need not have been there before.
                        !(other == plan.name && plan.runs(tested, lane: lane))
                    else { continue }
                    let key = StageKey(plan: other, stage: tested)
                    let differences = differences(of: own, from: key)
                    guard differences.isEmpty else {
                        throw Refusal(
                            .conflict,
                            "\(stage.name) takes only what last ended \(key) well: \(Self.list(differences))"
                        )
                    }
                }
            }
        }
    }

    private func requireNoDebts(of plan: Plan, _ lane: LaneRule?) throws(Refusal) {
        guard lane?.ignoresWindows != true, let debt = openDebts(of: plan).first else { return }
        throw Refusal(
            .conflict,
            "owed: \(debt.words); nothing of \(plan.name) starts until it is paid: `wavetrain debt pay \(debt.id)`"
        )
    }

    /// A release knows each region once; a second stage of the same region would never begin.
    private func requireEachRegionOnce(_ plan: Plan) throws(Refusal) {
        var seen: Set<RegionName> = []
        for region in plan.stages.flatMap({ $0.waves.flatMap(\.regions) }) where !seen.insert(region).inserted {
            throw Refusal(
                .invalid,
                "plan \(plan.name) names region \(region) twice; a plan has each region in one stage"
            )
        }
    }

    // MARK: - Other releases

    /// Older releases of the plan that wait before a stage, and that the newer one takes the place of. Ad hoc releases
    /// neither take a place nor lose one.
    private func outstripped(by request: StartRelease, _ targets: Set<TargetKey>) throws(Refusal) -> [ReleaseID] {
        guard request.adHocFor == nil else { return [] }
        let older = state.releases.values.filter {
            $0.isActive && $0.plan.name == request.plan.name && $0.adHocUntil == nil
                && !$0.targets.isDisjoint(with: targets)
        }
        guard request.plan.newerRelease == .isRefused else { return older.filter(\.waitsBeforeStage).map(\.id) }
        guard let first = older.first else { return [] }
        throw Refusal(
            .conflict,
            "\(first.id) has not ended, and plan \(request.plan.name) lets no newer release take its place; let it end or abort it first"
        )
    }

    /// One release at a time per region and service, so that nobody's way back is somebody else's way out.
    func requireFree(_ targets: Set<TargetKey>, except own: Set<ReleaseID> = []) throws(Refusal) {
        for release in state.releases.values where release.isActive && !own.contains(release.id) {
            guard let first = release.targets.intersection(targets).min() else { continue }
            throw Refusal(
                .conflict,
                "\(release.id) is under way in \(first.region) with \(first.service); let it end, abort it or roll it back first"
            )
        }
    }
}

extension ReleaseState {
    /// Where it goes with what.
    var targets: Set<TargetKey> { plan.targets(of: services, lane: laneRule) }

    /// Nothing of it is on its way: the stages before have ended well and the stage in hand is untouched.
    var waitsBeforeStage: Bool {
        guard phase == .running, let stage = current?.stage else { return false }
        return stage.waves.allSatisfy { wave in wave.regions.allSatisfy { regions[$0] == nil } }
    }

    /// Whether the stage is part of its way.
    func runs(_ stage: StageName) -> Bool { plan.runs(stage, lane: laneRule) }
}

extension Plan {
    /// Whether releases come by the stage; a lane may leave it out.
    func runs(_ stage: StageName, lane: LaneRule?) -> Bool {
        stages.contains { $0.name == stage } && lane?.skips.contains(stage) != true
    }
}
