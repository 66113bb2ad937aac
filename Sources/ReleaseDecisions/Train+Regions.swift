import OrderedCollections
import TimeAndChance
import TrainModel

/// One region's work: steps, batches and orders.
extension Train {
    /// Does whatever is due in one region of one release. Harmless when nothing is.
    mutating func look(at region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let situation = situation(of: region, in: id) else { return }
        // What goes wrong while a release is paused still goes back: a pause holds new things only.
        guard situation.phase == .returning || !situation.isPaused else { return }
        // What has all been done has nothing to wait for.
        if situation.hostsLeft > 0 || situation.hasRetries, worksBefore(id, in: region) != nil { return }
        switch (situation.phase, situation.region) {
        case (.running, .deploying): issueBatch(region, of: id, situation, at: now)
        case (.running, .baking(let until)): endBake(region, of: id, until: until, at: now)
        case (.returning, .returning): continueReturn(of: region, in: id, situation, at: now)
        case (.ended, _): endWatch(region, of: id, at: now)
        default: break
        }
    }

    /// What decides about the next step in a region, read at once.
    struct RegionSituation {
        let phase: ReleaseState.Phase
        let isPaused: Bool
        let region: RegionState.Phase
        let hasRetries: Bool
        let isSettled: Bool
        let isWorkDone: Bool
        let hostsLeft: Int
    }

    private func situation(of region: RegionName, in id: ReleaseID) -> RegionSituation? {
        guard let release = state.releases[id], let progress = release.regions[region] else { return nil }
        return RegionSituation(
            phase: release.phase,
            isPaused: release.paused != nil,
            region: progress.phase,
            hasRetries: !progress.retries.isEmpty,
            isSettled: progress.isSettled,
            isWorkDone: progress.isWorkDone,
            hostsLeft: progress.hostsLeft
        )
    }

    private mutating func issueBatch(
        _ region: RegionName,
        of id: ReleaseID,
        _ situation: RegionSituation,
        at now: Instant
    ) {
        compare(in: region, of: id, at: now)
        if situation.hasRetries { giveAgain(in: region, of: id, at: now) }
        // A comparison may have ended it.
        guard situation.isSettled, state.releases[id]?.phase == .running else { return }
        guard !situation.isWorkDone else { return startBake(region, of: id, at: now) }
        // A batch that has not been sent is something new: a freeze holds it.
        guard situation.hostsLeft > 0, state.releases[id].map({ isFrozen($0, at: now) }) == false else { return }
        issue(to: takeNext(in: region, of: id, outFirst: false, at: now), in: region, of: id, at: now)
    }

    /// Chooses the hosts that get their order now, as many as the plan's limits leave room for; they must get it.
    mutating func takeNext(in region: RegionName, of id: ReleaseID, outFirst: Bool, at now: Instant) -> [HostName] {
        guard let limits = limits(in: region, of: id, isCanaryFirst: !outFirst) else { return [] }
        let key = WorkKey(release: id, region: region)
        if observed.rooms[key]?.stepNumber != limits.stepNumber { openRoom(in: region, of: id, at: now) }
        let answered = hostsAnswered(of: observed.rooms[key]?.taken ?? [], in: region, of: id)
        let places = observed.withRoom(key) { room in
            room.letGo(answered)
            return room.takeNext(
                batch_max: limits.batch_max,
                unavailable_max: limits.unavailable_max,
                outFirst: outFirst
            )
        }
        guard let places, !places.isEmpty, let hosts = state.releases[id]?.regions[region]?.hosts.keys else {
            return []
        }
        return places.sorted().map { hosts[$0] }
    }

    /// Those of the hosts in hand of which nobody can expect an answer any more. One without a link, in trouble, or with its
    /// clock off keeps nobody from going back; it goes on taking up room. Asked at every receipt: what it takes is looked up
    /// once and not for each host.
    private func hostsAnswered(of taken: Set<Int>, in region: RegionName, of id: ReleaseID) -> Set<Int> {
        guard !taken.isEmpty, let progress = state.releases[id]?.regions[region] else { return taken }
        let hosts = progress.hosts
        let repeated = Set(progress.retries.map(\.host))
        var answered: Set<Int> = []
        for place in taken {
            let name = hosts.keys[place]
            let isAwaited = hosts.values[place].servicesAwaited > 0 || repeated.contains(name)
            if !isAwaited || !observed.isReachable(HostKey(region: region, host: name)) { answered.insert(place) }
        }
        return answered
    }

    private func limits(
        in region: RegionName,
        of id: ReleaseID,
        isCanaryFirst: Bool
    ) -> (batch_max: Int, unavailable_max: Int, stepNumber: Int)? {
        guard let release = state.releases[id], let progress = release.regions[region],
            let rollout = release.wave(of: region)?.rollout
        else { return nil }
        let batch = isCanaryFirst && progress.isStepFresh ? rollout.canary ?? rollout.batch : rollout.batch
        let count = progress.hostCount
        return (batch.hosts(of: count), rollout.unavailable_max.hosts(of: count), progress.stepNumber)
    }

    // MARK: - Orders

    /// What an order is made of, before it has its times.
    private struct Draft {
        let service: ServiceName
        let action: Order.Action
        let artifact: Artifact
        let generation: UInt64
        let hosts: [HostName]
        let batch: Int
        var attempt: UInt32 = 1
    }

    /// One order for each service of the step in hand that has something to do on the hosts. What another release has
    /// done there since they began to wait may have left nothing.
    mutating func issue(to hosts: [HostName], in region: RegionName, of id: ReleaseID, at now: Instant) {
        guard !hosts.isEmpty else { return }
        let drafts = drafts(for: hosts, in: region, of: id)
        let idle = Set(hosts).subtracting(drafts.flatMap(\.hosts))
        for draft in drafts { issue(draft, in: region, of: id, at: now) }
        guard !idle.isEmpty else { return }
        emit(.hostsPassed(HostsPassed(release: id, region: region, hosts: hosts.filter(idle.contains))), at: now)
        look(at: region, of: id, at: now)
    }

    private func drafts(for hosts: [HostName], in region: RegionName, of id: ReleaseID) -> [Draft] {
        guard let release = state.releases[id], let progress = release.regions[region], !progress.isWorkDone else {
            return []
        }
        let step = progress.steps[progress.step]
        var concerned: [ServiceName: [HostName]] = [:]
        for host in hosts {
            for service in state.concerned(host, in: region, progress) { concerned[service, default: []].append(host) }
        }
        return step.services.compactMap { service in
            guard let hosts = concerned[service] else { return nil }
            let key = TargetKey(region: region, service: service)
            let target = state.targets[key]
            let artifact: Artifact?
            var generation = progress.generation(of: service, on: hosts[0])
            switch step.action {
            case .deploy, .rollBack:
                artifact = step.action == .deploy ? release.artifacts[service] : progress.goal[service]
                // Somebody has restarted it since this way began.
                if let known = target?.generation, let own = generation, known > own {
                    generation = state.nextGeneration(key)
                }
            case .restart:
                artifact = target?.desired
                generation = target.map { progress.isStepFresh ? state.nextGeneration(key) : $0.generation }
            }
            guard let artifact, let generation else { return nil }
            return Draft(
                service: service,
                action: step.action,
                artifact: artifact,
                generation: generation,
                hosts: hosts,
                batch: progress.batches
            )
        }
    }

    private mutating func issue(_ draft: Draft, in region: RegionName, of id: ReleaseID, at now: Instant) {
        let order = OrderID(
            release: id,
            region: region,
            service: draft.service,
            generation: draft.generation,
            batch: draft.batch,
            attempt: draft.attempt
        )
        let times = OrderTimes(from: now)
        emit(
            .orderIssued(
                OrderIssued(
                    release: id,
                    order: order,
                    region: region,
                    service: draft.service,
                    action: draft.action,
                    artifact: draft.artifact,
                    generation: draft.generation,
                    batch: draft.batch,
                    attempt: draft.attempt,
                    hosts: draft.hosts,
                    sequence: state.sequence + 1,
                    notBefore: times.notBefore,
                    expires: times.expires
                )
            ),
            at: now
        )
        observed.deadlines.wish(at: times.expires, .order(order, of: id))
        perform(.deliver(order, of: id, to: draft.hosts.map { HostKey(region: region, host: $0) }))
    }

    /// Gives the orders again whose pause after a failure is over, as long as the hosts may be taken out once more.
    mutating func giveAgain(in region: RegionName, of id: ReleaseID, at now: Instant) {
        guard let retries = state.releases[id]?.regions[region]?.retries, !retries.isEmpty else { return }
        for retry in retries where mayGiveAgain(retry, in: region, of: id, at: now) {
            guard let generation = state.releases[id]?.regions[region]?.generation(of: retry.service, on: retry.host)
            else { continue }
            let draft = Draft(
                service: retry.service,
                action: retry.action,
                artifact: retry.artifact,
                generation: generation,
                hosts: [retry.host],
                batch: retry.batch,
                attempt: retry.attempt
            )
            issue(draft, in: region, of: id, at: now)
        }
    }

    private mutating func mayGiveAgain(
        _ retry: PlannedRetry,
        in region: RegionName,
        of id: ReleaseID,
        at now: Instant
    ) -> Bool {
        guard retry.at <= now else {
            observed.look(at: retry.at, id, region)
            return false
        }
        guard let release = state.releases[id], let progress = release.regions[region],
            let rollout = release.wave(of: region)?.rollout, let place = progress.hosts.index(forKey: retry.host),
            release.phase == .returning || !isFrozen(release, at: now)
        else { return false }
        let unavailable_max = rollout.unavailable_max.hosts(of: progress.hostCount)
        return observed.rooms[WorkKey(release: id, region: region)]?
            .mayTake(place, unavailable_max: unavailable_max) == true
    }

    /// An order that has expired before every host answered is given a later expiry and sent again, as long as it may be
    /// delivered at all. The host's journal keeps the effect single.
    mutating func renewIfExpired(_ order: OrderID, of id: ReleaseID, at now: Instant) {
        guard let known = state.releases[id]?.orders[order], known.awaitedCount > 0, known.issued.expires <= now,
            mayDeliver(order, of: id),
            let region = state.releases[id]?.regions[known.issued.region], region.isAtWork,
            // Beside a host that goes back alone nothing goes out any more.
            region.phase == .deploying || known.issued.action != .deploy, region.standsBehind(known.issued)
        else { return }
        let times = OrderTimes(from: now)
        emit(
            .orderRenewed(
                OrderRenewed(
                    release: id,
                    order: order,
                    sequence: state.sequence + 1,
                    notBefore: times.notBefore,
                    expires: times.expires
                )
            ),
            at: now
        )
        observed.deadlines.wish(at: times.expires, .order(order, of: id))
        perform(.deliver(order, of: id, to: state.awaited(known)))
    }
}

/// When an order may be obeyed. Before `notBefore` lies room for clocks that differ.
private struct OrderTimes {
    static let clockSkew_max = Interval.minutes(2)
    static let lifetime = Interval.minutes(10)

    let notBefore: Instant
    let expires: Instant

    init(from now: Instant) {
        notBefore = now - Self.clockSkew_max
        expires = now + Self.lifetime
    }
}
