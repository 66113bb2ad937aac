import OrderedCollections
import TimeAndChance
import TrainModel

/// What people see. Reads only; its cost grows with the release shown.
extension Train {
    public func view(of id: ReleaseID, at now: Instant) -> ReleaseView? {
        guard let release = state.releases[id] else { return nil }
        var view = ReleaseView(
            id: id,
            plan: release.plan.name,
            team: release.plan.team,
            description: release.description,
            author: release.author,
            state: release.viewState,
            reason: release.viewReason,
            planDigest: release.planDigest,
            releaseDigest: release.releaseDigest,
            started: release.started,
            ended: release.ended,
            artifacts: release.artifacts,
            waves: waveViews(of: release, at: now),
            holds: holds(of: release, at: now),
            failure: failureView(of: release),
            at: now
        )
        view.gates = gateViews(of: release, at: now)
        view.waivers = waiverViews(of: release)
        view.maturity = maturity(of: release, at: now)
        view.evidenceDigest = evidenceDigest(of: release)
        return view
    }

    /// Every host, sorted by region and name.
    public func agentViews() -> [AgentView] {
        state.fleet.hosts.keys.sorted().compactMap { key in
            guard let host = state.fleet.hosts[key] else { return nil }
            var view = AgentView(
                region: key.region,
                host: key.host,
                connected: observed.connected.contains(key) || observed.troubles[key] != nil,
                revoked: host.revoked,
                enrolled: host.enrolled,
                lastSeen: observed.lastSeen[key],
                running: host.running.mapValues(\.version),
                unhealthy: (observed.health[key] ?? [:]).filter { $0.value == .unhealthy }.keys.sorted(),
                ordersOutstanding: host.outstanding.count
            )
            view.clock = observed.clocks[key]
            view.checks = observed.checks[key].map { services in
                services.sorted { $0.key < $1.key }.map { AgentView.ServiceChecks(service: $0.key, checks: $0.value) }
            }
            view.trouble = observed.troubles[key]
            return view
        }
    }

    private func waveViews(of release: ReleaseState, at now: Instant) -> [WaveView] {
        let waiting = Set(openGates(of: release, at: now).map(\.key.description))
        var views: [WaveView] = []
        for (stageIndex, stage) in release.plan.stages.enumerated() {
            for (waveIndex, wave) in stage.waves.enumerated() {
                let position = WavePosition(stage: stageIndex, wave: waveIndex)
                var view = WaveView(
                    stage: stage.name,
                    wave: wave.name,
                    state: release.viewState(at: position, waits: waiting.contains("\(stage.name)/\(wave.name)")),
                    regions: wave.regions.map { region in
                        let waits = waiting.contains("\(stage.name)/\(wave.name)/\(region)")
                        return regionView(region, wave, of: release, waits: waits)
                    }
                )
                view.window = windowView(of: wave, at: position, of: release, at: now)
                views.append(view)
            }
        }
        return views
    }

    private func regionView(
        _ region: RegionName,
        _ wave: Wave,
        of release: ReleaseState,
        waits: Bool
    ) -> RegionView {
        let samples = observed.samples[WorkKey(release: release.id, region: region)]
        guard let progress = release.regions[region] else {
            var view = RegionView(
                region: region,
                state: waits ? .waiting : .queued,
                failure: "",
                bakeUntil: nil,
                healthySamples: 0,
                unhealthySamples: 0,
                hosts: state.fleet.members(of: region).map { hostView($0, HostProgress(), in: region, of: release) }
            )
            view.services = release.services(of: wave)
            return view
        }
        var bakeUntil: Instant?
        if case .baking(let until) = progress.phase { bakeUntil = until }
        var view = RegionView(
            region: region,
            state: progress.phase.viewState,
            failure: progress.failure,
            bakeUntil: bakeUntil,
            healthySamples: samples?.healthy ?? progress.healthySamples,
            unhealthySamples: samples?.unhealthy ?? progress.unhealthySamples,
            hosts: progress.hosts.map { hostView($0.key, $0.value, in: region, of: release) }
        )
        view.services = release.services(in: region)
        view.baked = progress.phase == .healthy ? wave.bake.duration : nil
        return view
    }

    private func hostView(
        _ name: HostName,
        _ progress: HostProgress,
        in region: RegionName,
        of release: ReleaseState
    ) -> HostView {
        let key = HostKey(region: region, host: name)
        var steps: [ServiceName: Step] = [:]
        var says: [ServiceName: String] = [:]
        for outstanding in state.fleet.hosts[key]?.outstanding ?? [] where outstanding.release == release.id {
            guard let order = release.orders[outstanding.order] else { continue }
            let told = observed.progress[key]?[outstanding.order]
            steps[order.issued.service] = told?.step ?? .accept
            if let text = told?.text, !text.isEmpty { says[order.issued.service] = text }
        }
        var view = HostView(
            host: name,
            state: progress.phase.rawValue,
            connected: observed.connected.contains(key),
            steps: steps,
            running: (state.fleet.hosts[key]?.running ?? [:]).mapValues(\.version),
            sentence: progress.sentence,
            links: progress.links,
            warnings: progress.warnings
        )
        view.says = says
        return view
    }

    private func failureView(of release: ReleaseState) -> FailureView? {
        guard
            let (region, progress) = release.regions.first(where: { !$0.value.failure.isEmpty }),
            let verdict = progress.verdictReached
        else { return nil }
        var view = FailureView(
            region: region,
            reason: progress.failure,
            firstUnhealthy: progress.firstUnhealthy ?? verdict,
            verdict: verdict,
            returned: release.returnEnded,
            hostsReturned: release.regions.values.reduce(0) { sum, region in
                sum + region.hosts.values.count { $0.phase == .returned }
            }
        )
        guard let place = progress.failedAt else { return view }
        view.host = place.host
        view.service = place.service
        view.rule = place.rule
        view.findings = progress.hosts[place.host]?.findings ?? []
        return view
    }
}

extension ReleaseState {
    fileprivate var viewState: ReleaseView.State {
        if paused != nil { return .paused }
        return switch phase {
        case .running: .running
        case .returning: .returning
        case .stopped: .stopped
        case .ended(.completed): .completed
        case .ended(.rolledBack): .rolledBack
        case .ended(.aborted): .aborted
        case .ended(.rejected): .rejected
        case .ended(.superseded): .superseded
        case .ended(.expired): .expired
        }
    }

    fileprivate var viewReason: String {
        switch phase {
        case .running: ""
        case .returning: returnCause
        case .stopped(let reason): reason
        case .ended: endReason
        }
    }

    fileprivate func viewState(at other: WavePosition, waits: Bool) -> WaveView.State {
        let (here, there) = ((position.stage, position.wave), (other.stage, other.wave))
        if !runs(plan.stages[other.stage].name) { return .skipped }
        if there < here { return .promoted }
        if there > here { return .queued }
        guard phase == .running else { return waveStarted ? .stopped : .queued }
        return waveStarted ? .running : (waits ? .waiting : .queued)
    }
}

extension RegionState.Phase {
    fileprivate var viewState: RegionView.State {
        switch self {
        case .deploying: .deploying
        case .baking: .baking
        case .healthy: .healthy
        case .unhealthy: .unhealthy
        case .returning: .returning
        case .returned: .returned
        }
    }
}
