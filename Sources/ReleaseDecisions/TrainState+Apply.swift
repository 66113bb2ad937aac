import OrderedCollections
import TimeAndChance
import TrainModel

extension TrainState {
    /// Folds one event in. The same events give the same state on every machine; events are applied in the order of
    /// their sequence and never judged again.
    public mutating func apply(_ event: Event, at now: Instant) {
        noteForTrains(event, at: now)
        switch event {
        case .epochBegan(let event): epoch = event.epoch
        case .logOutrun(let event):
            epoch = event.epoch
            for (service, generation) in event.generations {
                generationsTaken[TargetKey(region: event.host.region, service: service)] = generation
            }
        case .artifactPushed(let event):
            let key = ArtifactKey(name: event.artifact.name, version: event.artifact.version)
            // Said again to say more of where it comes from: it was pushed when it was pushed first.
            let first = artifacts[key]
            artifacts[key] = ArtifactRecord(
                artifact: event.artifact,
                source: event.source,
                by: first?.by ?? event.by,
                at: first?.at ?? now
            )
            // Where it was there already it stays as old as it is.
            if event.artifact.length_bytes > 0 { bundles.append(event.artifact.digest) }
        case .bundlesRemoved(let event): bundles.subtract(event.digests)
        case .joinTokenMade, .hostEnrolled: fleet.apply(event, at: now)
        case .hostRevoked(let event): revoke(event.host)
        case .releaseStarted(let event): add(event, at: now)
        case .gateDecided(let event):
            releases[event.release]?.gateDecisions[event.gate, default: []].append(
                ReleaseState.GateDecision(
                    by: event.by,
                    decision: event.decision,
                    releaseDigest: event.releaseDigest,
                    evidenceDigest: event.evidenceDigest,
                    ticked: event.ticked,
                    took: event.took,
                    reason: event.reason,
                    at: now,
                    voided: nil
                )
            )
        case .waveStarted(let event): releases[event.release]?.startWave(at: now)
        case .wavePromoted(let event):
            complete(event, at: now)
            releases[event.release]?.promote(at: now)
        case .regionStarted(let event): start(event, at: now)
        case .orderIssued(let event): issue(event)
        case .orderRenewed(let event): renew(event)
        case .orderRefused(let event): refuse(event)
        case .receiptReceived(let event): settle(event.receipt, isToBeRepeated: event.isToBeRepeated ?? false)
        case .bakeStarted(let event):
            releases[event.release]?.regions[event.region]?.phase = .baking(until: event.until)
        case .verdictReached(let event): judge(event, at: now)
        case .returnStarted(let event): releases[event.release]?.startReturn(event, at: now)
        case .regionReturning(let event): turnBack(event)
        case .regionReturned(let event): endReturn(event, at: now)
        case .releasePaused(let event):
            releases[event.release]?.paused = ReleaseState.Pause(by: event.by, reason: event.reason, since: now)
        case .releaseResumed(let event): releases[event.release]?.paused = nil
        case .releaseStopped(let event): releases[event.release]?.stop(event.reason)
        case .releaseEnded(let event): end(event, at: now)
        case .actRefused: break
        case .attested(let event): evidence.apply(event, at: now)
        case .attestationRevoked(let event): evidence.apply(event)
        case .waived(let event): evidence.apply(event, at: now)
        case .voteCast, .taskDone, .checkTurned, .checkConcluded, .decisionsVoided, .releaseRepinned, .glassBroken:
            applyToGates(event, at: now)
        case .freezeDeclared, .freezeLifted, .oncallOverridden, .planRegistered, .planWithdrawn, .trainDeparted,
            .candidateSought, .candidateCut, .candidateDropped, .arrivalsBegan, .tagArrived, .alarmRaised,
            .alarmCleared, .debtOpened, .debtPaid, .noticeQueued,
            .noticeFailed, .noticeSettled:
            applyToSchedule(event, at: now)
        case .retryPlanned, .failureDiagnosed, .hostsPassed, .regionsPinned, .regionsUnpinned, .partReturning,
            .comparisonConcluded:
            applyToRollout(event, at: now)
        }
    }

    private mutating func add(_ event: ReleaseStarted, at now: Instant) {
        releaseCounts[event.plan.name, default: 0] += 1
        releases[event.release] = ReleaseState(event, at: now)
        if let first = releases[event.release]?.nextStage(from: 0) { releases[event.release]?.position.stage = first }
    }

    private mutating func start(_ event: RegionStarted, at now: Instant) {
        guard let region = region(event, at: now) else { return }
        for (service, generation) in event.generations {
            let key = TargetKey(region: event.region, service: service)
            targets[key] = Target(
                generation: generation,
                desired: releases[event.release]?.artifacts[service],
                blessed: targets[key]?.blessed,
                release: event.release
            )
        }
        releases[event.release]?.regions[event.region] = region
        releases[event.release]?.noteStarted(event.region)
    }

    private func region(_ event: RegionStarted, at now: Instant) -> RegionState? {
        guard let release = releases[event.release] else { return nil }
        return RegionState(
            position: release.position,
            started: now,
            hosts: OrderedDictionary(uniqueKeysWithValues: event.hosts.map { ($0, HostProgress()) }),
            generations: event.generations,
            previous: event.previous,
            steps: release.plan.stepsOut(of: release.services.filter { event.generations[$0] != nil }),
            hostsLeft: event.hosts.count
        )
    }

    private mutating func issue(_ event: OrderIssued) {
        sequence = event.sequence
        releases[event.release]?.issue(event)
        let target = TargetKey(region: event.region, service: event.service)
        // A restart is a new state of what runs already.
        if event.action == .restart, let generation = targets[target]?.generation {
            targets[target]?.generation = max(generation, event.generation)
        }
        let timeout = releases[event.release]?.timeout(in: event.region) ?? .zero
        for host in event.hosts {
            fleet.hosts[HostKey(region: event.region, host: host)]?.outstanding.append(
                OutstandingOrder(
                    release: event.release,
                    order: event.order,
                    service: event.service,
                    generation: event.generation,
                    until: event.expires + timeout
                )
            )
        }
    }

    private mutating func renew(_ event: OrderRenewed) {
        sequence = event.sequence
        releases[event.release]?.orders[event.order]?.renew(event)
        guard let order = releases[event.release]?.orders[event.order] else { return }
        let timeout = releases[event.release]?.timeout(in: order.issued.region) ?? .zero
        for host in awaited(order) {
            guard let place = fleet.hosts[host]?.outstanding.firstIndex(where: { $0.order == event.order }) else {
                continue
            }
            fleet.hosts[host]?.outstanding[place].until = event.expires + timeout
        }
    }

    private mutating func refuse(_ event: OrderRefused) {
        guard drop(from: event.host, where: { $0.order == event.refusal.order }) else { return }
        let sentence = "refused the order (\(event.refusal.code)): \(event.refusal.sentence)"
        releases[event.release]?.answer(event.refusal.order, host: event.host, OrderAnswer(failure: sentence))
        goOn(event.host.region, of: event.release)
    }

    private mutating func settle(_ receipt: Receipt, isToBeRepeated: Bool) {
        // A host works on one order of a service at a time, so older ones will never be answered.
        drop(from: receipt.host) { $0.service == receipt.service && $0.generation < receipt.generation }
        let isAwaited = drop(from: receipt.host) { $0.order == receipt.order }
        note(receipt)
        guard isAwaited else { return }
        let answer = OrderAnswer(receipt, isToBeRepeated: isToBeRepeated)
        releases[receipt.release]?.answer(receipt.order, host: receipt.host, answer)
        // The step goes on when it has been tried again.
        if isToBeRepeated { return }
        goOn(receipt.host.region, of: receipt.release)
    }

    /// What the host runs. After a restart, and after a failure that it came back from, the checks are those of
    /// the order before.
    /// A host cannot be out of a service that it has never given.
    private mutating func note(_ receipt: Receipt) {
        let before = fleet.hosts[receipt.host]?.services[receipt.service]
        guard receipt.running != nil || before != nil else { return }
        let isNew =
            receipt.outcome == .applied && releases[receipt.release]?.orders[receipt.order]?.issued.action != .restart
        let checks = releases[receipt.release]?.wave(of: receipt.host.region)?.checks ?? []
        fleet.hosts[receipt.host]?.services[receipt.service] = HostService(
            running: receipt.running,
            isWatched: isNew ? !checks.isEmpty : before?.isWatched ?? false
        )
    }

    /// Orders that the host need not answer any more; true if there were any.
    @discardableResult
    private mutating func drop(from host: HostKey, where isDropped: (OutstandingOrder) -> Bool) -> Bool {
        guard let place = fleet.hosts.index(forKey: host) else { return false }
        let dropped = fleet.hosts.values[place].outstanding.filter(isDropped)
        guard !dropped.isEmpty else { return false }
        fleet.hosts.values[place].outstanding.removeAll(where: isDropped)
        for order in dropped { releases[order.release]?.expectNoMore(order.order) }
        return true
    }

    /// Nothing is expected of the host any more, in no release.
    private mutating func revoke(_ host: HostKey) {
        fleet.hosts[host]?.revoked = true
        drop(from: host) { _ in true }
        for id in releases.keys {
            releases[id]?.regions[host.region]?.revoke(host.host)
            goOn(host.region, of: id)
        }
    }

    private mutating func end(_ event: ReleaseEnded, at now: Instant) {
        releases[event.release]?.end(event, at: now)
        // What some region runs can be rolled back, however many releases have ended elsewhere since.
        let running = Set(targets.values.map(\.release))
        let ended = releases.values.filter { !$0.isActive && !$0.awaitsExpiry && !running.contains($0.id) }
        guard ended.count > Self.endedReleases_max, let oldest = ended.first else { return }
        releases.removeValue(forKey: oldest.id)
        evidence.waivers[oldest.id] = nil
    }
}

extension FleetState {
    fileprivate mutating func apply(_ event: Event, at now: Instant) {
        switch event {
        case .joinTokenMade(let event):
            // Now and then is enough: at every power of two.
            if joinTokens.count.nonzeroBitCount == 1 { joinTokens = joinTokens.filter { $0.value.expires > now } }
            joinTokens[event.tokenDigest] = JoinTokenState(region: event.region, expires: event.expires)
        case .hostEnrolled(let event):
            joinTokens[event.tokenDigest]?.usedBy = event.host.host
            joinTokens[event.tokenDigest]?.usedKey = event.publicKey
            // A revoked name that joins again is taken for another machine.
            let before = hosts[event.host].flatMap { $0.revoked ? nil : $0 }
            hosts[event.host] = HostState(
                publicKey: event.publicKey,
                enrolled: now,
                revoked: false,
                outstanding: before?.outstanding ?? [],
                services: before?.services ?? [:]
            )
            hostsByRegion[event.host.region, default: []].insertSorted(event.host.host)
        default: break
        }
    }
}

extension [HostName] {
    /// Keeps a sorted list sorted and each name in it once.
    fileprivate mutating func insertSorted(_ name: HostName) {
        var (low, high) = (startIndex, endIndex)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < name { low = middle + 1 } else { high = middle }
        }
        if low == endIndex || self[low] != name { insert(name, at: low) }
    }
}
