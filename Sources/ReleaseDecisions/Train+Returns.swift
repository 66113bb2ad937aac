import OrderedCollections
import TimeAndChance
import TrainModel

/// The way back: the same care as the way out, with the version each region had before.
extension Train {
    mutating func startReturn(
        of regions: [RegionName],
        in id: ReleaseID,
        cause: String,
        by person: PersonName?,
        at now: Instant
    ) {
        guard let release = state.releases[id] else { return }
        let stranded = regions.filter { !release.hasWayBack($0) }
        let regions = regions.filter(release.hasWayBack)
        var cause = cause
        if !stranded.isEmpty {
            cause += "; \(stranded.map(\.text).joined(separator: ", ")) ran nothing before that was judged healthy"
        }
        guard !regions.isEmpty else {
            return emit(.releaseStopped(ReleaseStopped(release: id, reason: cause)), at: now)
        }
        let parts = regions.map { ReturnPart(region: $0, services: release.services(in: $0), isWhole: true) }
        startReturn(of: parts, in: id, cause: cause, by: person, isPart: nil, at: now)
    }

    /// The failed host alone; what the release has put elsewhere stays, and a person decides.
    mutating func startReturn(
        ofHost host: HostName,
        in region: RegionName,
        of id: ReleaseID,
        cause: String,
        at now: Instant
    ) {
        guard let release = state.releases[id] else { return }
        guard release.hasWayBack(region) else {
            let reason = "\(cause); \(region) ran nothing before that was judged healthy"
            return emit(.releaseStopped(ReleaseStopped(release: id, reason: reason)), at: now)
        }
        let part = ReturnPart(region: region, services: release.services(in: region), hosts: [host])
        startReturn(of: [part], in: id, cause: cause, by: nil, isPart: true, at: now)
    }

    mutating func startReturn(
        of parts: [ReturnPart],
        in id: ReleaseID,
        cause: String,
        by person: PersonName?,
        isPart: Bool?,
        at now: Instant
    ) {
        let regions = parts.map(\.region)
        let start = ReturnStarted(release: id, regions: regions, cause: cause, by: person, isPart: isPart)
        emit(.returnStarted(start), at: now)
        pin(parts.flatMap(\.targets), for: id, at: now)
        for part in parts {
            guard let turn = turn(of: part, in: id, cause: cause, by: person) else { continue }
            emit(turn, at: now)
            look(at: part.region, of: id, at: now)
        }
    }

    private func turn(of part: ReturnPart, in id: ReleaseID, cause: String, by person: PersonName?) -> Event? {
        guard let release = state.releases[id], let progress = release.regions[part.region] else { return nil }
        var generations: [ServiceName: UInt64] = [:]
        for service in part.services {
            generations[service] = state.nextGeneration(TargetKey(region: part.region, service: service))
        }
        guard !part.isWhole else {
            let back = progress.hosts.filter { isBack($0.key, $0.value, of: progress, in: part.region, release) }
            return .regionReturning(
                RegionReturning(
                    release: id,
                    region: part.region,
                    generations: generations,
                    alreadyBack: Array(back.keys)
                )
            )
        }
        return .partReturning(
            PartReturning(
                release: id,
                region: part.region,
                services: part.services,
                hosts: part.hosts,
                generations: generations,
                goal: part.goal ?? progress.previous,
                cause: cause,
                by: person
            )
        )
    }

    /// A host that failed and went back by itself, by its signed receipts and with nothing in hand.
    private func isBack(
        _ name: HostName,
        _ host: HostProgress,
        of progress: RegionState,
        in region: RegionName,
        _ release: ReleaseState
    ) -> Bool {
        guard host.phase == .failed || host.phase == .returned,
            let fleetHost = state.fleet.hosts[HostKey(region: region, host: name)], fleetHost.outstanding.isEmpty
        else { return false }
        return release.services(in: region).allSatisfy { service in
            switch (fleetHost.running[service], progress.previous[service]) {
            case (let running?, let previous?): running.isRelease(previous)
            case (nil, nil): true
            default: false
            }
        }
    }

    /// Those out of service already go first and all at once: it costs nobody anything. Those that may serve go in batches,
    /// each once the one before has answered, as far as there is room. A host that cannot return takes up room where it
    /// serves no more, and holds nobody else: the others would stay on a version that was judged bad.
    mutating func continueReturn(
        of region: RegionName,
        in id: ReleaseID,
        _ situation: RegionSituation,
        at now: Instant
    ) {
        if situation.hasRetries { giveAgain(in: region, of: id, at: now) }
        if situation.hostsLeft > 0 {
            issue(to: takeNext(in: region, of: id, outFirst: true, at: now), in: region, of: id, at: now)
        } else if situation.isWorkDone, situation.isSettled {
            endReturn(of: region, in: id, at: now)
        }
    }

    /// Nobody of this region has a way back to go any more; where all its hosts have been revoked, nobody ever had.
    private mutating func endReturn(of region: RegionName, in id: ReleaseID, at now: Instant) {
        guard let progress = state.releases[id]?.regions[region], progress.phase == .returning else { return }
        let stuck = progress.hosts.filter { $0.value.phase == .stuck }.keys
        emit(.regionReturned(RegionReturned(release: id, region: region, stuck: Array(stuck))), at: now)
        if state.releases[id]?.regionsReturning == 0 { finishReturn(of: id, at: now) }
        advanceWaiting(for: region, at: now)
    }

    private mutating func finishReturn(of id: ReleaseID, at now: Instant) {
        guard let release = state.releases[id] else { return }
        let stuck = release.stuckHosts
        guard stuck.isEmpty else { return failReturn(of: release, stuck, at: now) }
        if release.returnsPart {
            guard release.isActive else { return leave(id, at: now) }
            if case .ended = release.phaseBeforeReturn {
                return end(id, .rolledBack, by: nil, reason: release.returnCause, at: now)
            }
            let reason = "\(release.returnCause); that part has returned, the rest stays where it is"
            return emit(.releaseStopped(ReleaseStopped(release: id, reason: reason)), at: now)
        }
        let unfinished = release.regions.filter {
            switch $0.value.phase {
            case .deploying, .baking, .unhealthy: true
            case .healthy, .returning, .returned: false
            }
        }.keys
        guard unfinished.isEmpty else {
            let reason = "\(release.returnCause); returned as planned, while \(Array(unfinished).listed) did not"
            return emit(.releaseStopped(ReleaseStopped(release: id, reason: reason)), at: now)
        }
        end(id, release.outcomeOfReturn, by: nil, reason: release.returnCause, at: now)
    }

    /// By the channels for pages, else by every channel.
    private mutating func callForHelp(_ subject: String, _ sentence: String, of release: ReleaseState, at now: Instant)
    {
        let named = release.plan.channels(for: .page)
        let channels = named.isEmpty ? OrderedSet(NoticeKind.allCases.flatMap(release.plan.channels)) : named
        queue(.page, subject, sentence, to: channels, release.id, at: now)
    }

    /// Nothing more is tried by itself: somebody has to look.
    private mutating func failReturn(of release: ReleaseState, _ stuck: [HostKey], at now: Instant) {
        let reason = "these hosts could not return: \(stuck.listed)"
        emit(.releaseStopped(ReleaseStopped(release: release.id, reason: reason)), at: now)
        let sentence = "\(release.id) could not return (\(release.returnCause)): \(stuck.listed); look at these hosts"
        raiseAlarm(.returnFailed, release.id.text, sentence, at: now)
        callForHelp("return of \(release.id)", sentence, of: release, at: now)
    }
}

/// What of a region goes back.
struct ReturnPart {
    let region: RegionName
    let services: [ServiceName]
    /// Empty: all hosts.
    var hosts: [HostName] = []
    /// Nil: what the region ran before.
    var goal: [ServiceName: Artifact]?
    /// All services on all hosts, to what the region ran before.
    var isWhole = false

    var targets: [TargetKey] { services.map { TargetKey(region: region, service: $0) } }
}
