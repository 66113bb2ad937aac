import OrderedCollections
import TimeAndChance
import TrainModel

/// Steps of a region's work, verdicts, and everything about the way back.
extension TrainState {
    /// Folds in retries, findings, pins and returns of parts.
    mutating func applyToRollout(_ event: Event, at now: Instant) {
        switch event {
        case .retryPlanned(let event): plan(event)
        case .failureDiagnosed(let event):
            releases[event.release]?.regions[event.host.region]?.hosts[event.host.host]?.add(event.findings)
        case .hostsPassed(let event):
            releases[event.release]?.regions[event.region]?.passBy(event.hosts)
            goOn(event.region, of: event.release)
        case .regionsPinned(let event):
            for target in event.targets { deployments.pins[target] = Pin(release: event.release, since: now) }
        case .regionsUnpinned(let event): for target in event.targets { deployments.pins[target] = nil }
        case .partReturning(let event): turnBack(event)
        default: break
        }
    }

    private mutating func plan(_ event: RetryPlanned) {
        guard let failed = releases[event.release]?.orders[event.order]?.issued else { return }
        releases[event.release]?.regions[event.host.region]?.retries.append(
            PlannedRetry(
                host: event.host.host,
                service: event.service,
                action: failed.action,
                artifact: failed.artifact,
                batch: failed.batch,
                attempt: event.attempt,
                rule: event.rule,
                at: event.at
            )
        )
    }

    // MARK: - Steps

    /// Goes on to the next step of a region's work once everybody has done the one in hand.
    mutating func goOn(_ region: RegionName, of id: ReleaseID) {
        while releases[id]?.regions[region]?.isStepDone == true {
            releases[id]?.regions[region]?.takeNextStep()
            passByIdle(in: region, of: id)
        }
    }

    private mutating func passByIdle(in region: RegionName, of id: ReleaseID) {
        guard let progress = releases[id]?.regions[region], !progress.isWorkDone,
            progress.steps[progress.step].action != .deploy
        else { return }
        let idle = progress.hosts.filter { progress.waits($1) && concerned($0, in: region, progress).isEmpty }
        releases[id]?.regions[region]?.passBy(idle.keys)
    }

    /// The services of the step in hand that have something to do on a host: only what is not back yet returns, and only
    /// what runs is restarted.
    func concerned(_ host: HostName, in region: RegionName, _ progress: RegionState) -> [ServiceName] {
        let step = progress.steps[progress.step]
        guard step.action != .deploy else { return step.services }
        let known = fleet.hosts[HostKey(region: region, host: host)]
        return step.services.filter { service in
            let running = known?.services[service]?.running
            switch step.action {
            case .deploy: return true
            case .rollBack:
                guard let goal = progress.goal[service] else { return false }
                return running?.isRelease(goal) != true || known?.outstanding.contains { $0.service == service } == true
            case .restart:
                let target = targets[TargetKey(region: region, service: service)]
                guard let running, let desired = target?.desired else { return false }
                return running.isRelease(desired) && progress.hosts[host]?.hasChanged == true
            }
        }
    }

    // MARK: - Verdicts

    /// A release ended a stage well when the last of its waves is promoted.
    mutating func complete(_ event: WavePromoted, at now: Instant) {
        guard let release = releases[event.release], let (stage, _) = release.current,
            release.position.wave == stage.waves.count - 1
        else { return }
        let services = Set(stage.waves.flatMap(\.services))
        let completion = Completion(
            release: release.id,
            artifacts: release.artifacts.filter { services.contains($0.key) },
            at: now,
            isAdHoc: release.adHocUntil != nil
        )
        deployments.add(completion, to: StageKey(plan: release.plan.name, stage: stage.name))
    }

    /// The way back of the next release is what was healthy last. One that turned out unhealthy after all gives that up.
    mutating func judge(_ event: VerdictReached, at now: Instant) {
        releases[event.release]?.judge(event, at: now)
        guard let release = releases[event.release], let progress = release.regions[event.region] else { return }
        for service in release.services(in: event.region) {
            let key = TargetKey(region: event.region, service: service)
            guard targets[key]?.release == event.release else { continue }
            targets[key]?.blessed = event.verdict == .healthy ? release.artifacts[service] : progress.previous[service]
            if event.verdict == .healthy { record(service, in: event.region, of: release, at: now) }
        }
        guard event.verdict == .unhealthy else { return }
        let stage = release.wave(at: progress.position).stage.name
        deployments.dropCompletion(of: release.id, in: StageKey(plan: release.plan.name, stage: stage))
    }

    private mutating func record(
        _ service: ServiceName,
        in region: RegionName,
        of release: ReleaseState,
        at now: Instant
    ) {
        guard let progress = release.regions[region], let artifact = release.artifacts[service] else { return }
        let (stage, wave) = release.wave(at: progress.position)
        let previous = progress.previous[service]
        let placeholders = Placeholders(
            release,
            in: region,
            at: progress.position,
            of: service,
            artifact,
            previous: previous,
            reference: reference(of: artifact),
            at: now
        )
        deployments.begin(
            DeploymentRecord(
                plan: release.plan.name,
                release: release.id,
                stage: stage.name,
                region: region,
                service: service,
                artifact: artifact,
                previous: previous?.version,
                tags: release.tags(of: service, in: wave).map { Tag(key: $0.key, value: placeholders.fill($0.value)) },
                at: now,
                until: nil
            )
        )
    }

    /// Where a recipe finds an artifact; empty: a bundle.
    func reference(of artifact: Artifact) -> String {
        artifacts[ArtifactKey(name: artifact.name, version: artifact.version)]?.source.reference ?? ""
    }

    // MARK: - The way back

    mutating func turnBack(_ event: RegionReturning) {
        guard let turn = turn(event) else { return }
        set(event.generations, in: event.region, to: turn.goal, by: event.release)
        begin(turn, in: event.region, of: event.release)
    }

    /// Hosts that go back alone leave the region as it is meant to be.
    private mutating func turnBack(_ event: PartReturning) {
        guard let turn = turn(event) else { return }
        if event.hosts.isEmpty {
            set(event.generations, in: event.region, to: event.goal, by: event.release)
        } else {
            for (service, generation) in event.generations {
                targets[TargetKey(region: event.region, service: service)]?.generation = generation
            }
        }
        begin(turn, in: event.region, of: event.release)
    }

    private func turn(_ event: RegionReturning) -> RegionTurn? {
        guard let release = releases[event.release], let progress = release.regions[event.region] else { return nil }
        return RegionTurn(
            steps: release.plan.stepsBack(of: release.services(in: event.region)),
            generations: event.generations,
            goal: progress.previous,
            alreadyBack: event.alreadyBack
        )
    }

    private func turn(_ event: PartReturning) -> RegionTurn? {
        guard let release = releases[event.release], let progress = release.regions[event.region] else { return nil }
        return RegionTurn(
            part: RegionPart(services: event.services, hosts: event.hosts, resumes: progress.phase),
            steps: release.plan.stepsBack(of: event.services),
            generations: event.generations,
            goal: event.goal
        )
    }

    private mutating func begin(_ turn: RegionTurn, in region: RegionName, of id: ReleaseID) {
        releases[id]?.regions[region]?.turnBack(turn)
        passByIdle(in: region, of: id)
        goOn(region, of: id)
    }

    private mutating func set(
        _ generations: [ServiceName: UInt64],
        in region: RegionName,
        to goal: [ServiceName: Artifact],
        by release: ReleaseID
    ) {
        for (service, generation) in generations {
            targets[TargetKey(region: region, service: service)] = Target(
                generation: generation,
                desired: goal[service],
                blessed: goal[service],
                release: release
            )
        }
    }

    mutating func endReturn(_ event: RegionReturned, at now: Instant) {
        guard let progress = releases[event.release]?.regions[event.region] else { return }
        let services = progress.part?.services ?? releases[event.release]?.services(in: event.region) ?? []
        if progress.part?.hosts.isEmpty ?? true {
            for service in services {
                guard let goal = progress.goal[service] else { continue }
                recordReturn(of: service, in: event.region, to: goal, by: event.release, at: now)
            }
        }
        releases[event.release]?.endReturn(of: event, at: now)
        dropCompletionIfGone(of: event.release, at: progress.position)
    }

    /// What ran before runs again, with the tags it had then.
    private mutating func recordReturn(
        of service: ServiceName,
        in region: RegionName,
        to goal: Artifact,
        by release: ReleaseID,
        at now: Instant
    ) {
        let target = TargetKey(region: region, service: service)
        guard let returned = deployments.running(target), returned.artifact != goal else { return }
        var record = deployments.last(of: goal, at: target) ?? returned
        if record.artifact != goal { (record.artifact, record.release, record.tags) = (goal, release, []) }
        record.previous = returned.artifact.version
        record.at = now
        record.until = nil
        deployments.begin(record)
    }

    private mutating func dropCompletionIfGone(of id: ReleaseID, at position: WavePosition) {
        guard let release = releases[id], release.regionsReturning == 0 else { return }
        let stage = release.plan.stages[position.stage]
        let stands = release.regions.contains { region, progress in
            progress.position.stage == position.stage
                && release.services(in: region).allSatisfy {
                    targets[TargetKey(region: region, service: $0)]?.desired == release.artifacts[$0]
                }
        }
        guard !stands else { return }
        deployments.dropCompletion(of: id, in: StageKey(plan: release.plan.name, stage: stage.name))
    }
}
